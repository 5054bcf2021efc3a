import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { startTestApp } from './harness.ts';

const run = (example: string, ...args: readonly string[]) =>
  spawn(process.execPath, [join(import.meta.dirname, '../examples', example), ...args]);

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
  const child = run('subscribe.mjs', app.url.replace('http', 'ws'));
  let printed = '';
  for await (const chunk of child.stdout) {
    printed += String(chunk);
    if (printed.includes('\n')) break;
  }
  child.kill();
  expect(printed).toMatch(/^\S+Z depth 17: 1 of 1, 0 on order\n/);
});
