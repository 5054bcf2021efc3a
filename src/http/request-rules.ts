import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';

/** Enforces RFC 9110 and 9112 on every path, before body parsers and handlers. Call it before routes are added. */
export function enforceHttp(app: FastifyInstance): void {
  const methodsOf = recordMethods(app);
  // node:http closes the connection without a response.
  app.server.on('connect', (_request, socket) => {
    socket.on('error', () => {}); // A reset by the client. Without a listener it ends the process.
    socket.end(
      `HTTP/1.1 405 Method Not Allowed\r\nAllow: ${methodsOf('*') ?? ''}\r\nConnection: close\r\n\r\n`,
    );
  });
  app.addHook('onRequest', (request, reply, done) => {
    if (!hasValidHost(request.raw))
      return done(new RejectedRequestError(400, 'The Host header is not valid.'));
    if (request.url === '*' && request.method !== 'OPTIONS') {
      return done(new RejectedRequestError(400, 'The target * is only valid for OPTIONS.'));
    }
    // @fastify/cors adds a route for OPTIONS of every path.
    const isUnrouted = request.is404 || request.routeOptions.url === '*';
    const allowed = isUnrouted ? methodsOf(request.url) : undefined;
    if (allowed) {
      reply.header('Allow', allowed);
      if (request.method === 'OPTIONS') return reply.code(204).send();
      return done(new RejectedRequestError(405, 'Method Not Allowed'));
    }
    if (isUnrouted) return done(new RejectedRequestError(404, 'Not Found'));
    if (!VERSIONS.has(request.raw.httpVersion))
      return done(new RejectedRequestError(400, 'Send the request as HTTP/1.1 or HTTP/1.0.'));
    if (!/^(?:100-continue)?$/i.test(request.headers.expect ?? ''))
      return done(new RejectedRequestError(417, 'This expectation cannot be met.'));
    if (hasCodedBody(request.raw)) {
      reply.header('Accept-Encoding', 'identity');
      return done(new RejectedRequestError(415, 'Send the body without a content or transfer coding.'));
    }
    return done();
  });
}

/** node:http also parses a request line without a version, as 0.9, and one of 2.0 as if it were 1.1. */
const VERSIONS: ReadonlySet<string> = new Set(['1.0', '1.1']);

/** A registered name or an address, and a port. Empty if the target has no authority. */
const HOST = /^(?:[\w.~!$&'()*+,;=%-]*|\[[\da-f:.]+\])(?::\d{0,5})?$/i;

/** HTTP/1.1 requires one Host; HTTP/1.0 needs none. */
export function hasValidHost({ headers, rawHeaders, httpVersion }: IncomingMessage): boolean {
  const { length } = rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'host');
  return (length === 1 || (length === 0 && httpVersion !== '1.1')) && HOST.test(headers.host ?? '');
}

/** True for a body in a coding that no route decodes. */
function hasCodedBody({ headers }: IncomingMessage): boolean {
  const transfer = headers['transfer-encoding'];
  if (transfer === undefined && Number(headers['content-length'] ?? 0) === 0) return false;
  const content = headers['content-encoding'] ?? 'identity';
  return !/^(?:identity)?$/i.test(content) || !/^chunked$/i.test(transfer ?? 'chunked');
}

/** The value of `Allow` for each path; undefined for a path without a route. */
function recordMethods(app: FastifyInstance): (target: string) => string | undefined {
  const routes = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    if (url === '*') return;
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

/** The target in origin form, as the router needs it. A target of another form becomes a path without a route. */
export function routableTarget(request: IncomingMessage): string {
  // node:http passes the preface of HTTP/2 as a method that the router does not know. No route accepts TRACE either.
  if (request.method === 'PRI') request.method = 'TRACE';
  const { url = '' } = request;
  if (url.startsWith('/') || url === '*') return url;
  const target = url.replace(/^https?:\/\/[^/?#]*/i, '');
  return target.startsWith('/') ? target : `/${target}`;
}

/** The path as the router matches it: decoded, without one trailing slash. The router has refused what cannot be decoded. */
function pathOf(target: string): string {
  const path = decodeURI(target.replace(/[?#].*$/s, ''));
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

/** The request is rejected before the handler of its route runs. */
export class RejectedRequestError extends Error {
  override readonly name = 'RejectedRequestError';
  readonly statusCode: number;

  constructor(statusCode: number, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}
