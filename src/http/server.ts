// This folder has what all routes share: rules of HTTP, authentication, errors, health, metrics, a graceful stop. The routes are in rest/ and graphql/.
import fastifyAccepts from '@fastify/accepts';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  LogController,
} from 'fastify';
import type { Logger } from 'pino';
import { BUILT_DASHBOARD } from '../dashboard/built-dashboard.ts';
import { mountDashboard, prefersPage } from '../dashboard/mount-dashboard.ts';
import { AccessError } from '../domain/access-error.ts';
import type { Exposure } from '../domain/access-settings.ts';
import type { Authenticate } from '../domain/caller.ts';
import type { GraphqlParts } from '../graphql/context.ts';
import { type MountedGraphql, mountGraphql } from '../graphql/serve.ts';
import { isWebSocketRequest } from '../graphql/serve-websocket.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Operations } from '../pool/operations.ts';
import type { Pool } from '../pool/pool.ts';
import type { Shortcuts } from '../pool/shortcuts.ts';
import { ReceivedBytes } from '../received-bytes.ts';
import type { Contract } from '../rest/contract.ts';
import { mountRest } from '../rest/mount-rest.ts';
import { addVary } from '../static-asset.ts';
import { OutcomeUnknownError, StoreFailedError } from '../store/store.ts';
import { OverloadedError, WorkQueue } from '../work-queue.ts';
import { answerUnparsed } from './answer-unparsed.ts';
import { authenticateRequests } from './authenticate.ts';
import { readReceived } from './bodies.ts';
import { BrowserRules } from './browser-rules.ts';
import { addressesBehind } from './client-address.ts';
import { Connections } from './connections.ts';
import { createLimitedServer } from './create-server.ts';
import { type DashboardDataParts, dashboardData } from './dashboard-data.ts';
import { maxConnectionsOf } from './file-descriptors.ts';
import { gracefulStop } from './graceful-stop.ts';
import { healthOf } from './health.ts';
import { BODY_LIMIT_BYTES } from './limits.ts';
import { LoadShedding } from './load-shedding.ts';
import { Probes } from './probes.ts';
import { RequestLogger } from './request-logger.ts';
import {
  echoRequestIds,
  originOf,
  REQUEST_ID_HEADER,
  requestIdOf,
  traceIdOf,
  upgradeOriginOf,
} from './request-origin.ts';
import { enforceHttp, hasValidHost, routableTarget } from './request-rules.ts';

/** Loading GraphQL holds the event loop for some tens of milliseconds: not while the first requests are served. */
const GRAPHQL_LOAD_DELAY_MS = 1000;

export interface ServerParts {
  readonly pool: Pool;
  readonly operations: Operations;
  readonly authenticate: Authenticate;
  readonly contract: Contract;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly exposure: Exposure;
  /** How late the event loop runs. */
  readonly lagMs: () => number;
  /** The directory of the built dashboard. Default: where "npm run build:dashboard" writes. */
  readonly dashboard?: string;
  readonly shortcuts: Shortcuts;
  /** Makes a span of each request. Absent if no traces are collected. */
  readonly traceRequests?: ((app: FastifyInstance) => void) | undefined;
}

/** Disposing stops accepting requests, answers those in flight and closes WebSockets, within five seconds. */
export interface RunningServer extends AsyncDisposable {
  readonly url: string;
}

