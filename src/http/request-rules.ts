import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';

/** A refusal that any route may meet before its handler runs. */
class RefusedRequestError extends Error {
  override readonly name = 'RefusedRequestError';
  readonly statusCode: number;

  constructor(statusCode: number, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

/** RFC 9110 and 9112, held for every path before a handler or a body parser runs. Call it before routes are added. */
export function holdToHttp(app: FastifyInstance): void {
  const methodsOf = rememberMethods(app);
  // node:http would close the connection without an answer
  app.server.on('connect', (_request, socket) => {
    socket.on('error', () => {}); // a reset by the client; without a listener it would end the process
    socket.end(
      `HTTP/1.1 405 Method Not Allowed\r\nAllow: ${methodsOf('*') ?? ''}\r\nConnection: close\r\n\r\n`,
    );
  });
  app.addHook('onRequest', (request, reply, done) => {
    if (!hasValidHost(request.raw))
      return done(new RefusedRequestError(400, 'The Host header is not valid.'));
    if (request.url === '*' && request.method !== 'OPTIONS') {
      return done(new RefusedRequestError(400, 'The target * is for OPTIONS only.'));
    }
    const allowed = request.is404 ? methodsOf(request.url) : undefined;
    if (allowed) {
      reply.header('Allow', allowed);
      if (request.method === 'OPTIONS') return reply.code(204).send();
      return done(new RefusedRequestError(405, 'Method Not Allowed'));
    }
    if (request.is404) return done(new RefusedRequestError(404, 'Not Found'));
    if (isEncoded(request.raw)) {
      reply.header('Accept-Encoding', 'identity');
      return done(new RefusedRequestError(415, 'Send the body without a content or transfer coding.'));
    }
    return done();
  });
}

/** A registered name or an address, and a port; empty when the target has no authority. */
const HOST = /^(?:[\w.~!$&'()*+,;=%-]*|\[[\da-f:.]+\])(?::\d{0,5})?$/i;

/** Node checks that HTTP/1.1 has a Host; HTTP/1.0 needs none. */
export function hasValidHost({ headers, rawHeaders }: IncomingMessage): boolean {
  const lines = rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'host');
  return lines.length <= 1 && HOST.test(headers.host ?? '');
}

/** Whether there is a body in a coding that no route takes. */
function isEncoded({ headers }: IncomingMessage): boolean {
  const transfer = headers['transfer-encoding'];
  if (transfer === undefined && Number(headers['content-length'] ?? 0) === 0) return false;
  const content = headers['content-encoding'] ?? 'identity';
  return !/^(?:identity)?$/i.test(content) || !/^chunked$/i.test(transfer ?? 'chunked');
}

/** The methods of each path, as `Allow` lists them; undefined for a path without a route. */
function rememberMethods(app: FastifyInstance): (target: string) => string | undefined {
  const routes = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const methods = routes.get(url) ?? new Set();
    for (const name of [method].flat()) methods.add(name);
    routes.set(url, methods);
  });
  return (target) => {
    const methods =
      target === '*' ? [...routes.values()].flatMap((each) => [...each]) : routes.get(pathOf(target));
    return methods && [...new Set(methods)].toSorted().join(', ');
  };
}

/** The target in origin form, which the router takes. One of no known form becomes a path without a route. */
export function routableTarget(request: IncomingMessage): string {
  // node:http lets the preface of HTTP/2 through as a method, which no router knows. No route takes TRACE either.
  if (request.method === 'PRI') request.method = 'TRACE';
  const { url = '' } = request;
  if (url.startsWith('/') || url === '*') return url;
  const target = url.replace(/^https?:\/\/[^/?#]*/i, '');
  return target.startsWith('/') ? target : `/${target}`;
}

/** As the router reads a target: one trailing slash does not count. */
function pathOf(target: string): string {
  const path = target.replace(/[?#].*$/s, '');
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}
