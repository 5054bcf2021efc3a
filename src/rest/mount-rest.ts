// This folder is the REST API of the Python gateway: its four routes, one file per contract, and their OpenAPI document.
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Caller } from '../domain/caller.ts';
import type { RequestOrigin } from '../domain/request-origin.ts';
import { mountDocs } from './docs/serve-docs.ts';
import type { RestParts, RestRequest } from './handler.ts';
import { openApi } from './openapi.ts';
import { DOCS_PATH, OPENAPI_PATH, REST_PREFIX, ROUTES } from './routes.ts';

/** Serves ROUTES and their OpenAPI document, also as a page. */
export async function mountRest(server: FastifyInstance, parts: MountedParts): Promise<void> {
  const { contract } = parts;
  let made: string | undefined;
  const json = (): string => (made ??= JSON.stringify(openApi(contract))); // takes milliseconds
  mountDocs(server, { json, paths: { docs: DOCS_PATH, openApi: OPENAPI_PATH } });
  await server.register(
    (app, _options, done) => {
      // Bodies are parsed by the handlers, to answer as FastAPI does.
      app.removeAllContentTypeParsers();
      app.addContentTypeParser('*', { parseAs: 'string' }, (_request, text, parsed) => parsed(null, text));
      for (const route of ROUTES) {
        app.route({
          method: route.method,
          url: route.path,
          handler: async (request, reply) => {
            const { status, headers = {}, body } = await route.handler(requestOf(request, parts), parts);
            reply.code(status).headers(headers);
            return body;
          },
        });
      }
      app.get('/openapi.json', (_request, reply) => reply.type('application/json').send(json()));
      done();
    },
    { prefix: REST_PREFIX },
  );
}

interface MountedParts extends RestParts {
  readonly callerOf: (request: FastifyRequest) => Caller;
  readonly originOf: (request: FastifyRequest) => RequestOrigin;
}

const requestOf = (
  request: FastifyRequest,
  { callerOf, originOf }: Pick<MountedParts, 'callerOf' | 'originOf'>,
): RestRequest => ({
  contentType: request.headers['content-type'],
  idempotencyKeys: idempotencyKeysOf(request.raw),
  text: typeof request.body === 'string' ? request.body : undefined,
  caller: callerOf(request),
  origin: originOf(request),
});

/** node:http splits the lines of all headers when the first of them is asked for. */
const idempotencyKeysOf = (request: IncomingMessage): RestRequest['idempotencyKeys'] =>
  request.headers['idempotency-key'] === undefined ? undefined : request.headersDistinct['idempotency-key'];
