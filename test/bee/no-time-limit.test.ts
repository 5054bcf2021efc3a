import { request as undiciRequest } from 'undici';
import { afterEach, expect, test, vi } from 'vitest';
import { openTransport } from '../../src/bee/transport.ts';
import { serveHttp } from './servers.ts';

// In a file of its own: undici starts its timer once per process, and it must be the fake one.
afterEach(() => {
  vi.useRealTimers();
});

test('a request outlives the default timeout of undici, 300 s', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const held: (() => void)[] = [];
  const allAsked = Promise.withResolvers<void>();
  await using server = await serveHttp((_request, response) => {
    held.push(() => response.writeHead(201).end('mined'));
    if (held.length === 3) allAsked.resolve();
  });
  const url = `http://127.0.0.1:${server.port}`;
  await using transport = openTransport(url);
  const ours = transport.send({ method: 'POST', path: '/stamps/1/17', headers: {} });
  const read = transport.send({ method: 'GET', path: '/stamps', headers: {} });
  const withDefaults = undiciRequest(url, { method: 'POST' }).catch((error: unknown) => error);
  await allAsked.promise;
  vi.advanceTimersByTime(3_600_000); // the asynchronous variant waits a real millisecond at each of 7,200 timers
  expect(await withDefaults).toMatchObject({ code: 'UND_ERR_HEADERS_TIMEOUT' });
  for (const release of held) release();
  expect(await ours).toMatchObject({ status: 201, body: 'mined' });
  expect(await read).toMatchObject({ status: 201, body: 'mined' });
});
