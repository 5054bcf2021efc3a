// This folder calls the API of a running service: a command per file, and what they share.
import { z } from 'zod';
import { ApiError, describeFailure, unreachable } from './api-error.ts';
import { readJson } from './bounded-json.ts';
import type { ServiceAddress } from './service-address.ts';

/** The GraphQL API of the service. */
export interface Api extends ServiceAddress {
  /** @throws ApiError if there is no data. */
  request<Data>(request: ApiRequest<Data>): Promise<ApiResult<Data>>;
}

interface ApiRequest<Data> {
  readonly document: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly schema: z.ZodType<Data>;
  /** For the whole response. Default: 30 seconds. */
  readonly timeoutMs?: number;
}

export interface ApiResult<Data> {
  readonly data: Data;
  /** The scopes that the fields with null need, if the token lacks them. */
  readonly deniedScopes: readonly string[];
}

export const createApi = (address: ServiceAddress): Api => ({
  ...address,
  request: async (request) => await send(address, request),
});

const DEFAULT_TIMEOUT_MS = 30_000;

async function send<Data>(
  address: ServiceAddress,
  { document, variables = {}, schema, timeoutMs = DEFAULT_TIMEOUT_MS }: ApiRequest<Data>,
): Promise<ApiResult<Data>> {
  const { status, body } = await post(address, JSON.stringify({ query: document, variables }), timeoutMs);
  const answer = answerSchema.safeParse(body);
  if (!answer.success) throw notAPool(address, status);
  const { data = null, errors, detail } = answer.data;
  const refused = errors.filter(({ extensions }) => DENIED.has(extensions.code));
  const failed = errors.find(({ extensions }) => !DENIED.has(extensions.code));
  if (failed === undefined && data !== null) {
    const parsed = schema.safeParse(data);
    if (parsed.success) return { data: parsed.data, deniedScopes: scopesOf(refused) };
    if (refused.length === 0) throw unexpected(address, parsed.error);
  }
  throw failureOf({ address, status, error: failed ?? refused[0], detail });
}

/** An error of GraphQL, over HTTP and over WebSocket. */
export const errorSchema = z.object({
  message: z.string(),
  extensions: z
    .object({
      code: z.string().default('UNKNOWN'),
      suggestion: z.string().optional(),
      requiredScopes: z.array(z.string()).default([]),
    })
    .default({ code: 'UNKNOWN', requiredScopes: [] }),
});

/** GraphQL's, or the `detail` of a request that was refused before. */
const answerSchema = z
  .object({
    data: z.record(z.string(), z.unknown()).nullish(),
    errors: z.array(errorSchema).default([]),
    detail: z.string().optional(),
  })
  .refine(({ data, errors, detail }) => data || errors.length > 0 || detail !== undefined);

type AnswerError = z.infer<typeof errorSchema>;

/** The token does not allow what was requested. */
export const DENIED: ReadonlySet<string> = new Set(['UNAUTHENTICATED', 'FORBIDDEN']);

const scopesOf = (errors: readonly AnswerError[]): readonly string[] => [
  ...new Set(errors.flatMap(({ extensions }) => extensions.requiredScopes)),
];

interface Answered {
  readonly status: number;
  /** undefined if it is not JSON. */
  readonly body: unknown;
}

async function post(
  { url, shown, token }: ServiceAddress,
  body: string,
  timeoutMs: number,
): Promise<Answered> {
  let response: Response;
  let answer: unknown;
  try {
    response = await fetch(new URL('graphql', url), {
      method: 'POST',
      body,
      redirect: 'manual', // the token is for this service
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        'Content-Type': 'application/json',
        Accept: 'application/json',
        ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
      },
    });
    answer = await readJson(response);
  } catch (error) {
    const suggestion = `Check that the service runs, and that --url or STAMP_POOL_URL is its address.`;
    throw unreachable(`${shown} is not reachable: ${describeFailure(error)}.`, suggestion, error);
  }
  const target = response.headers.get('location');
  if (response.status >= 300 && response.status < 400 && target !== null)
    throw unreachable(`${shown} redirects to ${target}.`, 'Use the address that it redirects to as --url.');
  return { status: response.status, body: answer };
}

/** What a proxy answers if the service behind it does not, and what an overloaded service answers. */
const UNAVAILABLE_STATUSES: ReadonlySet<number> = new Set([502, 503, 504]);

const notAPool = ({ shown }: ServiceAddress, status: number): ApiError =>
  UNAVAILABLE_STATUSES.has(status)
    ? unreachable(
        `${shown} answers ${status}: a proxy does not reach the service.`,
        'Check that the service runs, and the address to which the proxy passes requests.',
      )
    : unreachable(
        `No stamp pool answers at ${shown}: the response has status ${status} and is not GraphQL.`,
        'Check --url or STAMP_POOL_URL: it is the address of the service, not of the Bee node.',
      );

const unexpected = ({ shown }: ServiceAddress, { issues: [issue] }: z.ZodError): ApiError =>
  new ApiError(
    `The response of ${shown} is not what this version expects: ${issue?.path.join('.')}: ${issue?.message}.`,
    { code: 'UNEXPECTED', suggestion: 'Use the command line of the version of the service.' },
  );

interface Failed {
  readonly address: ServiceAddress;
  readonly status: number;
  readonly error: AnswerError | undefined;
  readonly detail: string | undefined;
}

function failureOf({ address, status, error, detail }: Failed): ApiError {
  const code = error?.extensions.code ?? `HTTP_${status}`;
  const message = error?.message ?? detail ?? `The service answers with the status ${status}.`;
  if (DENIED.has(code))
    return new ApiError(message, {
      code,
      suggestion: accessSuggestion(address, error?.extensions.requiredScopes ?? []),
    });
  if (UNAVAILABLE_STATUSES.has(status)) return unreachable(message, 'Retry in some seconds.');
  return new ApiError(message, { code, suggestion: error?.extensions.suggestion ?? suggestionFor(status) });
}

/** `scopes`: one of these is enough. */
export function accessSuggestion({ token }: ServiceAddress, scopes: readonly string[]): string {
  const scope = scopes.length === 0 ? '' : ` with the scope ${scopes.join(' or ')}`;
  const create = `stamp-pool token create --name <name> --scope ${scopes[0] ?? 'read'}`;
  return token === null
    ? `Set STAMP_POOL_TOKEN to a token${scope}. On the machine of the database, "${create}" creates one.`
    : `The token in STAMP_POOL_TOKEN is not enough: use one${scope}. On the machine of the database, "${create}" creates one.`;
}

const suggestionFor = (status: number): string =>
  status === 429 ? 'Retry in some seconds.' : 'Details are in the log of the service.';
