import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { node, spawned } from './spawned.ts';

test('the demo has stamps within 40 seconds, and tells where and how', async () => {
  await using demo = spawned({
    command: node('src/demo.ts'),
    env: { PORT: '0' },
    dotEnv: 'DATABASE_URL=file:the-real-pools.db',
  });
  const began = performance.now();
  const [, url = ''] = await demo.heard(/REST +(http:\S+)\/api\/v1\/pool\/status/);
  await demo.heard(/depth 17: 0 of 2, depth 20: 0 of 1 · /);
  await demo.heard(/The reserve is full/);
  expect(performance.now() - began).toBeLessThan(40_000);
  const response = await fetch(`${url}/api/v1/pool/acquire`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{"size":"small"}',
  });
  expect(await response.json()).toMatchObject({ success: true, depth: 17 });
  expect(demo.said().out.match(/^ {4}curl .*/gm)).toHaveLength(3);
  const files = readdirSync(demo.directory);
  expect(files, 'the environment names its database').toContain('pool.db');
  expect(files, 'the database of a real pool is left alone').not.toContain('the-real-pools.db');
  demo.child.kill('SIGINT');
  expect([await demo.ended, demo.said().err]).toEqual([0, '']);
}, 60_000);
