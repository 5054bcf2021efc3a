import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HoldCode } from '../../src/domain/action.ts';
import type { NodeReport } from '../../src/domain/node-report.ts';
import { type Depth, depth, type NodeName, nodeName, plur, wei } from '../../src/domain/units.ts';
import {
  type Allocation,
  allocate,
  type Need,
  type NodeState,
  type Share,
} from '../../src/reconciler/allocate.ts';
import { ADDRESS, seconds, T0 } from '../builders.ts';
import { aPolicy } from '../virtual/world.ts';

const FLOOR = 100n;
const policy = aPolicy({ walletFloorBzz: plur(FLOOR), walletFloorXdai: wei(5n), runIntervalSeconds: 300 });
const limits = { policy, now: T0 };
/** Three planning intervals. */
const MAX_AGE_SECONDS = 900;

interface Wishes {
  readonly ageSeconds?: number;
  readonly fresh?: boolean;
  readonly drained?: boolean;
  readonly blockedBy?: HoldCode | null;
  readonly canaryFailed?: boolean;
  readonly lagBlocks?: number;
  /** null: the node shows no wallet. */
  readonly bzz?: bigint | null;
  readonly xdai?: bigint;
  readonly stock?: readonly (readonly [number, number])[];
  readonly openOrders?: number;
}

/** A node that can buy. */
function aNode(name: string, wishes: Wishes = {}): NodeState {
  const { ageSeconds = 0, bzz = 10n ** 18n, xdai = 10n ** 18n, stock = [], openOrders = 0 } = wishes;
  const report: NodeReport = {
    node: nodeName(name),
    runEndedAt: seconds(-ageSeconds),
    reachable: true,
    fresh: wishes.fresh ?? true,
    holds: new Set(),
    observed: {
      at: seconds(-ageSeconds),
      address: ADDRESS,
      lagBlocks: wishes.lagBlocks ?? 5,
      price: plur(24_000n),
      wallet: bzz === null ? null : { bzz: plur(bzz), xdai: wei(xdai) },
    },
    spending: null,
    drained: wishes.drained ?? false,
    blockedBy: wishes.blockedBy ?? null,
    canaryFailed: wishes.canaryFailed ?? false,
    settings: '',
  };
  return { report, openOrders, stock: new Map(stock.map(([of, count]) => [depth(of), count])) };
}

const aNeed = (of: number, count: number, rank = 1, cost = 10n): Need => ({
  depth: depth(of),
  count,
  rank,
  cost: plur(cost),
});

/** "17:2 20:1", by node. */
const partsOf = ({ parts }: Allocation): Record<string, string> =>
  Object.fromEntries(
    [...parts].map(([node, shares]) => [
      node,
      shares.map((share) => `${share.depth}:${share.count}`).join(' '),
    ]),
  );

