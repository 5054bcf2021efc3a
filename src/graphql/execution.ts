import { createYoga } from 'graphql-yoga';
import { GRAPHQL_PATH, type GraphqlContext, type GraphqlParts, type Yoga } from './context.ts';
import { DocumentCache } from './document-cache.ts';
import { type ExecuteQuery, queryExecutor } from './execute-query.ts';
import { KnownDocuments } from './known-documents.ts';
import { paceLevels, SubscriptionLimit } from './paced-levels.ts';
import { refusePersistedQueries } from './persisted-queries.ts';
import { IGNORED_PARAMETERS } from './plain-parameters.ts';
import { limitQueries } from './query-limits.ts';
import { refuseBeyondRate } from './rate-limited.ts';
import { refuseMutations } from './refuse-mutations.ts';
import { refusedStatus } from './refused-status.ts';
import { RequestLanes } from './request-lanes.ts';
import { requireQuery } from './require-query.ts';
import { createSchema } from './schema.ts';
import { SharedEvents } from './shared-events.ts';
import { SharedStreams } from './shared-streams.ts';
import { createSocketServer, type SocketServer } from './socket-server.ts';
import { toGraphQLError } from './to-graphql-error.ts';

/** The schema, and what executes documents. serve.ts loads this file after the start. */
export interface GraphqlExecution {
  readonly yoga: Yoga;
  /** null: Yoga answers everything. */
  readonly known: KnownDocuments | null;
  /** null: Yoga answers all requests for event streams. */
  readonly streams: SharedStreams | null;
  readonly sockets: SocketServer;
  readonly lanes: RequestLanes;
  /** What resolvers get: its subscriptions are paced. */
  readonly pool: GraphqlParts['pool'];
  readonly execute: ExecuteQuery;
}

export function createExecution(given: GraphqlParts): GraphqlExecution {
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
      requireQuery,
      refuseBeyondRate,
      refuseMutations,
      refusedStatus,
    ],
    extraParamNames: IGNORED_PARAMETERS,
    parserAndValidationCache: false,
    maskedErrors: { maskError: toGraphQLError(parts.reportError) },
    logging: false,
    multipart: false,
    landingPage: false,
    // While the service is open, any web page in the operator's browser could acquire stamps with CORS.
    cors: false,
    graphiql: false,
  });
  const { workQueue, shortcuts } = parts;
  const lanes = new RequestLanes(cache, parts.maxDocumentBytes);
  const { schema, subscribe } = yoga.getEnveloped({});
  const shared = shortcuts.sharedEvents
    ? new SharedEvents({ subscribe: async (args) => await subscribe(args), workQueue, limit })
    : null;
  return {
    yoga,
    known: shortcuts.knownDocuments ? new KnownDocuments(cache, yoga) : null,
    streams: shared && new SharedStreams({ cache, schema, shared }),
    sockets: createSocketServer({ yoga, shared, lanes }, parts),
    lanes,
    pool: parts.pool,
    execute: queryExecutor(yoga, parts),
  };
}
