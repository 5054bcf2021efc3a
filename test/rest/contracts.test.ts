import { describe, expect, test } from 'vitest';
import type { MaintenanceRun } from '../../src/domain/maintenance-run.ts';
import { depth, plur } from '../../src/domain/units.ts';
import { contract2026January } from '../../src/rest/contract-2026-01.ts';
import { contract2026April } from '../../src/rest/contract-2026-04.ts';
import { aStamp, batchId, hours, seconds, T0 } from '../builders.ts';
import { aRun } from './a-run.ts';
import { restServer } from './rest-server.ts';

const both = [{ contract: contract2026January }, { contract: contract2026April }].map((each) => ({
  name: each.contract.name,
  ...each,
}));

const node = { name: 'bee', url: 'http://bee.example' };
const DAY_7 = hours(168).toISOString();

describe.each(both)('under both contracts ($name)', ({ contract }) => {
  test('returns a stamp with the keys of the Python response in their order, then the new keys', async () => {
    await using server = await restServer({ contract, stamps: [aStamp({ n: 1 })] });
    const response = await server.acquire({ size: 'small' });
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'application/json; charset=utf-8',
    ]);
    const body = await response.text();
    expect(body).toBe(
      JSON.stringify({
        success: true,
        batch_id: batchId(1),
        depth: 17,
        size_name: 'small',
        message: 'Stamp acquired from pool (depth=17, size=small)',
        fallback_used: false,
        expires_at: DAY_7,
        ttl_seconds: 604_800,
        node,
      }),
    );
  });

  test.each([
    ['nothing', {}, 17],
    ['nulls', { size: null, depth: null }, 17],
    ['a size', { size: 'medium' }, 20],
    ['a depth', { depth: 22 }, 22],
    ['a depth as text', { depth: '20' }, 20],
    ['both: depth takes precedence', { size: 'small', depth: 22 }, 22],
    ['a depth without a name', { depth: 18 }, 18],
    ['an unknown field', { size: 'large', colour: 'red' }, 22],
  ])('gives the stamp that is requested by %s', async (_what, body, given) => {
    await using server = await restServer({
      contract,
      stamps: [17, 18, 20, 22].map((each) => aStamp({ n: each, depth: each })),
    });
    expect(await (await server.acquire(body)).json()).toMatchObject({ depth: given, fallback_used: false });
  });

  test('gives a larger stamp if none of the size is in stock, with fallback_used', async () => {
    await using server = await restServer({ contract, stamps: [aStamp({ n: 1, depth: 20 })] });
    expect(await (await server.acquire({ size: 'small' })).json()).toMatchObject({
      success: true,
      batch_id: batchId(1),
      depth: 20,
      size_name: 'medium',
      message:
        'Requested size not available. Stamp acquired from pool (depth=20, size=medium) (larger than requested)',
      fallback_used: true,
    });
  });

  test('names a depth without a size by its number', async () => {
    await using server = await restServer({ contract, stamps: [aStamp({ depth: 19 })] });
    expect(await (await server.acquire({ depth: 18 })).json()).toMatchObject({ size_name: 'depth-19' });
    expect(JSON.stringify(await (await server.acquire({ depth: 18 })).json())).toContain('(size: depth-18)');
  });

  test('sends the time until stock is expected as Retry-After', async () => {
    await using server = await restServer({ contract });
    expect((await server.acquire({ size: 'small' })).headers.get('retry-after')).toBe('180');
    expect((await server.acquire({ size: 'large' })).headers.get('retry-after')).toBeNull();
  });

  test('gives the same stamp to a retry with the same Idempotency-Key, and rejects another request with it', async () => {
    await using server = await restServer({ contract, stamps: [aStamp({ n: 1 }), aStamp({ n: 2 })] });
    const key = { 'Idempotency-Key': 'upload-7' };
    const [first, retry] = [await server.acquire({}, key), await server.acquire({}, key)];
    expect(await retry.json()).toEqual(await first.json());
    const other = await server.acquire({ depth: 20 }, key);
    expect([other.status, await other.json()]).toEqual([
      422,
      {
        detail: [
          {
            type: 'idempotency_key_conflict',
            loc: ['header', 'idempotency-key'],
            msg: 'This Idempotency-Key was used for another request. Use a new key for a new request.',
            input: 'upload-7',
          },
        ],
      },
    ]);
    expect(await (await fetch(`${server.url}/api/v1/pool/status`)).json()).toMatchObject({ total_stamps: 1 });
  });

  test('lists the available stamps', async () => {
    await using server = await restServer({ contract, stamps: [aStamp({ n: 1 })] });
    const response = await fetch(`${server.url}/api/v1/pool/available`);
    expect([response.status, await response.text()]).toEqual([
      200,
      JSON.stringify([
        {
          batch_id: batchId(1),
          depth: 17,
          size_name: 'small',
          created_at: T0.toISOString(),
          ttl_at_creation: 604_800,
          expires_at: DAY_7,
          ttl_seconds: 604_800,
          node,
        },
      ]),
    ]);
  });

  test('returns an empty list if none is available', async () => {
    await using server = await restServer({ contract });
    expect(await (await fetch(`${server.url}/api/v1/pool/available`)).json()).toEqual([]);
  });

  test('returns the status', async () => {
    await using server = await restServer({
      contract,
      stamps: [aStamp({ n: 1 }), aStamp({ n: 2 }), aStamp({ n: 3, depth: 24 })],
      run: aRun(),
    });
    await fetch(`${server.url}/api/v1/pool/check`, { method: 'POST' });
    server.incidents.report({ code: 'BUSY', subject: 'bee' });
    const response = await fetch(`${server.url}/api/v1/pool/status`);
    expect([response.status, await response.text()]).toEqual([
      200,
      JSON.stringify({
        enabled: true,
        reserve_config: { 17: 1, 20: 1 },
        current_levels: { 17: 2, 24: 1 },
        available_stamps: { 17: [batchId(1), batchId(2)], 24: [batchId(3)] },
        total_stamps: 3,
        low_reserve_warning: true,
        last_check: seconds(2).toISOString(),
        next_check: seconds(902).toISOString(),
        errors: ['The Bee node was busy with another on-chain operation.'],
      }),
    ]);
  });

  test('returns the status of a pool before its first maintenance run', async () => {
    await using server = await restServer({
      contract,
      stamps: [aStamp({ n: 1 }), aStamp({ n: 2, depth: 20 })],
    });
    expect(await (await fetch(`${server.url}/api/v1/pool/status`)).json()).toMatchObject({
      low_reserve_warning: false,
      last_check: null,
      next_check: null,
      errors: [],
    });
  });

  test('returns the status with a thousand stamps', async () => {
    const stamps = Array.from({ length: 1001 }, (_, n) => aStamp({ n: n + 1 }));
    await using server = await restServer({ contract, stamps });
    const { total_stamps: total, available_stamps: ids } = await (
      await fetch(`${server.url}/api/v1/pool/status`)
    ).json();
    expect([total, new Set(ids['17']).size]).toEqual([1001, 1001]);
  });

  test('refuses a request that is not valid also while the pool is disabled', async () => {
    await using server = await restServer({ contract, enabled: false });
    const statuses = [server.acquire({ size: 'huge' }), server.acquire({ depth: 3 }), server.acquire({})].map(
      async (response) => (await response).status,
    );
    expect(await Promise.all(statuses)).toEqual([422, 422, contract.disabled.status]);
  });

  test('returns the status of a disabled pool', async () => {
    await using server = await restServer({ contract, enabled: false });
    const response = await fetch(`${server.url}/api/v1/pool/status`);
    expect([response.status, await response.json()]).toEqual([
      200,
      {
        enabled: false,
        reserve_config: { 17: 1, 20: 1 },
        current_levels: {},
        available_stamps: {},
        total_stamps: 0,
        low_reserve_warning: true,
        last_check: null,
        next_check: null,
        errors: [],
      },
    ]);
  });
});

