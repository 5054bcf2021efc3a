import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RestServer, restServer } from '../rest/rest-server.ts';

let server: RestServer;
beforeAll(async () => {
  server = await restServer();
});
afterAll(async () => await server[Symbol.asyncDispose]());

/** The audit suite of the GraphQL over HTTP specification: every MUST, SHOULD and MAY. */
test.each(serverAudits({ url: () => `${server.url}/graphql`, fetchFn: fetch }))(
  'conforms to GraphQL over HTTP: $id $name',
  async (audit) => {
    expect(await audit.fn()).toMatchObject({ status: 'ok' });
  },
);
