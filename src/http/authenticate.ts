import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AccessError, rateLimitedError, refusalOf } from '../domain/access-error.ts';
import { type Authenticate, PAGE_LOAD, permits, type Session } from '../domain/caller.ts';
import { type RequestRate, rateHeaders } from '../domain/request-rate.ts';
import { accessOf } from './route-access.ts';

/** The session of one request, and the rate of its caller. */
interface RequestSession extends Session {
  readonly rate: RequestRate | null;
}

type SessionOf = (request: FastifyRequest) => RequestSession;

/** A WeakMap would keep what belongs to a request until a major garbage collection: docs/performance.md#traps. */
const SESSION = Symbol('session');

declare module 'fastify' {
  interface FastifyRequest {
    /** null until the request is authenticated, and if its route is open. */
    [SESSION]: RequestSession | null;
  }
}

/**
 * Checks the token, the rate and the scope of every request before its body is read; GraphQL has results of its own for a
 * rate that is exceeded. Call it before routes are added. The function that it returns gives the session of a request
 * whose route is not open.
 */
export function authenticateRequests(app: FastifyInstance, parts: AuthenticateParts): SessionOf {
  app.decorateRequest(SESSION, null);
  app.addHook('onRoute', ({ url }) => void accessOf(url));
  app.addHook('onRequest', async (request, reply) => {
    const access = accessOf(request.routeOptions.url ?? '');
    if (access === 'open') return;
    try {
      const session = await sessionFor(request, parts);
      const rate = await session.countRequest();
      if (rate) reply.headers(rateHeaders(rate));
      if (access !== 'fields' && rate?.isExceeded) throw rateLimitedError(rate);
      if (access !== 'fields' && !permits(session.caller, access)) throw refusalOf(session.caller, access);
      request[SESSION] = { ...session, rate };
    } catch (error) {
      if (error instanceof AccessError) reply.headers(error.headers);
      throw error;
    }
  });
  return (request) => {
    const session = request[SESSION];
    if (session) return session;
    throw new TypeError(`the route ${request.routeOptions.url} is open: its requests have no caller`);
  };
}

interface AuthenticateParts {
  readonly authenticate: Authenticate;
  /** Of the client; undefined if it has disconnected. */
  readonly addressOf: (request: IncomingMessage) => string | undefined;
}

async function sessionFor(
  request: FastifyRequest,
  { authenticate, addressOf }: AuthenticateParts,
): Promise<Session> {
  const { authorization } = request.headers;
  if (authorization === undefined && isPageLoad(request)) return PAGE_LOAD;
  return await authenticate({ ip: addressOf(request.raw), authorization });
}

/** A browser sends no token when it loads the page of GraphiQL, which holds no data. */
const isPageLoad = ({ method, headers }: FastifyRequest): boolean =>
  (method === 'GET' || method === 'HEAD') && /text\/html/i.test(headers.accept ?? '');
