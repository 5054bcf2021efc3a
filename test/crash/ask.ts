import { z } from 'zod';

/** What one client wants: the same wish again is a retry. */
export interface Wish {
  readonly depth: number;
  /** The idempotency key. */
  readonly key: string | null;
}

export type Answer =
  | { readonly is: 'acquired'; readonly batchId: string }
  | { readonly is: 'exhausted' }
  /** The service said no, or was not there to be asked: nothing was given out. */
  | { readonly is: 'refused'; readonly why: string }
  /** The connection broke: it may or may not have been given out. */
  | { readonly is: 'lost'; readonly why: string };

export type Transport = 'rest' | 'graphql';

const PATIENCE_MS = 15_000;

/** Acquires once, without trying again. */
export async function ask(url: string, wish: Wish, transport: Transport): Promise<Answer> {
  try {
    const { path, headers, body } = REQUESTS[transport](wish);
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const text = await response.text();
    if (response.status !== 200) return { is: 'refused', why: `${response.status} ${text}` };
    return ANSWERS[transport].parse(JSON.parse(text));
  } catch (error) {
    if (error instanceof z.ZodError) return { is: 'refused', why: error.message };
    const cause = error instanceof Error ? error.cause : undefined;
    const why = `${String(error)} ${String(cause)}`;
    return { is: /ECONNREFUSED/.test(why) ? 'refused' : 'lost', why };
  }
}

const MUTATION = `mutation ($input: AcquireStampInput!) { acquireStamp(input: $input) {
  __typename ... on AcquireStampSuccess { stamp { batchId } } } }`;

interface HttpRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

const REQUESTS: Readonly<Record<Transport, (wish: Wish) => HttpRequest>> = {
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

const restAnswer = z
  .object({ success: z.boolean(), batch_id: z.string().nullable() })
  .transform(
    ({ batch_id: batchId }): Answer => (batchId ? { is: 'acquired', batchId } : { is: 'exhausted' }),
  );

const graphqlAnswer = z
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
    ({ data: { acquireStamp: result } }): Answer =>
      result.__typename === 'PoolExhausted'
        ? { is: 'exhausted' }
        : { is: 'acquired', batchId: result.stamp.batchId },
  );

const ANSWERS: Readonly<Record<Transport, z.ZodType<Answer>>> = { rest: restAnswer, graphql: graphqlAnswer };
