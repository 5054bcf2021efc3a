import type { ServerResponse } from 'node:http';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GRAPHQL_PATH, type GraphqlParts, type Yoga } from './context.ts';
import { BadRequestError, checkParameters, readJson } from './request-text.ts';

export interface MountedHttp {
  /** Cuts off the event streams that are open. */
  cutOff(): void;
}

/** Fastify reads the body, within its limit; Yoga says what it means. */
export async function mountHttp(
  server: FastifyInstance,
  yoga: Yoga,
  { pool, operations, authenticate }: GraphqlParts,
): Promise<MountedHttp> {
  const streams = new Set<ServerResponse>();
  await server.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    // A form on any web page may post text/plain or a form without asking. A browser asks before it sends JSON to
    // another origin, and is refused.
    scope.addContentTypeParser('application/json', { parseAs: 'buffer' }, readJson);
    scope.setErrorHandler<FastifyError>((error, _request, reply) => sendError(error, reply));
    scope.route({
      url: GRAPHQL_PATH,
      method: ['GET', 'POST'],
      handler: async (request, reply) => {
        const context = { pool, operations, caller: authenticate(request) };
        const response = await yoga.handleNodeRequestAndResponse(requestForYoga(request), reply, context);
        const isStream = response.headers.get('content-type') === 'text/event-stream';
        if (isStream) keepUnbuffered(response);
        if (request.method === 'HEAD') return sendHead(response, reply);
        if (isStream) {
          streams.add(reply.raw);
          reply.raw.once('close', () => streams.delete(reply.raw));
        }
        return reply.send(response);
      },
    });
    done();
  });
  return {
    cutOff: () => {
      for (const stream of streams) stream.destroy();
    },
  };
}

/**
 * What Yoga is to read of a request. It compares media types with their case, answers HEAD with an error, and makes a
 * URL of the Host header, whatever is in it.
 */
function requestForYoga({ method, url, headers, body }: FastifyRequest) {
  const search = url.includes('?') ? url.slice(url.indexOf('?')) : '';
  if (method !== 'POST') checkParameters(new URLSearchParams(search));
  else if (typeof body !== 'string') throw new BadRequestError(415, NOT_JSON);
  return {
    method: method === 'HEAD' ? 'GET' : method,
    url: `${GRAPHQL_PATH}${search}`,
    headers: { accept: (headers.accept ?? '*/*').toLowerCase(), 'content-type': 'application/json' },
    ...(method === 'POST' ? { body } : {}),
  };
}

/** The headers of the GET. A stream is cancelled by Fastify, which sends no body. */
function sendHead(response: Response, reply: FastifyReply): FastifyReply {
  reply.code(response.status);
  for (const [name, value] of response.headers) reply.header(name, value);
  return reply.send(response.body ?? undefined);
}

/** Proxies would hold events back until their buffer is full, or compress them. */
function keepUnbuffered({ headers }: Response): void {
  headers.set('Cache-Control', 'no-cache, no-transform');
  headers.set('X-Accel-Buffering', 'no');
  headers.delete('Content-Encoding'); // Yoga's "none" is no content coding
}

const NOT_JSON = 'Send the request as application/json.';

const MESSAGES: Readonly<Record<string, string>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'The request is larger than this server takes.',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: NOT_JSON,
};

function sendError(error: FastifyError, reply: FastifyReply): FastifyReply {
  const status = error.statusCode ?? 500;
  if (status >= 500) throw error;
  const message = MESSAGES[error.code] ?? error.message;
  return reply
    .code(status)
    .type('application/json')
    .send(JSON.stringify({ errors: [{ message, extensions: { code: 'BAD_REQUEST' } }] }));
}
