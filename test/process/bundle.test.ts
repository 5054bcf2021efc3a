import { expect, test } from 'vitest';
import { bundledService, spawned } from './spawned.ts';

test('the bundled service finds its migrations, pages and version, and serves', async () => {
  await using service = spawned({ command: bundledService(), env: { PORT: '0' } });
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
  const version = spawned({ command: bundledService([], ['--version']) });
  expect(await version.ended).toBe(0);
  expect(version.output().out).toMatch(/^\d+\.\d+\.\d+/);
  await version[Symbol.asyncDispose]();
});
