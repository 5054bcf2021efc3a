import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { SETTING_NAMES } from '../src/config/settings.ts';
import { subscribeToLevels } from './crash/levels.ts';
import { deadPort } from './dead-port.ts';
import { startTestApp } from './harness.ts';
import { listening } from './listening.ts';
import { spawned } from './process/spawned.ts';

const FOLDER = join(import.meta.dirname, '../deploy/replicas');
const read = (file: string): string => readFileSync(join(FOLDER, file), 'utf8');

const services = z.object({
  services: z.record(z.string(), z.object({ environment: z.record(z.string(), z.string()).optional() })),
});

test('the compose file has settings that exist, and as many replicas as the load balancer', () => {
  const all = Object.entries(services.parse(parse(read('compose.yaml'), { merge: true })).services);
  const replicas = all.filter(([name]) => name.startsWith('stamp-pool'));
  const names = replicas.flatMap(([, { environment = {} }]) => Object.keys(environment));
  const known = new Set<string>(SETTING_NAMES);
  expect(names.filter((name) => !known.has(name))).toEqual([]);
  expect(names).toContain('DATABASE_URL');
  const balanced = [...read('Caddyfile').matchAll(/(stamp-pool-\d):8000/g)].map(([, name]) => name);
  expect(balanced).toEqual(replicas.map(([name]) => name));
});

test('the instance of a replica is its port, whatever PORT the file of the settings has', () => {
  const unit = read('stamp-pool@.service').replaceAll('%i', '8001');
  const [, program = ''] = /^ExecStart=(.+)$/m.exec(unit) ?? [];
  const [, set = ''] = /^Environment=(.+)$/m.exec(unit) ?? [];
  const fromFile = { PORT: '9999' }; // takes precedence over Environment=
  const env = { ...Object.fromEntries(set.split(' ').map((pair) => pair.split('='))), ...fromFile };
  const asked = program.replace(/\S+\/node .*/, 'printenv PORT');
  expect(String(execFileSync('sh', ['-c', asked], { env: { ...env, PATH: '/usr/bin:/bin' } }))).toBe(
    '8001\n',
  );
});

const ANALYZE = '/usr/bin/systemd-analyze';
test.runIf(existsSync(ANALYZE))('systemd rates the exposure of a replica below 2', () => {
  const unit = join(FOLDER, 'stamp-pool@.service');
  const report = String(execFileSync(ANALYZE, ['security', '--offline=true', '--no-pager', unit]));
  expect(Number(/Overall exposure level for \S+: ([\d.]+)/.exec(report)?.[1])).toBeLessThan(2);
});

interface Ports {
  readonly proxy: number;
  readonly pool: number;
  readonly dead: number;
}

/** What stands in for the certificate, the name and the other replicas of a real host. */
const PROXIES = {
  nginx: {
    file: '/usr/sbin/nginx',
    config: ({
      proxy,
      pool,
      dead,
    }: Ports): string => `daemon off; master_process off; pid nginx.pid; error_log stderr;
events {}
http {
  access_log off; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
  ${read('nginx.conf')
    .replace('listen 443 ssl;', `listen 127.0.0.1:${proxy};`)
    .replaceAll(/ssl_\w+ .*;/g, '')
    .replace('127.0.0.1:8001', `127.0.0.1:${pool}`)
    .replaceAll(/127\.0\.0\.1:800[23]/g, `127.0.0.1:${dead}`)}
}`,
    args: (directory: string, config: string): readonly string[] => ['-p', directory, '-c', config],
  },
  Caddy: {
    file: '/usr/bin/caddy',
    config: ({ proxy, pool, dead }: Ports): string =>
      `{\n\tadmin off\n\tauto_https off\n}\n${read('Caddyfile')
        .replace('{$POOL_HOST}', `http://127.0.0.1:${proxy}`)
        .replace('stamp-pool-1:8000', `127.0.0.1:${pool}`)
        .replace('stamp-pool-2:8000 stamp-pool-3:8000', `127.0.0.1:${dead}`)}`,
    args: (_directory: string, config: string): readonly string[] => [
      'run',
      '--adapter',
      'caddyfile',
      '--config',
      config,
    ],
  },
} as const;

/** Ends what hangs. */
const MAX_WAIT_MS = 300_000;
const ACQUIRE = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' } as const;

test.each(['nginx', 'Caddy'] as const)(
  '%s sends requests and WebSockets to the replica that runs, and none to those that do not',
  async (name) => {
    const { file, config, args } = PROXIES[name];
    if (!existsSync(file)) return void process.stdout.write(`skipped: there is no ${file}\n`);
    await using app = await startTestApp({ env: { STAMP_POOL_RESERVE: '17:1' } });
    await app.full();
    const ports = { proxy: await deadPort(), dead: await deadPort(), pool: Number(new URL(app.url).port) };
    const directory = mkdtempSync(join(tmpdir(), 'proxy-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const configFile = join(directory, 'proxy.conf');
    writeFileSync(configFile, config(ports));
    await using running = spawned({
      command: [file, ...args(directory, configFile)],
      env: { XDG_DATA_HOME: directory, XDG_CONFIG_HOME: directory },
    });
    await listening(ports.proxy, running.ended);
    const url = `http://127.0.0.1:${ports.proxy}`;
    await using levels = subscribeToLevels(url);
    expect(await levels.until(({ totalAvailable }) => totalAvailable === 1, MAX_WAIT_MS)).toBe(true);
    for (let n = 0; n < 6; n++) expect((await fetch(`${url}/api/v1/pool/status`)).status).toBe(200);
    const falls = levels.until(({ totalAvailable }) => totalAvailable === 0, MAX_WAIT_MS); // it soon rises again
    expect((await fetch(`${url}/api/v1/pool/acquire`, ACQUIRE)).status).toBe(200);
    expect(await falls).toBe(true);
  },
);
