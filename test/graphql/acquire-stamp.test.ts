import { createClient } from 'graphql-ws';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { AcquireResult } from '../../src/domain/acquisition.ts';
import { StoreFailedError } from '../../src/store/store.ts';
import { stocked } from '../virtual/stocked.ts';
import { World } from '../virtual/world.ts';
import { disabledPool } from './disabled-pool.ts';
import { type Served, served } from './served.ts';

const ACQUIRE = `mutation ($input: AcquireStampInput!) {
  acquireStamp(input: $input) {
    __typename
    ... on Failure { code message suggestion }
    ... on AcquireStampSuccess {
      fallbackUsed
      replayed
      stamp { batchId depth sizeName state node publicUrl uploadHeader { name value } effectiveBytes amount cost costBzz immutable expiresAt ttlSeconds }
      acquisition { batchId caller clientRef askedDepth givenDepth cost ttlSeconds acquiredAt }
    }
    ... on PoolExhausted { depth sizeName expectedAt alternatives { depth sizeName available } }
    ... on IdempotencyConflict { idempotencyKey }
    ... on InvalidInput { issues { path message } }
  }
}`;

const acquire = (graphql: Served, input: Readonly<Record<string, unknown>>): Promise<unknown> =>
  graphql.data(ACQUIRE, { input });

