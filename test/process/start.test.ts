import { once } from 'node:events';
import { mkdtempSync, readdirSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SETTING_NAMES } from '../../src/config/settings.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { aStamp, batchId, T0 } from '../builders.ts';
import { serviceScript } from './bundled-script.ts';
import { bundledCommand, bundledService, spawned } from './spawned.ts';

const ROOT = join(import.meta.dirname, '../..');

describe('npm start', () => {
  test('exits with 78 for invalid settings, and lists all mistakes', async () => {
    await using service = spawned({
      command: ['npm', 'start'],
      cwd: ROOT,
      env: {
        STAMP_POOL_ENABLED: 'true',
        STAMP_POOL_RESERVE: '17:x',
        PORT: 'http',
        DATABASE_URL: 'postgres://me:pw@db',
      },
    });
    expect(await service.ended).toBe(78);
    const { err } = service.output();
    expect(err.slice(err.indexOf('The settings'))).toContain(
      [
        'The settings have 4 mistakes:',
        '  SWARM_BEE_API_URL is required when STAMP_POOL_ENABLED is true',
        '  STAMP_POOL_RESERVE="17:x": "x" is not a count',
        '  DATABASE_URL: it has no database: write postgres://<user>:<password>@<host>/<database>',
        '  PORT="http": "http" is not a port from 0 to 65535',
      ].join('\n'),
    );
  });
});

describe.concurrent('the process', () => {
  test('reads .env; the environment takes precedence', async () => {
    const dotEnv = 'PORT=nonsense\nSTAMP_POOL_MIN_TTL_HOUR=3\n';
    await using service = spawned({ env: { PORT: '0' }, dotEnv });
    const [line] = await service.outputMatch(/.*is not a setting.*/);
    expect(line).toContain('did you mean STAMP_POOL_MIN_TTL_HOURS?');
    expect((await fetch(`${await service.url()}/health`)).status).toBe(200);
  });

  test.for([
    ['the service', bundledService()],
    ['the command line', bundledCommand('token', 'create', '--name', 'shop', '--scope', 'read')],
  ] as const)('gives other users no right to the files of %s', async ([program, command]) => {
    const withUsualMask = ['sh', '-c', 'umask 022; exec "$0" "$@"', ...command] as const;
    const env = { PORT: '0', DATABASE_URL: 'file:new/data/pool.db' };
    await using started = spawned({ command: withUsualMask, env });
    await (program === 'the service' ? started.url() : started.ended);
    const paths = ['', ...readdirSync(join(started.directory, 'new'), { recursive: true, encoding: 'utf8' })];
    expect(paths).toContain('data/pool.db');
    const modes = paths.map((path) => statSync(join(started.directory, 'new', path)).mode & 0o777);
    expect(new Set(modes)).toEqual(new Set([0o750, 0o640]));
  });

  test('logs how to enable the pool if it is disabled', async () => {
    await using service = spawned({ env: { PORT: '0' } });
    const [line] = await service.outputMatch(/.*"enabled":false.*/);
    expect(line).toContain('STAMP_POOL_ENABLED=true');
  });

  test('reads the first line of a .env with a byte order mark', async () => {
    await using service = spawned({ dotEnv: '\uFEFFPORT=eighty\n' });
    expect([await service.ended, service.output().err]).toEqual([
      78,
      expect.stringContaining('PORT="eighty"'),
    ]);
  });

  test('decodes DATABASE_URL as a URL, and logs the absolute path', async () => {
    await using service = spawned({ env: { PORT: '0', DATABASE_URL: 'file:./my%20data/p.db?mode=rwc' } });
    const [, database = ''] = await service.outputMatch(/"database":"([^"]+)"/);
    expect(database).toBe(join(realpathSync(service.directory), 'my data/p.db'));
  });

  test('exits with 78 for an invalid .env', async () => {
    await using service = spawned({ dotEnv: 'PORT: 0\n' });
    expect([await service.ended, service.output()]).toEqual([
      78,
      { out: '', err: 'The settings have 1 mistake:\n  .env: line 1 is not NAME=value\n' },
    ]);
  });

  test('prints every setting with --help', async () => {
    await using service = spawned({ command: bundledService([], ['--help']) });
    expect(await service.ended).toBe(0);
    expect(SETTING_NAMES.filter((name) => !service.output().out.includes(name))).toEqual([]);
  });

  test('prints its version with --version', async () => {
    await using service = spawned({ command: bundledService([], ['--version']) });
    expect([await service.ended, service.output().out]).toEqual([
      0,
      expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    ]);
  });

  test('rejects unknown arguments', async () => {
    await using service = spawned({ command: bundledService([], ['serve']) });
    expect(await service.ended).toBe(1);
    expect(service.output().err).toContain('too many arguments');
  });

  test('reports in one line that the port is in use', async () => {
    await using taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const address = taken.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    await using service = spawned({ env: { PORT: port } });
    expect([await service.ended, service.output().err]).toEqual([
      1,
      `Cannot listen on port ${port}: it is in use. Stop the program that uses it, or set PORT to another port.\n`,
    ]);
  });

  test('reports in one line that another instance uses the database, and does not disturb it', async () => {
    await using first = spawned({ env: { PORT: '0' } });
    const url = await first.url();
    const DATABASE_URL = `file:${join(first.directory, 'pool.db')}`;
    await using second = spawned({ env: { PORT: '0', DATABASE_URL } });
    expect(await second.ended).toBe(1);
    expect(second.output().err).toMatch(
      /^The database cannot be used\. .* is in use by another instance.*\n$/,
    );
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  test('logs at start which batches of the adoption list were in the pool before', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'adopted-'));
    const file = join(directory, 'pool.db');
    const store = await openSqliteStore({ file });
    await store.write([{ change: 'stampAdded', stamp: aStamp({ n: 1 }) }], T0);
    await store[Symbol.asyncDispose]();
    writeFileSync(join(directory, 'list.json'), JSON.stringify([batchId(1), batchId(2)]));
    await using service = spawned({
      env: {
        DATABASE_URL: `file:${file}`,
        STAMP_POOL_ADOPT: `file:${join(directory, 'list.json')}`,
        STAMP_POOL_ENABLED: 'true',
        SWARM_BEE_API_URL: 'http://127.0.0.1:1',
        PORT: '0',
      },
    });
    const [line] = await service.outputMatch(/.*are or were in the pool.*/);
    expect(JSON.parse(line)).toMatchObject({ level: 'info', count: 1, listed: 2, batchIds: [batchId(1)] });
    rmSync(directory, { recursive: true });
  });

  test('reports in one line that the database is damaged', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'damaged-'));
    writeFileSync(join(directory, 'pool.db'), 'id,amount\n');
    await using service = spawned({ env: { DATABASE_URL: `file:${join(directory, 'pool.db')}` } });
    expect([await service.ended, service.output().err]).toEqual([
      1,
      expect.stringMatching(
        /^The database cannot be used\. .*pool\.db is damaged.*: file is not a database \(SQLITE_NOTADB\)\..*\n$/,
      ),
    ]);
    rmSync(directory, { recursive: true });
  });

  test.each([
    ['the sources', () => join(ROOT, 'scripts/require-node-24.cjs')],
    ['the bundle', serviceScript],
  ])('reports in one line that Node is too old for %s', async (_what, script) => {
    const old = `Object.defineProperty(process.versions, 'node', { value: '20.1.0' }); import(process.argv[1]);`;
    await using service = spawned({ command: [process.execPath, '-e', old, script()] });
    expect(await service.ended).toBe(1);
    expect(service.output().err).toMatch(/^This service needs Node 24 or later; .*\n$/);
  });
});
