import { z } from 'zod';

const TIMEOUT_MS = 15_000;

/** Sends one acquire request, without a retry. */
export async function acquire(
  url: string,
  request: AcquireRequest,
  transport: Transport,
): Promise<AcquireOutcome> {
  try {
    const { path, headers, body } = REQUESTS[transport](request);
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    if (response.status !== 200) return { is: 'refused', reason: `${response.status} ${text}` };
    return OUTCOMES[transport].parse(JSON.parse(text));
  } catch (error) {
    if (error instanceof z.ZodError) return { is: 'refused', reason: error.message };
    const cause = error instanceof Error ? error.cause : undefined;
    const reason = `${String(error)} ${String(cause)}`;
    return { is: /ECONNREFUSED/.test(reason) ? 'refused' : 'lost', reason };
  }
}

export interface AcquireRequest {
  readonly depth: number;
  /** The idempotency key. The same request with the same key is a retry. */
  readonly key: string | null;
}

export type AcquireOutcome =
  | { readonly is: 'acquired'; readonly batchId: string }
  | { readonly is: 'exhausted' }
  /** The service refused, or could not be reached: no stamp was given out. */
  | { readonly is: 'refused'; readonly reason: string }
  /** The connection was lost: a stamp may have been given out. */
  | { readonly is: 'lost'; readonly reason: string };

export type Transport = 'rest' | 'graphql';

const MUTATION = `mutation ($input: AcquireStampInput!) { acquireStamp(input: $input) {
  __typename ... on AcquireStampSuccess { stamp { batchId } } } }`;

interface HttpRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

const REQUESTS: Readonly<Record<Transport, (request: AcquireRequest) => HttpRequest>> = {
  rest: ({ depth, key }) => ({
    path: '/api/v1/pool/acquire',
    headers: key === null ? {} : { 'Idempotency-Key': key },
    body: { depth },
  }),
  graphql: ({ depth, key }) => ({
    path: '/graphql',
    headers: {},
    body: { query: MUTATION, variables: { input: { depth, idempotencyKey: key } } },
  }),
};

const restResponse = z
  .object({ success: z.boolean(), batch_id: z.string().nullable() })
  .transform(
    ({ batch_id: batchId }): AcquireOutcome => (batchId ? { is: 'acquired', batchId } : { is: 'exhausted' }),
  );

const graphqlResponse = z
  .object({
    data: z.object({
      acquireStamp: z.discriminatedUnion('__typename', [
        z.object({
          __typename: z.literal('AcquireStampSuccess'),
          stamp: z.object({ batchId: z.string() }),
        }),
        z.object({ __typename: z.literal('PoolExhausted') }),
      ]),
    }),
  })
  .transform(
    ({ data: { acquireStamp: result } }): AcquireOutcome =>
      result.__typename === 'PoolExhausted'
        ? { is: 'exhausted' }
        : { is: 'acquired', batchId: result.stamp.batchId },
  );

const OUTCOMES: Readonly<Record<Transport, z.ZodType<AcquireOutcome>>> = {
  rest: restResponse,
  graphql: graphqlResponse,
};
