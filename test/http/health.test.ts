import { describe, expect, test } from 'vitest';
import { aStamp } from '../builders.ts';
import { restServer } from '../rest/rest-server.ts';
import { away, failing, full, unreadable } from './failing-store.ts';

const healthy = {
  status: 'ok',
  message: 'Welcome to the Swarm stamp pool',
  stamp_pool: { enabled: true, total_stamps: 1, low_reserve_warning: true },
};

describe('health', () => {
  test.each(['/health', '/'])('is served to programs at %s', async (path) => {
    await using server = await restServer({ stamps: [aStamp()] });
    const response = await fetch(server.url + path);
    expect([response.status, await response.json()]).toEqual([200, healthy]);
  });

  test('is served for a disabled pool', async () => {
    await using server = await restServer({ enabled: false });
    expect(await (await fetch(`${server.url}/health`)).json()).toMatchObject({
      status: 'ok',
      stamp_pool: { enabled: false, total_stamps: 0 },
    });
  });

  test('is critical with status 200 if the database fails', async () => {
    await using server = await restServer({ around: failing });
    const response = await fetch(`${server.url}/health`);
    expect([response.status, await response.json()]).toEqual([
      200,
      {
        status: 'critical',
        message: 'The database does not answer; no stamp can be given out.',
        stamp_pool: { enabled: true, total_stamps: null, low_reserve_warning: null },
      },
    ]);
  });

  test('is critical if the database accepts no writes although it can be read', async () => {
    await using server = await restServer({ stamps: [aStamp()], around: full });
    expect(await (await fetch(`${server.url}/health`)).json()).toEqual({
      status: 'critical',
      message: 'The database accepts no writes; no stamp can be given out.',
      stamp_pool: { enabled: true, total_stamps: 1, low_reserve_warning: true },
    });
    expect(server.incidents.recent()).toMatchObject([{ code: 'STORE_FAILED', count: 1 }]);
    await fetch(`${server.url}/health`);
    expect(
      server.incidents.recent(),
      'the clock stands still, so the write is not tried again',
    ).toMatchObject([{ count: 1 }]);
  });

  test('does not blame the database for a bug, and reports the bug with its cause', async () => {
    await using server = await restServer({ around: unreadable });
    expect(await (await fetch(`${server.url}/health`)).json()).toMatchObject({
      status: 'critical',
      message: 'Internal error; details are in the server log.',
    });
    expect(server.incidents.recent()).toMatchObject([
      { code: 'REQUEST_FAILED', message: expect.stringContaining('invalid stamp on disk') },
    ]);
    await fetch(`${server.url}/metrics`);
    expect(server.incidents.recent()).toMatchObject([{ code: 'REQUEST_FAILED', count: 2 }]);
  });
});

describe('a failed database', () => {
  test.each([
    ['POST', 'acquire'],
    ['GET', 'available'],
    ['GET', 'status'],
  ])('is a 503 with a message and Retry-After for %s %s', async (method, route) => {
    await using server = await restServer({ around: failing });
    const response =
      method === 'POST' ? await server.acquire({}) : await fetch(`${server.url}/api/v1/pool/${route}`);
    expect([response.status, response.headers.get('retry-after'), await response.json()]).toEqual([
      503,
      '5',
      { detail: 'The service is temporarily unavailable. No stamp was given out. Retry later.' },
    ]);
  });

  test('does not claim that no stamp was given out while that is not known', async () => {
    await using server = await restServer({ around: away });
    const response = await server.acquire({});
    expect([response.status, response.headers.get('retry-after'), await response.json()]).toEqual([
      503,
      '5',
      {
        detail:
          'The service is temporarily unavailable. A stamp may have been given out: retry with the same Idempotency-Key.',
      },
    ]);
  });
});
