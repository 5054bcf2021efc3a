// This folder is the GraphQL API: one file per noun of the schema, the limits of documents, and serving over HTTP, events and WebSocket.
import type { FastifyInstance } from 'fastify';
import type { GraphqlParts } from './context.ts';
import type { ExecuteQuery } from './execute-query.ts';
import type { GraphqlExecution } from './execution.ts';
import { mountHttp } from './serve-http.ts';
import { mountWebSocket } from './serve-websocket.ts';

/** GraphQL, mounted on a server before it listens. */
export interface MountedGraphql {
  readonly execute: ExecuteQuery;
  /** Loads the schema and what executes documents, unless a request has. */
  load(): Promise<void>;
  /** Closes WebSockets with 1001 and destroys event streams, so that their clients reconnect. */
  close(): Promise<void>;
}

/**
 * Queries and mutations over HTTP, subscriptions as server-sent events and over WebSocket, GraphiQL for browsers. The schema
 * and its libraries are loaded by the first request, or by `load`: they are a quarter of the CPU time of the start.
 */
export async function mountGraphql(server: FastifyInstance, parts: GraphqlParts): Promise<MountedGraphql> {
  let loading: Promise<GraphqlExecution> | undefined;
  const execution = (): Promise<GraphqlExecution> =>
    (loading ??= import('./execution.ts').then(({ createExecution }) => createExecution(parts)));
  const http = await mountHttp(server, execution, parts);
  const webSocket = mountWebSocket(server.server, {
    load: async () => (await execution()).sockets,
    loaded: async () => {
      const loaded = await loading?.catch(() => undefined); // a failure was reported to what asked for it
      return loaded?.sockets;
    },
    reportError: parts.reportError,
  });
  return {
    execute: async (request) => await (await execution()).execute(request),
    load: async () => void (await execution()),
    close: async () => {
      http.destroyStreams();
      await webSocket.close();
    },
  };
}
