import Fastify from 'fastify';
import { mountGraphql } from '../../src/graphql/serve.ts';
import type { Pool } from '../../src/pool/pool.ts';

/** What GraphQL answers over HTTP. */
export interface Answer {
  readonly status: number;
  readonly body: { readonly data?: unknown; readonly errors?: readonly AnsweredError[] };
}

export interface AnsweredError {
  readonly message: string;
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** GraphQL on a real server, over a pool. */
export interface Served extends AsyncDisposable {
  /** Of the GraphQL endpoint. */
  readonly url: string;
  readonly webSocketUrl: string;
  /** What was reported because nobody thought of it. */
  readonly reported: readonly unknown[];
  ask(query: string, variables?: Readonly<Record<string, unknown>>): Promise<Answer>;
  /** As at the end of the process: clients are sent away. */
  sendAway(): Promise<void>;
}

export async function served(pool: Pool): Promise<Served> {
  const app = Fastify({ bodyLimit: 100_000, forceCloseConnections: true });
  const reported: unknown[] = [];
  const graphql = await mountGraphql(app, {
    pool,
    callerOf: ({ ip }) => ip,
    reportError: (cause) => void reported.push(cause),
  });
  const url = `${await app.listen({ host: '127.0.0.1', port: 0 })}/graphql`;
  return {
    url,
    webSocketUrl: url.replace('http', 'ws'),
    reported,
    ask: async (query, variables = {}) => await post(url, JSON.stringify({ query, variables })),
    sendAway: async () => await graphql.close(),
    [Symbol.asyncDispose]: async () => {
      await graphql.close();
      await app.close();
    },
  };
}

export async function post(url: string, body: string, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  });
  return { status: response.status, body: JSON.parse(await response.text()) };
}
