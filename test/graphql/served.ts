import type { IncomingMessage } from 'node:http';
import Fastify from 'fastify';
import type { Authenticate } from '../../src/domain/caller.ts';
import { mountGraphql } from '../../src/graphql/serve.ts';
import { authenticateRequests } from '../../src/http/authenticate.ts';
import { BrowserRules } from '../../src/http/browser-rules.ts';
import { originOf, upgradeOriginOf } from '../../src/http/request-origin.ts';
import type { Operations } from '../../src/pool/operations.ts';
import type { Pool } from '../../src/pool/pool.ts';
import { ALL_SHORTCUTS, type Shortcuts } from '../../src/pool/shortcuts.ts';
import { ReceivedBytes } from '../../src/received-bytes.ts';
import { WorkQueue } from '../../src/work-queue.ts';
import { authenticateAll } from '../open-session.ts';

/** A response of GraphQL over HTTP. */
export interface Answer {
  readonly status: number;
  readonly body: { readonly data?: unknown; readonly errors?: readonly AnswerError[] };
}

interface AnswerError {
  readonly message: string;
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** GraphQL on a real HTTP server. */
export interface Served extends AsyncDisposable {
  /** The GraphQL endpoint. */
  readonly url: string;
  readonly webSocketUrl: string;
  /** The unexpected errors that were reported. */
  readonly reported: readonly unknown[];
  ask(query: string, variables?: Readonly<Record<string, unknown>>): Promise<Answer>;
  /** @throws if the response has errors. */
  data(query: string, variables?: Readonly<Record<string, unknown>>): Promise<unknown>;
  /** Closes WebSockets and event streams, as at the end of the process. */
  close(): Promise<void>;
}

interface Servable {
  /** Default: every sender may do everything. */
  readonly authenticate?: Authenticate;
  readonly pool: Pool;
  readonly operations: Operations;
  readonly shortcuts?: Shortcuts;
  readonly workQueue?: WorkQueue;
}

export async function served({
  pool,
  operations,
  authenticate = authenticateAll,
  shortcuts = ALL_SHORTCUTS,
  workQueue = new WorkQueue(),
}: Servable): Promise<Served> {
  const app = Fastify({ bodyLimit: 100_000, forceCloseConnections: true });
  const reported: unknown[] = [];
  const addressOf = ({ socket }: IncomingMessage): string | undefined => socket.remoteAddress;
  const graphql = await mountGraphql(app, {
    pool,
    operations,
    sessionOf: authenticateRequests(app, { authenticate, addressOf }),
    originOf,
    upgradeOriginOf,
    authenticate,
    maxDocumentBytes: 10_000,
    graphiql: true,
    workQueue,
    start: async () => {},
    shortcuts,
    received: new ReceivedBytes(),
    addressOf,
    acceptsPage: (request) =>
      new BrowserRules({ allowedHosts: null, corsOrigins: new Set() }).isAllowedPage(request),
    reportError: (cause) => void reported.push(cause),
    onSubscribers: () => {},
  });
  const url = `${await app.listen({ host: '127.0.0.1', port: 0 })}/graphql`;
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= graphql.close());
  const ask: Served['ask'] = async (query, variables = {}) =>
    await post(url, JSON.stringify({ query, variables }));
  return {
    url,
    webSocketUrl: url.replace('http', 'ws'),
    reported,
    ask,
    data: async (query, variables) => {
      const { body } = await ask(query, variables);
      if (body.errors) throw new Error(JSON.stringify(body.errors));
      return body.data;
    },
    close,
    [Symbol.asyncDispose]: async () => {
      await close();
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
