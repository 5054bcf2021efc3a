import type { TypedDocumentString } from '../generated/operations.ts';

/** Sends a query or a mutation. @throws RequestError */
export async function request<Result, Variables>(
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
  sender: Sender,
): Promise<Result> {
  const response = await answerTo(JSON.stringify({ query: document.toString(), variables }), sender);
  const { data, errors, detail }: Body<Result> = await bodyOf(response);
  const [error] = errors ?? [];
  if (error) throw new RequestError(error.message, error.extensions?.code ?? null);
  if (data === undefined || data === null)
    throw new RequestError(detail ?? `The service answered with ${response.status}.`, null);
  return data;
}

interface Sender {
  /** null while the service is open. */
  readonly token: string | null;
  /** Default: for a query. */
  readonly timeoutMs?: number;
}

/** A request that had no result. The message is for the user. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  /** null if there was no answer that names one. */
  readonly code: string | null;

  constructor(message: string, code: string | null) {
    super(message);
    this.code = code;
  }
}

interface Body<Result> {
  readonly data?: Result | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
  /** Of an error that is not GraphQL's. */
  readonly detail?: string;
}

const QUERY_TIMEOUT_MS = 10_000;
/** A maintenance run waits for the node. */
export const MUTATION_TIMEOUT_MS = 60_000;

async function answerTo(body: string, { token, timeoutMs = QUERY_TIMEOUT_MS }: Sender): Promise<Response> {
  try {
    return await fetch('/graphql', {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        Accept: 'application/json',
        ...(token !== null && { Authorization: `Bearer ${token}` }),
      },
      body,
      cache: 'no-store',
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch {
    throw new RequestError('The service does not answer.', null);
  }
}

async function bodyOf<Result>(response: Response): Promise<Body<Result>> {
  try {
    return await response.json();
  } catch {
    throw new RequestError(`The service answered with ${response.status}.`, null);
  }
}
