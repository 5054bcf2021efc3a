import { describe, expect, it, test } from 'vitest';
import { z } from 'zod';
import { depth } from '../../src/domain/units.ts';
import { aCaller } from '../builders.ts';
import { stocked } from '../virtual/stocked.ts';
import { World } from '../virtual/world.ts';
import { type Served, served } from './served.ts';

const PAGE_INFO = 'pageInfo { hasNextPage hasPreviousPage startCursor endCursor }';
const PAGE = `query ($after: String) {
  page: availableStamps(first: 4, after: $after) { edges { cursor node { batchId expiresAt } } ${PAGE_INFO} }
}`;

const pageSchema = z.object({
  page: z.object({
    edges: z.array(z.object({ cursor: z.string(), node: z.object({ batchId: z.string() }) })),
    pageInfo: z.object({
      hasNextPage: z.boolean(),
      hasPreviousPage: z.boolean(),
      startCursor: z.string().nullable(),
      endCursor: z.string().nullable(),
    }),
  }),
});

/** Follows the cursors to the end and calls `between` after each page. Returns the ids in order. */
async function walk(graphql: Served, between: () => Promise<unknown>): Promise<string[]> {
  const ids: string[] = [];
  for (let after: string | null = null; ; ) {
    const { page } = pageSchema.parse(await graphql.data(PAGE, { after }));
    const { edges, pageInfo } = page;
    expect(pageInfo.startCursor).toBe(edges.at(0)?.cursor ?? null);
    expect(pageInfo.hasPreviousPage).toBe(after !== null);
    ids.push(...edges.map(({ node }) => node.batchId));
    if (!pageInfo.hasNextPage) return ids;
    expect(pageInfo.endCursor).toBe(edges.at(-1)?.cursor);
    after = pageInfo.endCursor;
    await between();
  }
}

describe('availableStamps', () => {
  it('lists every stamp once, the first to expire first', async () => {
    await using world = await stocked({ 17: 9, 20: 4 });
    await using graphql = await served(world.run.engine);
    const { items } = await world.run.engine.pool.availableStamps({ first: 100, after: null, depth: null });
    expect(items).toHaveLength(13);
    expect(await walk(graphql, async () => {})).toEqual(items.map(({ item }) => item.batchId));
  });

  it('neither repeats nor omits a stamp while stamps are acquired and bought between the pages', async () => {
    await using world = await stocked({ 17: 9, 20: 4 });
    const { pool, levels } = world.run.engine;
    await using graphql = await served(world.run.engine);
    const available = async () =>
      (await pool.availableStamps({ first: 100, after: null, depth: null })).items.map(
        ({ item }) => item.batchId,
      );
    const atFirst = await available();
    const ids = await walk(graphql, async () => {
      const before = levels.current.totalAvailable;
      await pool.acquire({ depth: 20, allowLarger: false }, aCaller('test'));
      await pool.acquire({ depth: 17, allowLarger: false }, aCaller('test'));
      await world.until('a bought stamp is available', () => levels.current.totalAvailable >= before - 1);
    });
    expect(new Set(ids).size).toBe(ids.length);
    const atLast = new Set(await available());
    const throughout = atFirst.filter((batchId) => atLast.has(batchId));
    expect(throughout.length).toBeGreaterThan(4);
    expect(ids).toEqual(expect.arrayContaining(throughout));
  });

  it('starts at the first stamp if `after` is empty', async () => {
    await using world = await stocked({ 17: 2 });
    await using graphql = await served(world.run.engine);
    const first = pageSchema.parse(await graphql.data(PAGE));
    expect(first.page.edges).toHaveLength(2);
    expect(await graphql.data(PAGE, { after: '' })).toMatchObject(first);
  });

  it('can be restricted to one depth, and depth takes precedence over size', async () => {
    await using world = await stocked({ 17: 2, 20: 1 });
    await using graphql = await served(world.run.engine);
    const depths = (args: string) =>
      graphql.data(`{ availableStamps(${args}) { edges { node { depth } } } }`);
    const small = { node: { depth: 17 } };
    expect(await depths('size: SMALL')).toEqual({ availableStamps: { edges: [small, small] } });
    expect(await depths('depth: 20')).toEqual({ availableStamps: { edges: [{ node: { depth: 20 } }] } });
    expect(await depths('size: SMALL, depth: 20')).toEqual({
      availableStamps: { edges: [{ node: { depth: 20 } }] },
    });
    expect(await depths('size: LARGE')).toEqual({ availableStamps: { edges: [] } });
  });

  it.each([
    ['first: 101', /^first: a page holds at most 100: ask for the next with `after`$/],
    ['first: -1', /^first: cannot be negative$/],
    ['after: "nonsense"', /^after: "nonsense" is not a cursor of this list/],
    ['depth: 16', /^depth: ./],
  ])('rejects (%s) with a message', async (args, message) => {
    await using world = await stocked({ 17: 1 });
    await using graphql = await served(world.run.engine);
    const { body } = await graphql.ask(`{ availableStamps(${args}) { edges { cursor } } }`);
    expect(body).toEqual({
      data: null,
      errors: [
        expect.objectContaining({
          message: expect.stringMatching(message),
          extensions: { code: 'INVALID_INPUT' },
          path: ['availableStamps'],
        }),
      ],
    });
    expect(graphql.reported).toEqual([]);
  });
});

