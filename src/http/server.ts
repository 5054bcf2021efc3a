import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  LogController,
} from 'fastify';
import type { Logger } from 'pino';
import { mountGraphql } from '../graphql/serve.ts';
import type { Pool } from '../pool/pool.ts';
import type { Contract } from '../rest/contract.ts';
import { restRoutes } from '../rest/routes.ts';
import { StoreFailedError } from '../store/store.ts';
import { callerOf } from './caller.ts';
import { gracefulStop, type Stoppable } from './graceful-stop.ts';
import { healthOf } from './health.ts';
import { BODY_LIMIT_BYTES, REQUEST_TIMEOUT_MS } from './limits.ts';
import type { Metrics } from './metrics.ts';

export interface ServerParts {
  readonly pool: Pool;
  readonly contract: Contract;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

/** Disposing stops accepting, answers what is in flight, says goodbye to WebSockets; it takes five seconds at most. */
export interface RunningServer extends AsyncDisposable {
  readonly url: string;
}

/** @throws when the port is taken, with the code EADDRINUSE. */
export async function startServer(parts: ServerParts): Promise<RunningServer> {
  const loggerInstance: FastifyBaseLogger = parts.logger;
  const app = Fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    routerOptions: { ignoreTrailingSlash: true },
  });
  const graphql = await addRoutes(app, parts);
  const stop = gracefulStop(app.server, [app, graphql]);
  try {
    const url = await app.listen({ host: parts.host, port: parts.port });
    return { url, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function addRoutes(
  app: FastifyInstance,
  { pool, contract, metrics, logger }: ServerParts,
): Promise<Stoppable> {
  const known = rememberRoutes(app);
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unmatched';
    const seconds = reply.elapsedTime / 1000;
    metrics.requestEnded({ method: request.method, route, status: reply.statusCode, seconds });
    done();
  });
  app.setErrorHandler<FastifyError>((error, _request, reply) => sendError(error, reply));
  app.setNotFoundHandler((request, reply) => {
    const allowed = known.get(pathOf(request.url));
    if (!allowed) return reply.code(404).send({ detail: 'Not Found' });
    reply.header('Allow', [...allowed].toSorted().join(', '));
    return request.method === 'OPTIONS'
      ? reply.code(204).send()
      : reply.code(405).send({ detail: 'Method Not Allowed' });
  });
  app.get('/health', async () => await healthOf(pool));
  app.get('/', async (request, reply) =>
    request.headers.accept?.includes('text/html') ? reply.redirect('/graphql') : await healthOf(pool),
  );
  app.get('/metrics', async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.read(pool)),
  );
  await app.register(
    (rest, _options, done) => {
      restRoutes(rest, { pool, contract, callerOf });
      done();
    },
    { prefix: '/api/v1' },
  );
  const reportError = (cause: unknown): void =>
    logger.error({ err: cause }, 'a GraphQL request could not be answered');
  return await mountGraphql(app, { pool, callerOf, reportError });
}

/** The methods of each path, so that a wrong one is told from an unknown path. */
function rememberRoutes(app: FastifyInstance): ReadonlyMap<string, ReadonlySet<string>> {
  const routes = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const methods = routes.get(url) ?? new Set();
    for (const name of [method].flat()) methods.add(name);
    routes.set(url, methods);
  });
  return routes;
}

const pathOf = (url: string): string => url.replace(/\?.*$/s, '').replace(/(?<=.)\/+$/, '');

/** Words, never a stack: what is unforeseen is in the log with its cause. */
function sendError(error: FastifyError, reply: FastifyReply): FastifyReply {
  const status = error.statusCode ?? 500;
  if (status === 413) {
    return reply
      .code(413)
      .send({ detail: `Request body too large. Maximum size is ${BODY_LIMIT_BYTES} bytes.` });
  }
  if (status >= 400 && status < 500) return reply.code(status).send({ detail: error.message });
  // the pool has reported a database at fault, as an incident
  if (!(error instanceof StoreFailedError))
    reply.log.error({ err: error }, 'a request could not be answered');
  return reply
    .code(503)
    .header('Retry-After', FAILURE_RETRY_SECONDS)
    .send({ detail: 'The pool cannot answer just now. Nothing was given out; try again.' });
}

const FAILURE_RETRY_SECONDS = 5;