describe('acquireStamp', () => {
  it('returns a stamp with its cost and how to use it', async () => {
    await using world = await stocked({ 17: 1 });
    await using graphql = await served(world.run.engine);
    const [stamp] = (await world.run.engine.pool.availableStamps({ first: 1, after: null, depth: null }))
      .items;
    const batchId = stamp?.item.batchId;
    expect(await acquire(graphql, { size: 'SMALL', clientRef: 'invoice 7' })).toEqual({
      acquireStamp: {
        __typename: 'AcquireStampSuccess',
        fallbackUsed: false,
        replayed: false,
        stamp: {
          batchId,
          depth: 17,
          sizeName: 'small',
          state: 'ACQUIRED',
          node: 'bee',
          publicUrl: 'http://bee.example',
          uploadHeader: { name: 'Swarm-Postage-Batch-Id', value: batchId },
          effectiveBytes: 1,
          amount: '2920320000',
          cost: '382772183040000',
          costBzz: '0.038277218304 BZZ',
          immutable: true,
          expiresAt: expect.stringMatching(/^2026-06-08T\d\d:\d\d:\d\d\.000Z$/),
          ttlSeconds: 608_275,
        },
        acquisition: {
          batchId,
          caller: '127.0.0.1',
          clientRef: 'invoice 7',
          askedDepth: 17,
          givenDepth: 17,
          cost: '382772183040000',
          ttlSeconds: 608_275,
          acquiredAt: '2026-06-01T00:00:00.000Z',
        },
      },
    });
  });

  it('records the same caller for an acquisition over WebSocket', async () => {
    await using world = await stocked({ 17: 1 });
    await using graphql = await served(world.run.engine);
    const client = createClient({
      url: graphql.webSocketUrl,
      webSocketImpl: WebSocket,
      connectionParams: { unknown: 'parameter' },
    });
    const query =
      'mutation { acquireStamp(input: {}) { ... on AcquireStampSuccess { acquisition { caller } } } }';
    expect(await client.iterate({ query }).next()).toMatchObject({
      value: { data: { acquireStamp: { acquisition: { caller: '127.0.0.1' } } } },
    });
    await client.dispose();
  });

  it('returns fallbackUsed if the stamp is larger than asked for', async () => {
    await using world = await stocked({ 20: 1 });
    await using graphql = await served(world.run.engine);
    expect(await acquire(graphql, {})).toMatchObject({
      acquireStamp: {
        fallbackUsed: true,
        stamp: { depth: 20 },
        acquisition: { askedDepth: 17, givenDepth: 20 },
      },
    });
  });

  it('returns the same stamp to a retry with the same key, marked as replayed', async () => {
    await using world = await stocked({ 17: 2 });
    await using graphql = await served(world.run.engine);
    const first = await acquire(graphql, { idempotencyKey: 'a' });
    const [kept] = (await world.run.engine.operations.acquisitions({ first: 1, after: null })).items;
    const stamp = { batchId: kept?.item.batchId };
    expect(first).toMatchObject({ acquireStamp: { replayed: false, stamp } });
    const again = await acquire(graphql, { idempotencyKey: 'a' });
    expect(again).toMatchObject({ acquireStamp: { replayed: true, stamp } });
    expect(world.run.engine.levels.current.totalAvailable).toBe(1);
  });

  it('names the field that failed if the database fails after an earlier one, whose stamp is in myAcquisitions', async () => {
    await using world = await stocked({ 17: 2 });
    const { pool, operations } = world.run.engine;
    const acquired: AcquireResult[] = [];
    await using graphql = await served({
      operations,
      pool: {
        ...pool,
        acquire: async (...request) => {
          if (acquired.length > 0) throw new StoreFailedError('the disk is full');
          const result = await pool.acquire(...request);
          acquired.push(result);
          return result;
        },
      },
    });
    const { body } = await graphql.ask(
      'mutation { a: acquireStamp(input: {}) { __typename } b: acquireStamp(input: {}) { __typename } }',
    );
    expect(body).toEqual({
      data: null,
      errors: [
        expect.objectContaining({
          path: ['b'],
          message: 'The database failed to read or write. This field gave out no stamp.',
        }),
      ],
    });
    const ids = acquired.map((result) => result.is === 'acquired' && result.acquisition.id);
    expect(await graphql.data('{ myAcquisitions { edges { node { id } } } }')).toEqual({
      myAcquisitions: { edges: ids.map((id) => ({ node: { id } })) },
    });
    expect(ids).toHaveLength(1);
  });

  it('is IdempotencyConflict if the key was used for another request', async () => {
    await using world = await stocked({ 17: 2 });
    await using graphql = await served(world.run.engine);
    await acquire(graphql, { idempotencyKey: 'a', size: 'SMALL' });
    expect(await acquire(graphql, { idempotencyKey: 'a', size: 'MEDIUM' })).toEqual({
      acquireStamp: {
        __typename: 'IdempotencyConflict',
        code: 'IDEMPOTENCY_CONFLICT',
        message: 'The idempotency key was used before, for another request.',
        suggestion: 'Repeat the request exactly as it was, or use a new key for a new request.',
        idempotencyKey: 'a',
      },
    });
  });

  it('is PoolExhausted if no suitable stamp is in stock, with when one is expected and the alternatives', async () => {
    await using world = await stocked({ 17: 1, 20: 1 });
    await using graphql = await served(world.run.engine);
    await acquire(graphql, { depth: 20 });
    expect(await acquire(graphql, { depth: 20 })).toEqual({
      acquireStamp: {
        __typename: 'PoolExhausted',
        code: 'POOL_EXHAUSTED',
        message: 'No stamp is available for depth 20 (medium).',
        suggestion: 'Retry after 2026-06-01T00:03:00.000Z. In stock: depth 17.',
        depth: 20,
        sizeName: 'medium',
        expectedAt: '2026-06-01T00:03:00.000Z',
        alternatives: [{ depth: 17, sizeName: 'small', available: 1 }],
      },
    });
  });

  it('expects no stamp of a depth that the pool does not buy', async () => {
    await using world = new World();
    await world.start();
    await using graphql = await served(world.run.engine);
    expect(await acquire(graphql, { depth: 30, allowLarger: false })).toMatchObject({
      acquireStamp: {
        __typename: 'PoolExhausted',
        suggestion:
          'None is expected: the pool buys no such stamp, or buys nothing at the moment. Ask the operator.',
        expectedAt: null,
        alternatives: [],
      },
    });
  });

  it('is PoolDisabled while the pool is not enabled', async () => {
    await using disabled = await disabledPool();
    await using graphql = await served(disabled);
    expect(await acquire(graphql, {})).toEqual({
      acquireStamp: {
        __typename: 'PoolDisabled',
        code: 'POOL_DISABLED',
        message: 'The stamp pool is not enabled.',
        suggestion: 'The operator enables it with STAMP_POOL_ENABLED=true.',
      },
    });
  });

  it('is InvalidInput that lists every invalid field, and gives out no stamp', async () => {
    await using world = await stocked({ 17: 1 });
    await using graphql = await served(world.run.engine);
    const input = { depth: 16, minTtlSeconds: -1, idempotencyKey: '', clientRef: 'x'.repeat(201), node: '' };
    const mistakes = [
      ['depth', 'Must be from 17 to 255'],
      ['minTtlSeconds', 'Must be from 0 to 3155760000'],
      ['idempotencyKey', 'Must have 1 to 255 characters, not counting spaces around it'],
      ['clientRef', 'Must have at most 200 characters'],
      ['node', 'Must not be empty'],
    ];
    expect(await acquire(graphql, input)).toEqual({
      acquireStamp: {
        __typename: 'InvalidInput',
        code: 'INVALID_INPUT',
        message: expect.stringContaining('input.depth: '),
        suggestion: 'Correct the fields named in `issues` and send the request again.',
        issues: mistakes.map(([field, message]) => ({ path: `input.${field}`, message })),
      },
    });
    expect(await acquire(graphql, {})).toMatchObject({ acquireStamp: { __typename: 'AcquireStampSuccess' } });
    expect(graphql.reported).toEqual([]);
  });

  it.each([
    ['a size that does not exist', { size: 'HUGE' }, /Value "HUGE" does not exist in "StampSize" enum/],
    ['a depth as a word', { depth: 'seventeen' }, /Int cannot represent non-integer value: "seventeen"/],
    ['a fractional depth', { depth: 17.5 }, /Int cannot represent non-integer value: 17.5/],
    [
      'a field that does not exist',
      { colour: 'red' },
      /Field "colour" is not defined by type "AcquireStampInput"/,
    ],
  ])('rejects %s with a message before a stamp is given out', async (_what, input, message) => {
    await using world = await stocked({ 17: 1 });
    await using graphql = await served(world.run.engine);
    const { status, body } = await graphql.ask(ACQUIRE, { input });
    expect({ status, body }).toEqual({
      status: 400,
      body: { errors: [expect.objectContaining({ message: expect.stringMatching(message) })] },
    });
    expect(world.run.engine.levels.current.totalAvailable).toBe(1);
    expect(graphql.reported).toEqual([]);
  });
});