const json = { 'content-type': 'application/json' };

const DISABLED = [
  ['acquire', { method: 'POST', headers: json, body: '{}' }],
  ['check', { method: 'POST' }],
  ['available', { method: 'GET' }],
] as const;

describe('contract 2026-01', () => {
  const contract = contract2026January;

  test.each(DISABLED)('answers %s of a disabled pool with 503', async (route, request) => {
    await using server = await restServer({ contract, enabled: false });
    const response = await fetch(`${server.url}/api/v1/pool/${route}`, request);
    expect([response.status, await response.text()]).toEqual([
      503,
      '{"detail":"Stamp pool feature is not enabled"}',
    ]);
    expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
  });

  test('answers an exhausted pool with 200 and success: false', async () => {
    await using server = await restServer({ contract });
    const response = await server.acquire({});
    expect([response.status, await response.text()]).toEqual([
      200,
      JSON.stringify({
        success: false,
        batch_id: null,
        depth: null,
        size_name: null,
        message: 'No stamp available for depth 17 (size: small). Pool may be exhausted.',
        fallback_used: false,
        expires_at: null,
        ttl_seconds: null,
        node: null,
      }),
    ]);
  });

  test('counts what the maintenance run did', async () => {
    const run = aRun({ purchasesSent: 1, topUpsSent: 2, adoptedOrRecovered: 3, errors: ['Bee refused'] });
    await using server = await restServer({ contract, run });
    const response = await fetch(`${server.url}/api/v1/pool/check`, { method: 'POST' });
    expect([response.status, await response.text()]).toEqual([
      200,
      JSON.stringify({
        checked_at: seconds(2).toISOString(),
        stamps_purchased: 1,
        stamps_topped_up: 2,
        stamps_synced: 3,
        errors: ['Bee refused'],
      }),
    ]);
  });
});

