import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AccessError, rateLimitedError, refusalOf } from '../domain/access-error.ts';
import { type Authenticate, permits, type Session } from '../domain/caller.ts';
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
    /** null until the request is authenticated, and if it is open. */
    [SESSION]: RequestSession | null;
  }

  interface FastifyContextConfig {
    /** Whether a request gets a page without data. It is open then: a browser sends no token when it loads a page. */
    readonly sendsPage?: (request: FastifyRequest) => boolean;
  }
}

/**
 * Checks the token, the rate and the scope of every request before its body is read; GraphQL has results of its own for a
 * rate that is exceeded. Call it before routes are added. The function that it returns gives the session of a request
 * that is not open.
 */
export function authenticateRequests(app: FastifyInstance, parts: AuthenticateParts): SessionOf {
  app.decorateRequest(SESSION, null);
  app.addHook('onRoute', ({ url }) => void accessOf(url));
  app.addHook('onRequest', async (request, reply) => {
    const { url = '', config } = request.routeOptions;
    const access = accessOf(url);
    if (access === 'open' || config.sendsPage?.(request)) return;
    try {
      const ip = parts.addressOf(request.raw);
      const session = await parts.authenticate({ ip, authorization: request.headers.authorization });
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
    throw new TypeError(`a request of ${request.routeOptions.url} is open: it has no caller`);
  };
}

interface AuthenticateParts {
  readonly authenticate: Authenticate;
  /** Of the client; undefined if it has disconnected. */
  readonly addressOf: (request: IncomingMessage) => string | undefined;
}
