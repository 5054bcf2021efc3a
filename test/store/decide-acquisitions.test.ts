import { describe, expect, it } from 'vitest';
import type { AcquireRequest } from '../../src/domain/acquisition.ts';
import { type DailyUsage, nextUtcDay, type Quota } from '../../src/domain/quota.ts';
import { newStampRecord } from '../../src/domain/stamp.ts';
import { depth, nodeName, plur } from '../../src/domain/units.ts';
import {
  decideAcquisitions,
  earlierAmong,
  type GivenStamp,
  type StampWish,
  wishedExpiryMs,
} from '../../src/store/decide-acquisitions.ts';
import { rowFromStamp } from '../../src/store/rows/stamp-row.ts';
import type { AcquireMoment } from '../../src/store/store.ts';
import { aRequest, aStamp, hours, momentAt, NODE, orderId, T0 } from '../builders.ts';

const OTHER = nodeName('other');
const THIRD = nodeName('third');
const NO_USAGE: DailyUsage = { stamps: 0, cost: plur(0n) };

type Wishes = Parameters<typeof aStamp>[0] & { readonly n: number };

interface Given {
  readonly stamps?: readonly Wishes[];
  readonly requests: readonly AcquireRequest[];
  readonly moment?: Partial<AcquireMoment>;
  readonly used?: Readonly<Record<string, DailyUsage>>;
}

/** Decides on a stock in memory. Batches are named by their numbers. */
function decided({ stamps = [], requests, moment, used = {} }: Given) {
  const rows = stamps.map((wishes) => rowFromStamp(newStampRecord(aStamp(wishes))));
  const numberOf = new Map(rows.map(({ batchId }, at) => [batchId, stamps[at]?.n]));
  const given: GivenStamp[] = [];
  const reads: string[] = [];
  const inStock = () => rows.filter((row) => !given.some((one) => one.row === row));
  const of = (node: string | null) => inStock().filter((row) => node === null || row.node === node);
  const firstOn = (node: string, wish: StampWish) =>
    of(node)
      .filter((row) => row.depth === wish.depth && (row.expiresAt ?? 0) >= wish.expiresFromMs)
      .toSorted((a, b) => (a.expiresAt ?? 0) - (b.expiresAt ?? 0))[0];
  const { outcomes, usage, demand } = decideAcquisitions(
    requests,
    {
      stock: {
        firstOfNodes: (wish) =>
          [NODE, OTHER, THIRD]
            .filter((node) => wish.node === null || wish.node === node)
            .flatMap((node) => firstOn(node, wish) ?? []),
        hasMoreThan: (count, ofDepth) => inStock().filter((row) => row.depth === ofDepth).length > count,
        depthAbove: (from, node) =>
          of(node)
            .map((row) => depth(row.depth))
            .filter((other) => other > from)
            .toSorted((a, b) => a - b)[0],
        give: (one) => void given.push(one),
      },
      earlier: (caller, key) => earlierAmong(given, caller, key),
      used: (subject) => {
        reads.push(subject);
        return used[subject] ?? NO_USAGE;
      },
      newId: () => orderId(100 + given.length),
    },
    { ...momentAt(T0), ...moment },
  );
  const names = outcomes.map((outcome) => {
    if (outcome.is === 'quotaExceeded') return `${outcome.quota.subject}: ${outcome.limit}`;
    if (outcome.is !== 'acquired') return outcome.is;
    return `${numberOf.get(outcome.stamp.batchId)}${outcome.replayed ? ' again' : ''}`;
  });
  return { outcomes, names, usage, demand, reads };
}

const many = (count: number, wishes?: Parameters<typeof aRequest>[0]) =>
  Array.from({ length: count }, () => aRequest(wishes));

