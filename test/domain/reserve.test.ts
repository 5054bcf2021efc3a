import { describe, expect, it } from 'vitest';
import {
  countByDepth,
  type DepthCount,
  describeWithheld,
  groupOf,
  isBeingToppedUp,
  isLow,
  mayMeetPromise,
  propagatingIn,
  reserveOf,
  type StampGroup,
  sumOfCounts,
  toppedUpGroups,
  toppedUpIn,
  withTaken,
} from '../../src/domain/reserve.ts';
import { depth } from '../../src/domain/units.ts';
import { anOrder, aPropagatingStamp, aStamp, aTopUp, batchId, seconds, T0 } from '../builders.ts';
import { aClaim, sent, unknown } from '../reconciler/plan-input.ts';
import { aPolicy } from '../virtual/world.ts';

const aGroup = (wishes: Partial<StampGroup> = {}): StampGroup => ({
  depth: depth(17),
  state: 'available',
  withheld: null,
  meetsPromise: true,
  isToppedUp: false,
  count: 3,
  ...wishes,
});
const aCount = (wishes: Partial<DepthCount> = {}): DepthCount => ({
  depth: depth(17),
  available: 0,
  onOrder: 0,
  tooShortLived: 0,
  withheld: [],
  ...wishes,
});

describe('three stamps count', () => {
  it.each<[string, Partial<StampGroup>, Partial<DepthCount>]>([
    ['as available', {}, { available: 3 }],
    ['as too short-lived', { meetsPromise: false }, { tooShortLived: 3 }],
    ['as on order while they are topped up', { meetsPromise: false, isToppedUp: true }, { onOrder: 3 }],
    ['as available while they are topped up and live long enough', { isToppedUp: true }, { available: 3 }],
    ['as on order while they propagate', { state: 'propagating', meetsPromise: false }, { onOrder: 3 }],
  ])('%s', (_what, group, expected) => {
    expect(countByDepth([aGroup(group)], [])).toEqual([aCount(expected)]);
  });

  it.each([
    ['missing', 3, 0],
    ['node_changed', 3, 0],
    ['node_away', 3, 0],
    ['lost', 0, 0],
    ['in_use', 0, 0],
    ['node_lost', 0, 0],
  ] as const)('as withheld if they are %s, and as on order: %i', (withheld, onOrder, ofShortLived) => {
    const counted = { withheld: [{ reason: withheld, count: 3 }] };
    expect(countByDepth([aGroup({ withheld })], [])).toEqual([aCount({ ...counted, onOrder })]);
    const shortLived = aGroup({ withheld, meetsPromise: false });
    expect(countByDepth([shortLived], [])).toEqual([aCount({ ...counted, onOrder: ofShortLived })]);
    for (const group of [
      { state: 'propagating', meetsPromise: false },
      { isToppedUp: true, meetsPromise: false },
    ] as const)
      expect(countByDepth([aGroup({ withheld, ...group })], [])).toEqual([aCount({ ...counted, onOrder })]);
  });
});

it('open purchases for the reserve count as on order, and canaries and top-ups do not', () => {
  const orders = [
    anOrder({ n: 1, depth: 20 }),
    sent(anOrder({ n: 2 })),
    unknown(anOrder({ n: 3, depth: 20 })),
    anOrder({ n: 4, depth: 22, purpose: 'canary' }),
    aTopUp({ n: 5, depth: 22 }),
  ];
  expect(countByDepth([aGroup({ depth: depth(18) })], orders)).toEqual([
    aCount({ onOrder: 1 }),
    aCount({ depth: depth(18), available: 3 }),
    aCount({ depth: depth(20), onOrder: 2 }),
  ]);
});

it('groups of one depth are added, each reason once, in a fixed order, without those that add up to none', () => {
  const groups = [
    aGroup({ withheld: 'in_use', count: 1 }),
    aGroup({ count: 2 }),
    aGroup({ withheld: 'missing', count: 4 }),
    aGroup({ withheld: 'in_use', count: 8 }),
    aGroup({ withheld: 'lost', count: 1 }),
    aGroup({ withheld: 'lost', count: -1 }),
    aGroup({ count: 16 }),
  ];
  const withheld = [
    { reason: 'missing', count: 4 },
    { reason: 'in_use', count: 9 },
  ] as const;
  expect(countByDepth(groups, [])).toEqual([aCount({ available: 18, onOrder: 4, withheld })]);
  expect(describeWithheld(withheld)).toBe('4 missing, 9 in use');
  expect(describeWithheld([])).toBe('');
});

it('the counts of nodes are added by depth and reason', () => {
  const one = aCount({
    available: 1,
    onOrder: 2,
    tooShortLived: 3,
    withheld: [{ reason: 'in_use', count: 4 }],
  });
  const other = aCount({
    available: 10,
    onOrder: 20,
    tooShortLived: 30,
    withheld: [
      { reason: 'missing', count: 40 },
      { reason: 'in_use', count: 50 },
    ],
  });
  const large = aCount({ depth: depth(22), available: 7 });
  expect(sumOfCounts([[large, one], [], [other]])).toEqual([
    {
      depth: 17,
      available: 11,
      onOrder: 22,
      tooShortLived: 33,
      withheld: [
        { reason: 'missing', count: 40 },
        { reason: 'in_use', count: 54 },
      ],
    },
    large,
  ]);
  expect(sumOfCounts([])).toEqual([]);
});