describe('allocation', () => {
  it('gives everything to the one node there is, the most urgent need first', () => {
    const needs = [aNeed(17, 3, 3), aNeed(20, 2, 1), aNeed(22, 1, 1)];
    expect(partsOf(allocate(needs, [aNode('a')], limits))).toEqual({ a: '20:2 22:1 17:3' });
  });

  it('has the nodes buy in parallel, the most urgent needs first', () => {
    const nodes = [aNode('a'), aNode('b')];
    expect(partsOf(allocate([aNeed(17, 1, 2), aNeed(20, 1, 1)], nodes, limits))).toEqual({
      a: '20:1',
      b: '17:1',
    });
    expect(partsOf(allocate([aNeed(17, 5)], nodes, limits))).toEqual({ a: '17:3', b: '17:2' });
  });

  it('counts what a node was given before as its load', () => {
    const nodes = [aNode('a'), aNode('b', { stock: [[20, 5]] })];
    expect(partsOf(allocate([aNeed(17, 1, 1), aNeed(20, 1, 2)], nodes, limits))).toEqual({
      a: '17:1',
      b: '20:1',
    });
  });

  it('counts what a node was given of a depth as its stock', () => {
    const needs = [aNeed(17, 2, 1), aNeed(20, 1, 2)];
    expect(partsOf(allocate(needs, [aNode('a'), aNode('b')], limits))).toEqual({ a: '17:1', b: '20:1 17:1' });
  });

  it('gives a need to the first name among equal nodes, whatever order they are read in', () => {
    for (const nodes of [
      [aNode('a'), aNode('b')],
      [aNode('b'), aNode('a')],
    ])
      expect(partsOf(allocate([aNeed(17, 1)], nodes, limits))).toEqual({ a: '17:1', b: '' });
  });

  it.each<[string, Wishes, Wishes]>([
    [
      'has fewer stamps of the depth',
      { stock: [[17, 2]] },
      {
        stock: [
          [17, 1],
          [20, 9],
        ],
      },
    ], // prettier-ignore
    ['has fewer open orders', { openOrders: 1 }, { stock: [[17, 5]] }],
    ['does not lag', { lagBlocks: 12 }, { lagBlocks: 11, openOrders: 1 }],
    ['has a canary that works', { canaryFailed: true }, { lagBlocks: 15 }],
    ['has more funds', { bzz: 10n ** 17n }, {}],
    ['shows its wallet', { bzz: null }, {}],
  ])('prefers the node that %s', (_what, other, preferred) => {
    const nodes = [aNode('a', other), aNode('b', preferred)];
    for (const read of [nodes, nodes.toReversed()])
      expect(partsOf(allocate([aNeed(17, 1)], read, limits))).toEqual({ a: '', b: '17:1' });
  });

  it.each<[string, Wishes]>([
    ['is not fresh', { fresh: false }],
    ['has not been reported for three planning intervals', { ageSeconds: MAX_AGE_SECONDS + 1 }],
    ['was reported in the future', { ageSeconds: -MAX_AGE_SECONDS - 1 }],
    ['is drained', { drained: true }],
    ['is busy', { blockedBy: 'BUSY' }],
    ['has no BZZ above the floor', { bzz: FLOOR + 9n }],
    ['has less BZZ than the floor', { bzz: FLOOR - 20n }],
    ['has no xDAI', { xdai: 4n }],
  ])('gives nothing to a node that %s', (_what, wishes) => {
    const nodes = [aNode('a', wishes), aNode('b', { canaryFailed: true, lagBlocks: 20, stock: [[17, 99]] })];
    const allocation = allocate([aNeed(17, 2)], nodes, limits);
    expect(allocation.parts.get(nodeName('a')) ?? []).toEqual([]);
    expect(partsOf(allocation)).toMatchObject({ b: '17:2' });
    expect(allocate([aNeed(17, 2)], nodes.slice(0, 1), limits).unallocated).toEqual([
      { depth: 17, count: 2 },
    ]);
  });

  it('gives to a node that was reported three planning intervals ago, or in as many', () => {
    for (const ageSeconds of [MAX_AGE_SECONDS, -MAX_AGE_SECONDS])
      expect(partsOf(allocate([aNeed(17, 1)], [aNode('a', { ageSeconds })], limits))).toEqual({ a: '17:1' });
  });

  it('needs the floor of xDAI, and some xDAI without a floor', () => {
    const given = (xdai: bigint, floor: bigint) =>
      partsOf(
        allocate([aNeed(17, 1)], [aNode('a', { xdai })], {
          ...limits,
          policy: { ...policy, walletFloorXdai: wei(floor) },
        }),
      )['a'];
    expect([given(4n, 5n), given(5n, 5n), given(0n, 0n), given(1n, 0n)]).toEqual(['', '17:1', '', '17:1']);
  });

  it('gives a node no more than it can pay for', () => {
    const nodes = [aNode('a', { bzz: FLOOR + 25n }), aNode('b', { bzz: FLOOR + 10n })];
    const { parts, unallocated } = allocate([aNeed(17, 9)], nodes, limits);
    expect(partsOf({ parts, unallocated })).toEqual({ a: '17:2', b: '17:1' });
    expect(unallocated).toEqual([{ depth: 17, count: 6 }]);
  });
});

const names = ['a', 'b', 'c'] as const;
const nodesOf = (wishes: fc.Arbitrary<Wishes>): fc.Arbitrary<NodeState[]> =>
  fc
    .subarray([...names])
    .chain((chosen) => fc.tuple(...chosen.map((name) => wishes.map((of) => aNode(name, of)))));
const anyNodes = nodesOf(
  fc.record({
    ageSeconds: fc.constantFrom(0, 0, 0, MAX_AGE_SECONDS, MAX_AGE_SECONDS + 1),
    fresh: fc.boolean(),
    drained: fc.constantFrom(false, false, true),
    blockedBy: fc.constantFrom<HoldCode | null>(null, null, 'BUSY', 'PURCHASE_ABANDONED'),
    canaryFailed: fc.boolean(),
    lagBlocks: fc.integer({ min: 0, max: 20 }),
    bzz: fc.option(fc.bigInt({ min: 0n, max: 300n }), { nil: null }),
    xdai: fc.bigInt({ min: 0n, max: 10n }),
    stock: fc.array(fc.tuple(fc.constantFrom(17, 20), fc.integer({ min: 0, max: 9 })), { maxLength: 2 }),
    openOrders: fc.integer({ min: 0, max: 2 }),
  }),
);
const anyNeeds = fc
  .uniqueArray(fc.constantFrom(17, 18, 20, 22), { maxLength: 4 })
  .chain((depths) =>
    fc.tuple(
      ...depths.map((of) =>
        fc
          .tuple(
            fc.integer({ min: 1, max: 3_000 }),
            fc.integer({ min: 1, max: 3 }),
            fc.bigInt({ min: 1n, max: 40n }),
          )
          .map(([count, rank, cost]) => aNeed(of, count, rank, cost)),
      ),
    ),
  );

