import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { issue } from './access/credentials.ts';
import { startTestApp } from './harness.ts';

const run = (example: string, url: string | null, env: NodeJS.ProcessEnv = {}) =>
  spawn(
    process.execPath,
    [join(import.meta.dirname, '../examples', example), ...(url === null ? [] : [url])],
    { env },
  );

test('acquire.mjs acquires a stamp and uploads with it', async () => {
  await using app = await startTestApp({
    env: { STAMP_POOL_RESERVE: '17:1' },
    onNode: { 17: 1 },
  });
  await app.full();
  expect(await text(run('acquire.mjs', app.url).stdout)).toMatch(
    /^stamp [0-9a-f]{64}, until \S+Z, for 40890 bytes\nupload: 201 \{"reference":"[0-9a-f]{64}"\}/,
  );
});

test('acquire.mjs prints the failure with its suggestion', async () => {
  await using app = await startTestApp({ env: { STAMP_POOL_ENABLED: 'false' } });
  expect(await text(run('acquire.mjs', app.url).stderr)).toBe(
    'POOL_DISABLED: The stamp pool is not enabled. The operator enables it with STAMP_POOL_ENABLED=true.\n',
  );
});

test('subscribe.mjs prints the current levels at once', async () => {
  await using app = await startTestApp({ env: { STAMP_POOL_RESERVE: '17:1' }, onNode: { 17: 1 } });
  await app.full();
  expect(await firstLine(run('subscribe.mjs', app.url.replace('http', 'ws')))).toMatch(
    /^\S+Z depth 17: 1 of 1, 0 on order\n/,
  );
});

test('both send the token in STAMP_POOL_TOKEN', async () => {
  await using app = await startTestApp({ env: { STAMP_POOL_RESERVE: '17:1' }, onNode: { 17: 1 } });
  await app.full();
  const token = await issue(app.store.tokens, { scopes: ['read', 'acquire'] });
  await expect.poll(async () => (await fetch(`${app.url}/api/v1/pool/status`)).status).toBe(401);
  const env = { STAMP_POOL_TOKEN: token };
  expect(await firstLine(run('subscribe.mjs', app.url.replace('http', 'ws'), env))).toContain(
    'depth 17: 1 of 1',
  );
  expect(await text(run('acquire.mjs', app.url, env).stdout)).toContain('\nupload: 201 ');
});

test('both use the service of STAMP_POOL_URL if they get no URL', async () => {
  await using app = await startTestApp({ env: { STAMP_POOL_RESERVE: '17:1' }, onNode: { 17: 1 } });
  await app.full();
  const env = { STAMP_POOL_URL: app.url };
  expect(await firstLine(run('subscribe.mjs', null, env))).toContain('depth 17: 1 of 1');
  expect(await text(run('acquire.mjs', null, env).stdout)).toContain('\nupload: 201 ');
});

async function firstLine(child: ReturnType<typeof run>): Promise<string> {
  let printed = '';
  for await (const chunk of child.stdout) {
    printed += String(chunk);
    if (printed.includes('\n')) break;
  }
  child.kill();
  return printed;
}