describe('the reserve', () => {
  const policy = aPolicy({
    targets: new Map([
      [depth(22), 1],
      [depth(17), 3],
    ]),
    lowReserveThreshold: 1,
  });
  const counts = [aCount({ depth: depth(20), available: 2, onOrder: 5 }), aCount({ available: 4 })];

  it('has every depth with a target or a stamp, the smallest first', () => {
    expect(reserveOf(counts, policy)).toEqual({
      depths: [
        { ...aCount({ available: 4 }), target: 3, surplus: 1, low: false },
        {
          ...aCount({ depth: depth(20), available: 2, onOrder: 5 }),
          target: 0,
          surplus: 2,
          low: false,
        },
        { ...aCount({ depth: depth(22) }), target: 1, surplus: 0, low: true },
      ],
      totalAvailable: 6,
      low: true,
    });
    expect(reserveOf(counts, aPolicy({ targets: new Map() }))).toMatchObject({
      totalAvailable: 6,
      low: false,
    });
  });

  it('is less by what was taken, and never below none', () => {
    const reserve = reserveOf(counts, policy);
    const after = withTaken(reserve, [depth(17), depth(17), depth(17), depth(22), depth(18)], 1);
    expect(after.depths).toMatchObject([
      { depth: 17, available: 1, surplus: 0, low: true },
      { depth: 20, available: 2, surplus: 2, low: false },
      { depth: 22, available: 0, surplus: 0, low: true },
    ]);
    expect(after).toMatchObject({ totalAvailable: 3, low: true });
    expect(withTaken(reserve, [], 1)).toEqual(reserve);
    expect(withTaken(reserve, [depth(17)], 1).depths[0]).toMatchObject({
      available: 3,
      surplus: 0,
      low: false,
    });
  });

  it.each([
    [0, 1, 0, true],
    [0, 0, 0, false],
    [1, 2, 1, true],
    [2, 3, 1, false],
    [1, 1, 1, false],
    [2, 1, 5, false],
  ])('with %i available of %i is, at a threshold of %i, low: %s', (available, target, threshold, low) => {
    expect(isLow({ available, target }, threshold)).toBe(low);
  });
});

describe('a stamp as a group', () => {
  const moment = { now: T0, promisedTtlSeconds: 3600, toppedUp: new Set([batchId(2)]) };

  it('meets the promise if it lives as long as promised', () => {
    const group = { depth: 17, state: 'available', withheld: null, isToppedUp: false, count: 1 };
    expect(groupOf(aStamp({ ttlHours: 1 }), moment)).toEqual({ ...group, meetsPromise: true });
    expect(groupOf(aStamp({ ttlHours: 1 }), { ...moment, now: seconds(1) })).toEqual({
      ...group,
      meetsPromise: false,
    });
    expect(groupOf(aPropagatingStamp({ n: 2, depth: 20, withheld: 'missing' }), moment)).toEqual({
      depth: 20,
      state: 'propagating',
      withheld: 'missing',
      meetsPromise: false,
      isToppedUp: true,
      count: 1,
    });
  });

  it('moves to a group of its own while it is topped up', () => {
    const stamp = aStamp({ n: 2, ttlHours: 0.5 });
    const groups = [aGroup({ meetsPromise: false, count: 3 }), ...toppedUpGroups([stamp], moment)];
    expect(toppedUpGroups([stamp], moment).map(({ isToppedUp, count }) => [isToppedUp, count])).toEqual([
      [true, 1],
      [false, -1],
    ]);
    expect(countByDepth(groups, [])).toEqual([aCount({ tooShortLived: 2, onOrder: 1 })]);
  });

  it('is topped up while its top-up is open and not overdue', () => {
    const overdue = unknown(aTopUp({ n: 3, of: batchId(3) }), null, aClaim(1, { overdue: true }));
    const orders = [
      anOrder({ n: 1 }),
      aTopUp({ n: 2, of: batchId(2) }),
      overdue,
      sent(aTopUp({ n: 4, of: batchId(4) }), aClaim(1)),
    ];
    expect([...toppedUpIn(orders)]).toEqual([batchId(2), batchId(4)]);
    expect([1, 2, 3, 4].map((n) => isBeingToppedUp(aStamp({ n }), orders))).toEqual([
      false,
      true,
      true,
      true,
    ]);
  });

  it.each([
    ['available', null, true],
    ['available', 'missing', true],
    ['available', 'lost', false],
    ['available', 'in_use', false],
    ['propagating', null, false],
    ['propagating', 'missing', false],
  ] as const)('that is %s and withheld as %s may meet the promise: %s', (state, withheld, expected) => {
    expect(mayMeetPromise({ state, withheld })).toBe(expected);
  });

  it('is counted among those that propagate if it is not withheld', () => {
    const groups = [
      aGroup({ state: 'propagating', count: 2 }),
      aGroup({ state: 'propagating', count: 4 }),
      aGroup({ state: 'propagating', depth: depth(20), count: 8 }),
      aGroup({ state: 'propagating', withheld: 'missing' }),
      aGroup(),
    ];
    expect(propagatingIn(groups)).toEqual(
      new Map([
        [17, 6],
        [20, 8],
      ]),
    );
  });
});
