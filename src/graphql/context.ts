import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import type { YogaServerInstance } from 'graphql-yoga';
import type { Authenticate, Caller, Session } from '../domain/caller.ts';
import type { RequestOrigin } from '../domain/request-origin.ts';
import type { RequestRate } from '../domain/request-rate.ts';
import type { Operations } from '../pool/operations.ts';
import type { Pool } from '../pool/pool.ts';
import type { Shortcuts } from '../pool/shortcuts.ts';
import type { ReceivedBytes } from '../received-bytes.ts';
import type { WorkKind, WorkQueue } from '../work-queue.ts';

/** What every resolver gets. */
export interface GraphqlContext {
  readonly pool: Pool;
  readonly operations: Operations;
  readonly caller: Caller;
  /** null: the requests of the caller are not limited. */
  readonly rate: RequestRate | null;
  readonly origin: RequestOrigin;
}

/** What GraphQL is served from. */
export interface GraphqlParts {
  readonly pool: Pool;
  readonly operations: Operations;
  /** The session of an HTTP request, which was authenticated and counted before its body was read. */
  readonly sessionOf: (request: FastifyRequest) => Session & Pick<GraphqlContext, 'rate'>;
  readonly originOf: (request: FastifyRequest) => RequestOrigin;
  /** Of all operations of a WebSocket: that of the request that opened it. */
  readonly upgradeOriginOf: (request: IncomingMessage) => RequestOrigin;
  /** For WebSockets. */
  readonly authenticate: Authenticate;
  readonly workQueue: WorkQueue;
  /** Counts the messages of WebSockets. */
  readonly received: ReceivedBytes;
  /** For HTTP: resolves when the request may start. @throws OverloadedError, or AccessError if the client is gone meanwhile. */
  readonly start: (kind: WorkKind, request: FastifyRequest) => Promise<void>;
  readonly shortcuts: Shortcuts;
  /** A longer document is refused. */
  readonly maxDocumentBytes: number;
  /** Whether browsers that open the endpoint get GraphiQL. */
  readonly graphiql: boolean;
  /** Of the client; undefined if it has disconnected. For WebSockets. */
  readonly addressOf: (request: IncomingMessage) => string | undefined;
  /** False for a WebSocket that a page of another site opens. A browser lets every page open one. */
  readonly acceptsPage: (request: IncomingMessage) => boolean;
  /** Called once for each unexpected error, with its cause. The client gets a masked error. */
  readonly reportError: (cause: unknown) => void;
  /** Called with the number of open subscriptions when it changes. */
  readonly onSubscribers: (count: number) => void;
}

export type Yoga = YogaServerInstance<Partial<GraphqlContext>, object>;

export const GRAPHQL_PATH = '/graphql';
