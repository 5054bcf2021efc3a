import { expect, test } from 'vitest';
import { clientOptions } from '../../../src/store/postgres/connection.ts';

test('a connection has TLS as libpq has it, its name, and probes of a peer that is silent', () => {
  expect(
    clientOptions({ url: 'postgres://me@host/pool?sslmode=require', applicationName: 'a name' }),
  ).toEqual({
    connectionString: 'postgres://me@host/pool?sslmode=require&uselibpqcompat=true',
    application_name: 'a name',
    keepAlive: true,
  });
});