describe('contract 2026-04', () => {
  const contract = contract2026April;
  const check = async (run: MaintenanceRun): Promise<unknown> => {
    await using server = await restServer({ contract, run });
    return await (await fetch(`${server.url}/api/v1/pool/check`, { method: 'POST' })).json();
  };

  test.each(DISABLED)('answers %s of a disabled pool with 404', async (route, request) => {
    await using server = await restServer({ contract, enabled: false });
    const response = await fetch(`${server.url}/api/v1/pool/${route}`, request);
    expect([response.status, await response.json()]).toEqual([
      404,
      {
        detail:
          'Stamp pool feature is not enabled on this gateway. Use POST /api/v1/stamps/ to purchase stamps directly.',
      },
    ]);
  });

  test('answers an exhausted pool with 409', async () => {
    await using server = await restServer({ contract });
    const response = await server.acquire({});
    expect([response.status, await response.text()]).toEqual([
      409,
      JSON.stringify({
        code: 'POOL_EXHAUSTED',
        detail: {
          message: 'No stamp available for depth 17 (size: small). Pool is exhausted.',
          suggestion: 'Purchase a stamp directly via POST /api/v1/stamps/',
        },
      }),
    ]);
  });

  test('lists top-ups and holds of the maintenance run', async () => {
    const before = { amount: plur(1n), value: null, listedValue: null, expiresAt: hours(20) };
    const run = aRun({
      topUpsSent: 1,
      actions: [
        {
          do: 'topUp',
          batchId: batchId(7),
          depth: depth(17),
          amount: plur(1n),
          cost: plur(1n),
          before,
          reason: 'has 20 h to live, less than 24',
        },
        { do: 'hold', code: 'BUDGET', depth: depth(20), cost: null, reason: 'over the daily limit' },
        { do: 'hold', code: 'NOTHING_TO_DO', depth: null, cost: null, reason: 'nothing is missing' },
      ],
    });
    expect(await check(run)).toEqual({
      checked_at: seconds(2).toISOString(),
      stamps_purchased: 0,
      stamps_topped_up: 1,
      stamps_synced: 0,
      errors: [],
      topup_debug: [
        {
          stamp: batchId(7).slice(0, 16),
          ttl_seconds: 72_000,
          ttl_hours: 20,
          needs_topup: true,
          result: 'has 20 h to live, less than 24',
        },
        { depth: 20, code: 'BUDGET', result: 'skipped: over the daily limit' },
      ],
    });
  });

  test('has topup_debug null for a maintenance run without top-ups and holds', async () => {
    expect(await check(aRun())).toMatchObject({ topup_debug: null });
  });
});
