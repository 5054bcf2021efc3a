import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { bundleService } from '../../scripts/bundle-service.ts';
import { ROOT, spawned } from './spawned.ts';

test('the bundled service finds its migrations, pages and version, and serves', async () => {
  const directory = join(ROOT, `dist/bundle-test-${process.pid}`);
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const script = await bundleService(directory);
  await using service = spawned({ command: [process.execPath, script], env: { PORT: '0' } });
  const url = await service.url();
  const get = async (path: string, accept = '*/*'): Promise<readonly [number, string | null]> => {
    const response = await fetch(url + path, { headers: { accept } });
    await response.text();
    return [response.status, response.headers.get('content-type')];
  };
  expect(await get('/health')).toEqual([200, 'application/json; charset=utf-8']);
  expect(await get('/graphql?query={poolStatus{enabled}}')).toEqual([200, 'application/json; charset=utf-8']);
  expect(await get('/graphql', 'text/html')).toEqual([200, 'text/html; charset=utf-8']);
  expect(await get('/api/v1/docs', 'text/html')).toEqual([200, 'text/html; charset=utf-8']);
  const version = spawned({ command: [process.execPath, script, '--version'] });
  expect(await version.ended).toBe(0);
  expect(version.output().out).toMatch(/^\d+\.\d+\.\d+/);
  await version[Symbol.asyncDispose]();
});