test.each(['availableStamps', 'orders', 'acquisitions', 'myAcquisitions', 'webhookDeliveries'])(
  '%s, while it is empty, has the same page for an empty `after` as without it',
  async (list) => {
    await using world = await stocked({});
    await using graphql = await served(world.run.engine);
    const page = `{ edges { cursor } ${PAGE_INFO} }`;
    const empty = await graphql.data(`{ list: ${list}(after: "") ${page} }`);
    expect(empty).toEqual(await graphql.data(`{ list: ${list} ${page} }`));
  },
);

describe('orders and acquisitions', () => {
  it('list every purchase and every acquisition, newest first', async () => {
    await using world = new World({
      policy: { targets: new Map([[depth(17), 2]]), immediateReplenish: false },
    });
    await world.start();
    await world.full();
    const { pool } = world.run.engine;
    const given = [
      await pool.acquire({ clientRef: 'first' }, aCaller('a')),
      await pool.acquire({ clientRef: 'second' }, aCaller('b')),
    ];
    await using graphql = await served(world.run.engine);
    const bought = {
      kind: 'PURCHASE',
      status: 'CONFIRMED',
      node: 'bee',
      depth: 17,
      amount: expect.stringMatching(/^\d+$/),
      cost: expect.stringMatching(/^\d+$/),
      costBzz: expect.stringMatching(/ BZZ$/),
      batchId: expect.stringMatching(/^[0-9a-f]{64}$/),
      claimedBatchId: null,
      txHash: expect.any(String),
      cause: null,
      sentAt: expect.stringMatching(/^2026-06-01T/),
      plannedAtBlock: expect.any(Number),
    };
    const data = await graphql.data(`{
      orders(status: [CONFIRMED, REJECTED]) {
        edges { node { kind status node depth amount cost costBzz reason batchId claimedBatchId txHash cause sentAt plannedAtBlock } }
      }
      none: orders(status: [ABANDONED]) { edges { cursor } }
      first: orders(first: 1) { edges { node { reason } } pageInfo { hasNextPage } }
      acquisitions { edges { node { batchId caller clientRef askedDepth givenDepth } } pageInfo { hasNextPage } }
    }`);
    expect(data).toEqual({
      orders: {
        edges: [
          { node: { ...bought, reason: 'depth 17: 0 available + 1 on order < 2' } },
          { node: { ...bought, reason: 'depth 17: 0 available + 0 on order < 2' } },
        ],
      },
      none: { edges: [] },
      first: {
        edges: [{ node: { reason: 'depth 17: 0 available + 1 on order < 2' } }],
        pageInfo: { hasNextPage: true },
      },
      acquisitions: {
        edges: given
          .map((result) => (result.is === 'acquired' ? result.acquisition : null))
          .map((acquisition) => ({
            node: {
              batchId: acquisition?.batchId,
              caller: acquisition?.caller,
              clientRef: acquisition?.clientRef,
              askedDepth: 17,
              givenDepth: 17,
            },
          }))
          .toReversed(),
        pageInfo: { hasNextPage: false },
      },
    });
  });
});
