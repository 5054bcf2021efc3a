import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { hours, T0 } from '../builders.ts';
import { bundledCommand, ROOT, spawned } from '../process/spawned.ts';
import { cli } from './run-cli.ts';

const createdSchema = z.object({ id: z.string(), token: z.string() });
const listSchema = z.object({ tokens: z.array(z.object({ id: z.string(), state: z.string() })) });

const create = async (at: ReturnType<typeof cli>, ...options: string[]) =>
  createdSchema.parse(
    JSON.parse(
      (await at.run('token', 'create', '--name', 'web', '--scope', 'acquire', '--json', ...options)).out,
    ),
  );

const states = async (at: ReturnType<typeof cli>): Promise<readonly string[]> =>
  listSchema
    .parse(JSON.parse((await at.run('token', 'list', '--json')).out))
    .tokens.map(({ state }) => state);

test('creates the database and a token with all its limits, and stores only the hash', async () => {
  using at = cli(() => T0);
  const args = ['--scope', 'acquire', '--scope', 'read', '--daily-limit', '50', '--daily-limit-bzz', '5.5'];
  const more = ['--rate', '7', '--expires', '2h', '--json'];
  const { exit, out, err } = await at.run('token', 'create', '--name', 'web', ...args, ...more);
  expect([exit, err]).toEqual([0, '']);
  const shown = {
    name: 'web',
    id: expect.stringMatching(/^[0-9a-f]{16}$/),
    scopes: ['read', 'acquire'],
    state: 'live',
    dailyLimit: 50,
    dailyLimitBzz: '5.5',
    rate: 7,
    createdAt: T0.toISOString(),
    expiresAt: hours(2).toISOString(),
    revokedAt: null,
  };
  const created: unknown = JSON.parse(out);
  expect(created).toEqual({ ...shown, token: expect.stringMatching(/^sp_[0-9a-f]{16}_[\w-]{43}$/) });
  expect(JSON.parse((await at.run('token', 'list', '--json')).out)).toEqual({ tokens: [shown] });
  const secret = createdSchema.parse(created).token.slice(-43);
  const files = readdirSync(dirname(at.file)).map((name) =>
    readFileSync(join(dirname(at.file), name), 'latin1'),
  );
  expect(files.some((content) => content.includes(secret))).toBe(false);
});

test('lists limits of one without a plural', async () => {
  using at = cli(() => T0);
  await create(at, '--daily-limit', '1', '--rate', '1');
  await create(at, '--daily-limit', '2');
  const { out } = await at.run('token', 'list');
  expect(out).toMatch(/ 1 stamp per day {2}1 request per second\n.* 2 stamps per day\n$/s);
});

test('revokes all tokens of a name, or one by its id, and lists what became of each', async () => {
  let now = T0;
  using at = cli(() => now);
  const first = await create(at);
  await create(at, '--expires', '1h');
  await create(at);
  expect(await at.run('token', 'revoke', '--id', first.id)).toMatchObject({
    exit: 0,
    out: expect.stringContaining(first.id),
  });
  now = hours(1);
  expect(await states(at)).toEqual(['revoked', 'expired', 'live']);
  expect(JSON.parse((await at.run('token', 'revoke', '--name', 'web', '--json')).out)).toEqual({
    revoked: [expect.objectContaining({ name: 'web' }), expect.objectContaining({ name: 'web' })],
  });
  expect(await states(at)).toEqual(['revoked', 'revoked', 'revoked']);
  expect(await at.run('token', 'revoke', '--name', 'web')).toMatchObject({
    exit: 0,
    out: expect.stringMatching(/^Already/),
  });
});

test('writes beside a service that has locked the database, and leaves its file in place', async () => {
  using at = cli();
  await using service = await openSqliteStore({ file: at.file });
  const { id } = await create(at);
  expect(await service.tokens.tokens()).toMatchObject([{ id }]);
  expect(await at.run('token', 'revoke', '--id', id)).toMatchObject({ exit: 0 });
  expect(await service.tokens.access()).toMatchObject({ revision: 2 });
  await service.probe(T0); // rejects if the file is another one than before
});

test('takes several commands at the same time on a database that does not exist yet', async () => {
  using at = cli();
  const env = { DATABASE_URL: at.DATABASE_URL };
  const command = (n: number): string[] => ['token', 'create', '--name', `n${n}`, '--scope', 'read'];
  const commands = [
    spawned({ command: [join(ROOT, 'bin/stamp-pool.cjs'), ...command(1)], env }),
    ...[2, 3].map((n) => spawned({ command: bundledCommand(...command(n)), env })),
  ];
  const ends = await Promise.all(commands.map(async ({ ended, output }) => [await ended, output().err]));
  for (const started of commands) await started[Symbol.asyncDispose]();
  expect(ends).toEqual([0, 0, 0].map((code) => [code, '']));
  expect(await states(at)).toEqual(['live', 'live', 'live']);
});

test('lists nothing and makes nothing while there is no database', async () => {
  using at = cli();
  expect(await at.run('token', 'list')).toMatchObject({ exit: 0, out: expect.stringMatching(/not exist/) });
  expect(JSON.parse((await at.run('token', 'list', '--json')).out)).toEqual({ tokens: [] });
  expect(await at.run('token', 'revoke', '--name', 'web')).toMatchObject({
    exit: 1,
    err: expect.stringMatching(/not exist/),
  });
});

test('refuses to revoke what there never was', async () => {
  using at = cli();
  await create(at);
  expect(await at.run('token', 'revoke', '--name', 'app')).toMatchObject({
    exit: 1,
    err: 'There is no token of "app".\n',
  });
  expect(await at.run('token', 'revoke', '--id', 'x')).toMatchObject({
    exit: 1,
    err: expect.stringContaining('"x"'),
  });
});

test.each([
  ['a name with a colon', ['--name', 'jwt:me', '--scope', 'read']],
  ['an address as a name', ['--name', '127.0.0.1', '--scope', 'read']],
  ['no scope', ['--name', 'web']],
  ['an unknown scope', ['--name', 'web', '--scope', 'write']],
  ['a duration without a unit', ['--name', 'web', '--scope', 'read', '--expires', '30']],
  ['a duration of nothing', ['--name', 'web', '--scope', 'read', '--expires', '0d']],
  ['a limit of nothing', ['--name', 'web', '--scope', 'read', '--daily-limit', '0']],
  ['an amount that is none', ['--name', 'web', '--scope', 'read', '--daily-limit-bzz', 'much']],
])('exits with 2 for %s', async (_what, options) => {
  using at = cli();
  expect(await at.run('token', 'create', ...options)).toMatchObject({
    exit: 2,
    out: '',
    err: expect.stringMatching(/\S/),
  });
});

test.each([[], ['--name', 'web', '--id', 'x']])('exits with 2 for revoke with %j', async (...options) => {
  using at = cli();
  expect(await at.run('token', 'revoke', ...options)).toMatchObject({ exit: 2, out: '' });
});
