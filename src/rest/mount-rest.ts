import type { FastifyInstance } from 'fastify';
import { mountDocs } from './docs/serve-docs.ts';
import type { RestParts } from './handler.ts';
import { openApi } from './openapi.ts';
import { DOCS_PATH, OPENAPI_PATH, REST_PREFIX, ROUTES } from './routes.ts';

/** Serves ROUTES and their OpenAPI document, also as a page. */
export async function mountRest(server: FastifyInstance, parts: RestParts): Promise<void> {
  const { pool, contract } = parts;
  const document = openApi(contract);
  const json = JSON.stringify(document);
  mountDocs(server, { document, paths: { docs: DOCS_PATH, openApi: OPENAPI_PATH } });
  await server.register(
    (app, _options, done) => {
      // Bodies are parsed by the handlers, to answer as FastAPI does.
      app.removeAllContentTypeParsers();
      app.addContentTypeParser('*', { parseAs: 'string' }, (_request, text, parsed) => parsed(null, text));
      for (const { method, path, needsEnabledPool, handler } of ROUTES) {
        app.route({
          method,
          url: path,
          handler: async (request, reply) => {
            const isDisabled = needsEnabledPool && !pool.enabled;
            const {
              status,
              headers = {},
              body,
            } = isDisabled ? contract.disabled : await handler(request, parts);
            return reply.code(status).headers(headers).send(body);
          },
        });
      }
      app.get('/openapi.json', (_request, reply) => reply.type('application/json').send(json));
      done();
    },
    { prefix: REST_PREFIX },
  );
}