const canPay = ({ report }: NodeState, cost: bigint): boolean => {
  const wallet = report.observed?.wallet ?? null;
  return wallet === null || (wallet.bzz - cost >= FLOOR && wallet.xdai >= 5n);
};
const canBuy = ({ report }: NodeState): boolean =>
  report.fresh &&
  !report.drained &&
  report.blockedBy === null &&
  T0.getTime() - report.runEndedAt.getTime() <= MAX_AGE_SECONDS * 1000;

/** How many of a depth, over all nodes. */
const allocated = ({ parts }: Allocation, of: Depth): number =>
  [...parts.values()].flat().reduce((sum, share) => sum + (share.depth === of ? share.count : 0), 0);

describe('whatever the nodes and the needs are', () => {
  it('allocates exactly what is missing, or says that no node can buy it', () => {
    fc.assert(
      fc.property(anyNeeds, anyNodes, (needs, nodes) => {
        const allocation = allocate(needs, nodes, limits);
        for (const need of needs) {
          const left = allocation.unallocated.find((share) => share.depth === need.depth)?.count ?? 0;
          expect(allocated(allocation, need.depth) + left).toBe(need.count);
        }
      }),
    );
  });

  it('allocates nothing to a node that is stale, drained, busy or cannot pay for all of it', () => {
    const check = fc.check(
      fc.property(anyNeeds, anyNodes, (needs, nodes) => {
        const { parts } = allocate(needs, nodes, limits);
        const costOfAll = (shares: readonly Share[]): bigint =>
          shares.reduce(
            (sum, share) =>
              sum + (needs.find((need) => need.depth === share.depth)?.cost ?? 0n) * BigInt(share.count),
            0n,
          );
        return nodes.every((node) => {
          const shares = parts.get(node.report.node) ?? [];
          return shares.length === 0 || (canBuy(node) && canPay(node, costOfAll(shares)));
        });
      }),
    );
    expect(fc.defaultReportMessage(check) ?? null).toBeNull();
  });

  it('allocates the most urgent need that some node can pay for', () => {
    const check = fc.check(
      fc.property(anyNeeds, anyNodes, (needs, nodes) => {
        const allocation = allocate(needs, nodes, limits);
        const [urgent] = needs
          .filter(({ cost }) => nodes.some((node) => canBuy(node) && canPay(node, cost)))
          .toSorted((a, b) => a.rank - b.rank || a.depth - b.depth);
        return urgent === undefined || allocated(allocation, urgent.depth) > 0;
      }),
    );
    expect(fc.defaultReportMessage(check) ?? null).toBeNull();
  });

  it('gives equal nodes equally much', () => {
    const equal = fc.record({ lagBlocks: fc.integer({ min: 0, max: 5 }) });
    fc.assert(
      fc.property(
        fc.array(equal, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 500 }),
        (all, count) => {
          const nodes = all.map((wishes, index) => aNode(names[index] ?? '', wishes));
          const { parts } = allocate([aNeed(17, count)], nodes, limits);
          const counts = [...parts.values()].map((shares) => shares[0]?.count ?? 0);
          expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  it('decides the same in whatever order needs and nodes are read', () => {
    const shuffled = fc.tuple(anyNeeds, anyNodes).chain(([needs, nodes]) =>
      fc.record({
        given: fc.constant({ needs, nodes }),
        other: fc.record({
          needs: fc.shuffledSubarray(needs, { minLength: needs.length }),
          nodes: fc.shuffledSubarray(nodes, { minLength: nodes.length }),
        }),
      }),
    );
    fc.assert(
      fc.property(shuffled, ({ given, other }) => {
        const [one, two] = [given, other].map(({ needs, nodes }) => allocate(needs, nodes, limits));
        const byName = (parts: Allocation['parts'] = new Map<NodeName, []>()) =>
          [...parts].toSorted(([a], [b]) => (a < b ? -1 : 1));
        expect(byName(two?.parts)).toEqual(byName(one?.parts));
        expect(two?.unallocated).toEqual(one?.unallocated);
      }),
    );
  });
});