/** The HTTP server. @throws if the port is taken, with the code EADDRINUSE. */
export async function startServer(parts: ServerParts): Promise<RunningServer> {
  const loggerInstance: FastifyBaseLogger = parts.logger;
  const { trustedProxies, maxConnections, maxConnectionsPerAddress } = parts.exposure;
  const addressOf = addressesBehind(trustedProxies);
  const browserRules = new BrowserRules(parts.exposure);
  const received = new ReceivedBytes();
  const connections = new Connections(
    { total: maxConnectionsOf(maxConnections), perAddress: maxConnectionsPerAddress },
    { addressOf, received },
  );
  const app = Fastify({
    loggerInstance,
    genReqId: requestIdOf,
    childLoggerFactory: (logger, bindings, options, request) =>
      new RequestLogger(() =>
        logger.child({ ...bindings, traceId: traceIdOf(request) ?? undefined }, options),
      ),
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    bodyLimit: BODY_LIMIT_BYTES,
    routerOptions: { ignoreTrailingSlash: true },
    schemaController: { compilersFactory: NO_COMPILERS },
    rewriteUrl: routableTarget,
    return503OnClosing: false, // probes.ts refuses what is not a probe
    frameworkErrors: (error, request, reply) =>
      void sendError(error, reply.header(REQUEST_ID_HEADER, request.id)),
    clientErrorHandler: answerUnparsed,
    // Ignores any other Upgrade, as HTTP allows: many clients offer h2c with their first request.
    serverFactory: createLimitedServer(
      connections,
      received,
      (request) =>
        isWebSocketRequest(request) && hasValidHost(request) && browserRules.isAllowedHost(request),
    ),
  });
  parts.traceRequests?.(app);
  readReceived(app);
  echoRequestIds(app);
  await browserRules.enforce(app);
  const probes = new Probes(parts.pool);
  const graphql = await addRoutes(app, parts, {
    probes,
    received,
    addressOf: addressOf.request,
    acceptsPage: (request) => browserRules.isAllowedPage(request),
  });
  const close = gracefulStop(app.server, [app, graphql]);
  const loadGraphql = setTimeout(() => {
    graphql.load().catch((cause: unknown) => parts.logger.error({ err: cause }, 'GraphQL cannot be loaded'));
  }, GRAPHQL_LOAD_DELAY_MS);
  const stop = async (): Promise<void> => {
    probes.stop();
    clearTimeout(loadGraphql);
    await close();
  };
  try {
    const url = await app.listen({ host: parts.host, port: parts.port });
    return { url, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** No route has a schema for Fastify, which would load ajv and fast-json-stringify before it knows. */
const NO_COMPILERS = { buildValidator: refuseSchema, buildSerializer: refuseSchema };

function refuseSchema(): never {
  throw new TypeError('a route has a schema: it needs a compiler of Fastify');
}

async function addRoutes(
  app: FastifyInstance,
  parts: ServerParts,
  { probes, ...sender }: Sender & { readonly probes: Probes },
): Promise<MountedGraphql> {
  const { pool, operations, authenticate, contract, metrics, logger, lagMs, shortcuts } = parts;
  const { maxDocumentBytes, graphiql } = parts.exposure;
  await app.register(fastifyAccepts);
  enforceHttp(app);
  const sessionOf = authenticateRequests(app, { authenticate, addressOf: sender.addressOf });
  measureRequests(app, metrics);
  const workQueue = new WorkQueue();
  const loadShedding = new LoadShedding({ workQueue, lagMs });
  loadShedding.enforce(app);
  app.setErrorHandler<FastifyError>((error, _request, reply) => sendError(error, reply));
  probes.mount(app);
  app.get('/health', async () => await healthOf(pool));
  app.get('/metrics', async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.read({ pool, operations })),
  );
  await mountRest(app, {
    pool,
    operations,
    contract,
    callerOf: (request) => sessionOf(request).caller,
    originOf,
  });
  const reportError = (cause: unknown): void => logger.error({ err: cause }, 'a GraphQL request failed');
  const graphql = await mountGraphql(app, {
    pool,
    operations,
    sessionOf,
    originOf,
    upgradeOriginOf,
    authenticate,
    reportError,
    onSubscribers: (count) => metrics.subscribers(count),
    maxDocumentBytes,
    graphiql,
    workQueue,
    shortcuts,
    start: (kind, request) => loadShedding.start(kind, request),
    ...sender,
  });
  await addRoot(app, parts, { workQueue, execute: graphql.execute, addressOf: sender.addressOf });
  return graphql;
}

type Sender = Pick<GraphqlParts, 'addressOf' | 'acceptsPage' | 'received'>;

function measureRequests(app: FastifyInstance, metrics: Metrics): void {
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unmatched';
    const seconds = reply.elapsedTime / 1000;
    metrics.requestEnded({ method: request.method, route, status: reply.statusCode, seconds });
    done();
  });
}

/** `/` is the dashboard for browsers, and the health for programs. */
async function addRoot(
  app: FastifyInstance,
  { pool, authenticate, lagMs, logger, exposure, dashboard = BUILT_DASHBOARD }: ServerParts,
  executing: Pick<DashboardDataParts, 'workQueue' | 'execute' | 'addressOf'>,
): Promise<void> {
  const { graphiql } = exposure;
  const sendDashboard = await mountDashboard(app, {
    directory: dashboard,
    readFirst: dashboardData({ lagMs, authenticate, graphiql, ...executing }),
    warn: (message) => logger.warn(message),
  });
  app.get('/', async (request, reply) => {
    addVary(reply, 'Accept');
    return sendDashboard && prefersPage(request) ? await sendDashboard(request, reply) : await healthOf(pool);
  });
}

/** The response never has a stack. An unexpected error is logged with its cause. */
function sendError(error: FastifyError, reply: FastifyReply): FastifyReply {
  const status = error.statusCode ?? 500;
  if (error instanceof AccessError) return reply.code(status).send({ detail: error.message });
  if (status === 413) {
    return reply
      .code(413)
      .send({ detail: `Request body too large. Maximum size is ${BODY_LIMIT_BYTES} bytes.` });
  }
  if (status >= 400 && status < 500) return reply.code(status).send({ detail: error.message });
  if (error instanceof OverloadedError) {
    return reply
      .code(503)
      .header('Retry-After', FAILURE_RETRY_SECONDS)
      .send({ detail: 'The service is overloaded. No stamp was given out. Retry later.' });
  }
  // The pool has reported a failed database as an incident.
  if (!(error instanceof StoreFailedError)) reply.log.error({ err: error }, 'a request failed');
  return reply
    .code(503)
    .header('Retry-After', FAILURE_RETRY_SECONDS)
    .send({
      detail:
        error instanceof OutcomeUnknownError
          ? 'The service is temporarily unavailable. A stamp may have been given out: retry with the same Idempotency-Key.'
          : 'The service is temporarily unavailable. No stamp was given out. Retry later.',
    });
}

const FAILURE_RETRY_SECONDS = 5;
