import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { RequestOrigin } from '../domain/request-origin.ts';

export const REQUEST_ID_HEADER = 'X-Request-Id';

/** The client's id of the request. One that is absent, too long for a log line or not printable is replaced by a new one. */
export function requestIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

const REQUEST_ID = /^[\x20-\x7e]{1,128}$/;

/** Of the header traceparent of W3C Trace Context; null if it is absent or not valid. */
export function traceIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string | null {
  const { traceparent } = headers;
  const [, traceId = null] = (typeof traceparent === 'string' && TRACE_PARENT.exec(traceparent)) || [];
  return traceId;
}

/** Neither id may be all zeros, and ff is no version. Only versions after 00 may have more parts. */
const TRACE_PARENT =
  /^(?!ff|00.{54})[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})[\da-f]{16}-[\da-f]{2}(?:-|$)/;

/** Fastify keeps the id that `requestIdOf` made as the id of the request. */
export const originOf = ({ id, raw }: FastifyRequest): RequestOrigin => ({
  requestId: id,
  traceId: traceIdOf(raw),
});

/** Of a request that Fastify does not handle. */
export const upgradeOriginOf = (request: IncomingMessage): RequestOrigin => ({
  requestId: requestIdOf(request),
  traceId: traceIdOf(request),
});

/** Sends the id of each request with its response. Call it before other hooks, which may refuse the request. */
export function echoRequestIds(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.header(REQUEST_ID_HEADER, request.id);
    done();
  });
}
