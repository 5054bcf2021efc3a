import type { ServerResponse } from 'node:http';
import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import { GRAPHQL_PATH, type GraphqlParts, type Yoga } from './graphql-parts.ts';

export interface MountedHttp {
  /** Cuts off the event streams that are open. */
  cutOff(): void;
}

/** Fastify reads the body, within its limit; Yoga says what it means. */
export async function mountHttp(
  server: FastifyInstance,
  yoga: Yoga,
  { pool, callerOf }: GraphqlParts,
): Promise<MountedHttp> {
  const streams = new Set<ServerResponse>();
  await server.register((scope, _options, done) => {
    takeJsonOnly(scope);
    scope.setErrorHandler<FastifyError>((error, _request, reply) => sendError(error, reply));
    scope.route({
      url: GRAPHQL_PATH,
      method: ['GET', 'POST'],
      handler: async (request, reply) => {
        const context = { pool, caller: callerOf(request) };
        const response = await yoga.handleNodeRequestAndResponse(request, reply, context);
        if (response.headers.get('content-type') === 'text/event-stream') {
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
 * A form on any web page may post text/plain or a form without asking: a browser asks before it sends JSON to another
 * origin, and is told no.
 */
function takeJsonOnly(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) =>
    done(null, body),
  );
}

const WORDS: Readonly<Record<number, string>> = {
  413: 'The request is larger than this server takes.',
  415: 'Send the request as application/json.',
};

function sendError(error: FastifyError, reply: FastifyReply): FastifyReply {
  const status = error.statusCode ?? 500;
  if (status >= 500) throw error;
  const message = WORDS[status] ?? error.message;
  return reply
    .code(status)
    .type('application/json')
    .send(JSON.stringify({ errors: [{ message, extensions: { code: 'BAD_REQUEST' } }] }));
}
