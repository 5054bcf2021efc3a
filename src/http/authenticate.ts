import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AccessError, refusalOf } from '../domain/access-error.ts';
import { type Authenticate, PAGE_LOAD, permits, type Session } from '../domain/caller.ts';
import { accessOf } from './route-access.ts';

export type SessionOf = (request: FastifyRequest) => Session;

/**
 * Checks the token and the scope of every request before its body is read. Call it before routes are added.
 * The function that it returns gives the session of a request whose route is not open.
 */
export function authenticateRequests(app: FastifyInstance, authenticate: Authenticate): SessionOf {
  const sessions = new WeakMap<FastifyRequest, Session>();
  app.addHook('onRoute', ({ url }) => void accessOf(url));
  app.addHook('onRequest', async (request, reply) => {
    const access = accessOf(request.routeOptions.url ?? '');
    if (access === 'open') return;
    try {
      const session = await sessionFor(request, authenticate);
      if (access !== 'fields' && !permits(session.caller, access)) throw refusalOf(session.caller, access);
      sessions.set(request, session);
    } catch (error) {
      if (error instanceof AccessError) reply.headers(error.headers);
      throw error;
    }
  });
  return (request) => {
    const session = sessions.get(request);
    if (session) return session;
    throw new TypeError(`the route ${request.routeOptions.url} is open: its requests have no caller`);
  };
}

async function sessionFor(request: FastifyRequest, authenticate: Authenticate): Promise<Session> {
  const { authorization } = request.headers;
  if (authorization === undefined && isPageLoad(request)) return PAGE_LOAD;
  return await authenticate({ ip: request.ip, authorization });
}

/** A browser sends no token when it loads the page of GraphiQL, which holds no data. */
const isPageLoad = ({ method, headers }: FastifyRequest): boolean =>
  (method === 'GET' || method === 'HEAD') && /text\/html/i.test(headers.accept ?? '');
