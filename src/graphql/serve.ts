import type { FastifyInstance } from 'fastify';
import { createYoga } from 'graphql-yoga';
import { clientError } from './client-error.ts';
import { GRAPHQL_PATH, type GraphqlContext, type GraphqlParts, type Yoga } from './context.ts';
import { refusePersistedQueries } from './persisted-queries.ts';
import { limitQueries } from './query-limits.ts';
import { createSchema } from './schema.ts';
import { mountHttp } from './serve-http.ts';
import { mountWebSocket } from './serve-websocket.ts';

/** GraphQL on a server that does not listen yet. */
export interface MountedGraphql {
  /** Ends WebSockets with 1001 and cuts event streams off: their clients know that they were not done, and come back. */
  close(): Promise<void>;
}

/** What somebody who opens GraphiQL finds there. */
const FIRST_QUERY = `subscription {
  reserveLevels {
    totalAvailable
    depths { depth target available onOrder low }
  }
}
`;

/** Queries and mutations over HTTP, subscriptions as server-sent events and over WebSocket, GraphiQL for browsers. */
export async function mountGraphql(server: FastifyInstance, parts: GraphqlParts): Promise<MountedGraphql> {
  const yoga: Yoga = createYoga<Partial<GraphqlContext>, object>({
    schema: createSchema(),
    graphqlEndpoint: GRAPHQL_PATH,
    plugins: [limitQueries, refusePersistedQueries],
    maskedErrors: { maskError: clientError(parts.reportError) },
    logging: false,
    multipart: false,
    landingPage: false,
    // There is no authentication: any web page that the operator's browser opens could acquire stamps.
    cors: false,
    graphiql: { title: 'Swarm stamp pool', subscriptionsProtocol: 'WS', defaultQuery: FIRST_QUERY },
    // Bundled, so that it needs no content network; loaded when first asked for, since it is large.
    renderGraphiQL: async (options) =>
      (await import('@graphql-yoga/render-graphiql')).renderGraphiQL(options),
  });
  const http = await mountHttp(server, yoga, parts);
  const webSocket = mountWebSocket(server, yoga, parts);
  return {
    close: async () => {
      http.cutOff();
      await webSocket.close();
    },
  };
}
