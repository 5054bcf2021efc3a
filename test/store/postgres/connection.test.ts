import type { Socket } from 'node:net';
import { userInfo } from 'node:os';
import { Client } from 'pg';
import { expect, onTestFinished, test, vi } from 'vitest';
import { clientOptions, connect } from '../../../src/store/postgres/connection.ts';
import { serveSockets } from '../../bee/servers.ts';

test('a connection has TLS as libpq has it, its name, and probes of a peer that is silent', () => {
  expect(
    clientOptions({ url: 'postgres://me@host/pool?sslmode=require', applicationName: 'a name' }),
  ).toEqual({
    connectionString: 'postgres://me@host/pool',
    application_name: 'a name',
    keepAlive: true,
    ssl: { rejectUnauthorized: false, checkServerIdentity: expect.any(Function) },
  });
});

test.for([
  ['postgres:///pool?host=/run/postgresql', {}, userInfo().username],
  ['postgres://host/pool', { USER: 'another' }, userInfo().username],
  ['postgres://host/pool', { PGUSER: 'of-libpq' }, 'of-libpq'],
  ['postgres://me@host/pool', { PGUSER: 'of-libpq' }, 'me'],
] as const)('a connection to %s with %j has the user that libpq would take', ([url, variables, user]) => {
  for (const name of ['USER', 'PGUSER']) vi.stubEnv(name, undefined);
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(new Client(clientOptions({ url, applicationName: 'a name' })).user).toBe(user);
});

/** What a server sends instead of a greeting. */
function refusalOf(code: string, message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0C${code}\0M${message}\0\0`);
  const header = Buffer.from('E\0\0\0\0');
  header.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([header, fields]);
}

/** The message with which the start is refused, after the name of the database. */
async function messageFor(code: string, message: string): Promise<string> {
  await using server = await serveSockets((socket) =>
    socket.once('data', () => void socket.end(refusalOf(code, message))),
  );
  const url = `postgres://me:secret-word@127.0.0.1:${server.port}/pool`;
  const refused: unknown = await connect({ url, applicationName: 'test' }).catch((error: unknown) => error);
  expect(refused).toMatchObject({ cause: { code } });
  const [, text] = String(refused).split(`The database "pool" on 127.0.0.1:${server.port} `);
  return text ?? String(refused);
}

test.for([
  ['28P01', 'refuses the user or the password. Check DATABASE_URL.'],
  ['3D000', 'does not exist. Create it, or check DATABASE_URL.'],
  ['53300', 'has no connection left. Raise max_connections of the server, or stop other programs.'],
  ['57P03', 'is starting or stopping. Try again when the server accepts connections.'],
  ['28000', 'refuses the user "me": no entry. Check pg_hba.conf and DATABASE_URL.'],
  ['XX000', 'cannot be used: no entry (XX000).'],
] as const)('a start that the server refuses with SQLSTATE %s says what to do', async ([code, expected]) => {
  expect(await messageFor(code, 'no entry')).toBe(expected);
});

test('a start without the password that the server asks for says where to put it', async () => {
  const withScram = Buffer.from('R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0');
  const goOn = Buffer.from('R\0\0\0\x09\0\0\0\x0br');
  await using server = await serveSockets((socket) =>
    socket.once('data', () => {
      socket.write(withScram);
      socket.once('data', () => void socket.end(goOn));
    }),
  );
  vi.stubEnv('PGPASSWORD', undefined);
  vi.stubEnv('PGPASSFILE', '/nowhere');
  onTestFinished(() => void vi.unstubAllEnvs());
  for (const user of ['me', 'me:']) {
    const url = `postgres://${user}@127.0.0.1:${server.port}/pool`;
    await expect(connect({ url, applicationName: 'test' })).rejects.toThrow(
      'asks for a password, and none is set. Put it into PGPASSWORD, ~/.pgpass or DATABASE_URL. A .pgpass that other users may read is not used.',
    );
  }
});

test('a start that is refused quotes one line of at most 300 characters of what the server sends', async () => {
  expect(await messageFor('XX000', ' two\n\n  lines ')).toBe('cannot be used: two lines (XX000).');
  expect(await messageFor('XX000', 'x'.repeat(301))).toBe(`cannot be used: ${'x'.repeat(300)}… (XX000).`);
});

test('a start gives up a host to which no connection is made within eight seconds, and waits for the answer of one that has accepted it', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const { promise: asked, resolve: isAsked } = Promise.withResolvers<Socket>();
  const server = await serveSockets((socket) => socket.once('data', () => isAsked(socket)));
  const starting = () =>
    connect({ url: `postgres://me@127.0.0.1:${server.port}/pool`, applicationName: 'test' });
  const unreached = starting();
  vi.advanceTimersByTime(8_000);
  await expect(unreached).rejects.toThrow(
    /cannot be reached: no connection within 8 s\. Check DATABASE_URL, the network and the certificates\.$/,
  );
  const reached = starting();
  const socket = await asked;
  vi.advanceTimersByTime(8_000);
  socket.end(refusalOf('57P03', 'later'));
  await expect(reached).rejects.toThrow('is starting or stopping');
  await server[Symbol.asyncDispose]();
  await expect(starting()).rejects.toThrow('no server listens there');
  while (vi.getTimerCount() > 0) await new Promise(setImmediate); // no timer keeps the process
});

test('a start with a certificate that cannot be read leaves no timer behind, which would end the process', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const url = 'postgres://me@127.0.0.1/pool?sslmode=verify-full&sslrootcert=/nowhere';
  await expect(connect({ url, applicationName: 'test' })).rejects.toThrow('/nowhere cannot be read');
  expect(vi.getTimerCount()).toBe(0);
});