describe('which stamp a request is given', () => {
  it.each([
    [
      [NODE, OTHER, THIRD],
      ['1', '2', '3'],
    ],
    [
      [THIRD, OTHER, NODE],
      ['1', '2', '3'],
    ],
    [
      [OTHER, THIRD, NODE],
      ['1', '2', '3'],
    ],
  ])('is that of the smallest batch id, if those of the nodes %j expire together', (nodes, names) => {
    const stamps = nodes.map((node, at) => ({ n: at + 1, node }));
    expect(decided({ stamps, requests: many(3) }).names).toEqual(names);
  });

  it('is the first to expire of all nodes, those of last resort at the end', () => {
    const stamps = [
      { n: 1, node: OTHER, ttlHours: 30 },
      { n: 2, node: NODE, ttlHours: 20 },
      { n: 3, node: THIRD, ttlHours: 10 },
      { n: 4, node: NODE, ttlHours: 40 },
      { n: 5, node: NODE, depth: 18, ttlHours: 40 },
    ];
    expect(decided({ stamps, requests: many(5) }).names).toEqual(['3', '2', '1', '4', '5']);
    const moment = { lastResortNodes: new Set([THIRD, OTHER]) };
    expect(decided({ stamps, requests: many(5), moment }).names).toEqual(['2', '4', '3', '1', '5']);
  });

  it('is of a depth that the caller may have', () => {
    const stamps = [17, 18, 19, 20].map((of) => ({ n: of, depth: of }));
    const named = (...depths: readonly number[]) =>
      decided({ stamps, requests: many(4, { depths: new Set(depths.map(depth)) }) }).names;
    expect(named()).toEqual(Array(4).fill('exhausted'));
    expect(named(17, 19)).toEqual(['17', '19', 'exhausted', 'exhausted']);
    expect(named(20, 18)).toEqual(['18', '20', 'exhausted', 'exhausted']);
    expect(decided({ stamps, requests: many(4) }).names).toEqual(['17', '18', '19', '20']);
  });

  it('is not larger than the floor of its own depth and the most steps allow', () => {
    const stamps = [18, 18, 18, 19, 20].map((of, at) => ({ n: at + 1, depth: of }));
    const named = (floor: readonly (readonly [number, number])[], maxSteps: number | null) => {
      const exactFloor = new Map(floor.map(([of, count]) => [depth(of), count]));
      const requests = [...many(5), aRequest({ depth: 18 })];
      return decided({ stamps, requests, moment: { fallback: { exactFloor, maxSteps } } }).names;
    };
    expect(named([], null)).toEqual(['1', '2', '3', '4', '5', 'exhausted']);
    expect(named([[18, 1]], 2)).toEqual(['1', '2', '4', 'exhausted', 'exhausted', '3']);
    const floors = [
      [19, 1],
      [18, 2],
    ] as const;
    expect(named(floors, null)).toEqual(['1', '5', 'exhausted', 'exhausted', 'exhausted', '2']);
    expect(named([], 0)).toEqual([...Array(5).fill('exhausted'), '1']);
  });

  it('lives as long as is promised and as the client wishes', () => {
    const expiryOf = (promisedTtlSeconds: number, minTtlSeconds: number) =>
      wishedExpiryMs({ minTtlSeconds }, { at: T0, promisedTtlSeconds });
    expect([expiryOf(7200, 3600), expiryOf(3600, 7200)]).toEqual([hours(2).getTime(), hours(2).getTime()]);
    const at = new Date(T0.getTime() + 1);
    const { outcomes } = decided({ stamps: [{ n: 1, ttlHours: 2 }], requests: many(1), moment: { at } });
    expect(outcomes).toMatchObject([{ acquisition: { acquiredAt: T0, ttlSeconds: 7_199 } }]);
  });
});

describe('the requests of one commit', () => {
  it('are given the same stamp if they have the same key and caller, and are equal', () => {
    const stamps = [1, 2, 3, 4, 5].map((n) => ({ n, ttlHours: 100 + n }));
    const ask = (caller: string, idempotencyKey: string | null, wishes: Partial<AcquireRequest> = {}) =>
      aRequest({ caller, idempotencyKey, ...wishes, depth: 17 });
    const requests = [
      ask('a', 'k'),
      ask('b', 'k'),
      ask('a', 'other'),
      ask('a', 'k'),
      ask('b', 'k', { minTtlSeconds: 9 }),
      ask('c', 'k', { formerCaller: 'a' }),
      ask('c', null, { formerCaller: 'a' }),
      ask('c', null),
    ];
    expect(decided({ stamps, requests }).names).toEqual([
      '1',
      '2',
      '3',
      '1 again',
      'conflict',
      '1 again',
      '4',
      '5',
    ]);
  });

  it('count towards each quota together with what was acquired before, which is read once', () => {
    const quota = (subject: string, stamps: number | null, cost: bigint | null = null): Quota => ({
      subject,
      stamps,
      cost: cost === null ? null : plur(cost),
    });
    const stamps = [1, 2, 3, 4].map((n) => ({ n, ttlHours: 100 + n, cost: 10n }));
    const [a, b] = [quota('a', 3), quota('b', null, 25n)];
    const requests = [[a], [a, b], [b], [a], [b], []].map((quotas) => aRequest({ quotas }));
    const used = { a: { stamps: 1, cost: plur(5n) } };
    const { names, outcomes, usage, reads } = decided({ stamps, requests, used });
    expect(names).toEqual(['1', '2', '3', 'a: stamps', 'b: cost', '4']);
    expect(usage).toEqual(
      new Map([
        ['a', { stamps: 3, cost: 25n }],
        ['b', { stamps: 2, cost: 20n }],
      ]),
    );
    expect(reads).toEqual(['a', 'b']);
    expect(outcomes[4]).toEqual({ is: 'quotaExceeded', quota: b, limit: 'cost', resetsAt: nextUtcDay(T0) });
    const spent = { stamps: 9, cost: plur(25n) };
    const withoutStock = decided({ requests, used: { a: spent, b: spent } });
    const [byStamps, byCost] = ['a: stamps', 'b: cost'];
    expect(withoutStock.names).toEqual([byStamps, byStamps, byCost, byStamps, byCost, 'exhausted']);
    expect([withoutStock.usage, withoutStock.reads]).toEqual([new Map(), ['a', 'b']]);
  });

  it('are demand of the hour and of the depth that was asked for, if they are neither repeated nor refused', () => {
    const quotas = [{ subject: 'a', stamps: 0, cost: null }];
    const requests = [
      aRequest({ idempotencyKey: 'k' }),
      aRequest({ idempotencyKey: 'k' }),
      aRequest({ idempotencyKey: 'k', minTtlSeconds: 1 }),
      ...many(2),
      aRequest({ quotas }),
      ...many(2, { depth: 20 }),
    ];
    const stamps = [{ n: 1 }, { n: 2 }, { n: 3, depth: 18 }];
    const { demand } = decided({
      stamps,
      requests,
      moment: { wallClock: new Date(T0.getTime() + 3_599_999) },
    });
    const hour = T0.getTime();
    expect(demand).toEqual([
      { hour, depth: 17, outcome: 'met', count: 2 },
      { hour, depth: 17, outcome: 'met_by_larger', count: 1 },
      { hour, depth: 20, outcome: 'exhausted', count: 2 },
    ]);
  });
});
