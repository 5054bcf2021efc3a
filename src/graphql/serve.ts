// This folder is the GraphQL API: one file per noun of the schema, the limits of documents, and serving over HTTP, events and WebSocket.
import type { FastifyInstance } from 'fastify';
import { createYoga } from 'graphql-yoga';
import { GRAPHQL_PATH, type GraphqlContext, type GraphqlParts, type Yoga } from './context.ts';
import { DocumentCache } from './document-cache.ts';
import { type ExecuteQuery, queryExecutor } from './execute-query.ts';
import { KnownDocuments } from './known-documents.ts';
import { paceLevels, SubscriptionLimit } from './paced-levels.ts';
import { refusePersistedQueries } from './persisted-queries.ts';
import { limitQueries } from './query-limits.ts';
import { refuseBeyondRate } from './rate-limited.ts';
import { refuseMutations } from './refuse-mutations.ts';
import { refusedStatus } from './refused-status.ts';
import { createSchema } from './schema.ts';
import { mountHttp } from './serve-http.ts';
import { mountWebSocket } from './serve-websocket.ts';
import { toGraphQLError } from './to-graphql-error.ts';

/** GraphQL, mounted on a server before it listens. */
export interface MountedGraphql {
  readonly execute: ExecuteQuery;
  /** Closes WebSockets with 1001 and destroys event streams, so that their clients reconnect. */
  close(): Promise<void>;
}

/** Queries and mutations over HTTP, subscriptions as server-sent events and over WebSocket, GraphiQL for browsers. */
export async function mountGraphql(server: FastifyInstance, given: GraphqlParts): Promise<MountedGraphql> {
  const limit = new SubscriptionLimit(given.onSubscribers);
  const watchLevels = paceLevels(given.pool, given.workQueue, limit);
  const parts = { ...given, pool: { ...given.pool, watchLevels } };
  const cache = new DocumentCache();
  const yoga: Yoga = createYoga<Partial<GraphqlContext>, object>({
    schema: createSchema(),
    graphqlEndpoint: GRAPHQL_PATH,
    plugins: [
      limitQueries(parts.maxDocumentBytes),
      cache.plugin(),
      refusePersistedQueries,
      refuseBeyondRate,
      refuseMutations,
      refusedStatus,
    ],
    parserAndValidationCache: false,
    maskedErrors: { maskError: toGraphQLError(parts.reportError) },
    logging: false,
    multipart: false,
    landingPage: false,
    // While the service is open, any web page in the operator's browser could acquire stamps with CORS.
    cors: false,
    graphiql: false,
  });
  const known = parts.shortcuts.knownDocuments ? new KnownDocuments(cache, yoga) : null;
  const http = await mountHttp(server, { yoga, known }, parts);
  const webSocket = mountWebSocket(server, { yoga, limit }, parts);
  return {
    execute: queryExecutor(yoga, parts),
    close: async () => {
      http.destroyStreams();
      await webSocket.close();
    },
  };
}
