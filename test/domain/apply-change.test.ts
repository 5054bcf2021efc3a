import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  acquireStamp,
  applyMove,
  applyToNode,
  applyToOrder,
  applyToStamp,
  IllegalTransitionError,
} from '../../src/domain/apply-change.ts';
import type { OrderChange, StampChange } from '../../src/domain/change.ts';
import type { NodeRecord } from '../../src/domain/node.ts';
import {
  newOrderRecord,
  ORDER_STATES,
  ORDER_TRANSITIONS,
  type OrderRecord,
  type OrderState,
  orderOf,
} from '../../src/domain/order.ts';
import {
  newStampRecord,
  STAMP_STATES,
  type StampRecord,
  type StampState,
  stampOf,
} from '../../src/domain/stamp.ts';
import { depth, plur } from '../../src/domain/units.ts';
import {
  ADDRESS,
  anOrder,
  aPropagatingStamp,
  aStamp,
  aTopUp,
  batchId,
  hours,
  NODE,
  OTHER_ADDRESS,
  orderId,
  seconds,
  T0,
} from '../builders.ts';

const id = orderId(1);
const CLAIM = { batchId: batchId(1), txHash: '0xab', atBlock: 1_010, overdue: false, refuted: false };

/** Every change of an order that is on record. */
const ORDER_CHANGES = {
  orderSent: { change: 'orderSent', id },
  orderUnknown: { change: 'orderUnknown', id, cause: 'timeout' },
  orderAnswered: { change: 'orderAnswered', id, batchId: batchId(1), txHash: '0xab', atBlock: 1_010 },
  orderClaimRefuted: { change: 'orderClaimRefuted', id, cause: 'another batch' },
  orderOverdue: { change: 'orderOverdue', id, cause: 'not shown' },
  orderQuiet: { change: 'orderQuiet', id, quietSinceBlock: 1_030 },
  orderConfirmed: { change: 'orderConfirmed', id, batchId: batchId(1), txHash: '0xab', atBlock: 1_020 },
  orderRejected: { change: 'orderRejected', id, cause: 'no funds' },
  orderAbandoned: { change: 'orderAbandoned', id, cause: 'never seen', atBlock: 1_100 },
} as const satisfies Record<Exclude<OrderChange['change'], 'orderPlanned'>, OrderChange>;
type LaterChange = keyof typeof ORDER_CHANGES;
const LATER_CHANGES: readonly OrderChange[] = Object.values(ORDER_CHANGES);

/** Each state that an order can be in, with a claim and without one. */
const HISTORIES: Record<string, readonly LaterChange[]> = {
  planned: [],
  sent: ['orderSent'],
  'sent, claimed': ['orderSent', 'orderAnswered'],
  unknown: ['orderSent', 'orderUnknown'],
  'unknown, claimed': ['orderSent', 'orderAnswered', 'orderUnknown'],
  'unknown, overdue': ['orderSent', 'orderAnswered', 'orderOverdue'],
  'unknown, refuted': ['orderSent', 'orderAnswered', 'orderClaimRefuted'],
  confirmed: ['orderSent', 'orderConfirmed'],
  rejected: ['orderSent', 'orderRejected'],
  abandoned: ['orderAbandoned'],
  'abandoned, claimed': ['orderSent', 'orderUnknown', 'orderAbandoned', 'orderAnswered'],
};

const orderAfter = (changes: readonly LaterChange[]): OrderRecord =>
  changes.reduce<OrderRecord>(
    (order, change) => applyToOrder(order, ORDER_CHANGES[change], seconds(1)),
    newOrderRecord(anOrder()),
  );

/** What each change makes of each history above; every pair that is not here is refused. */
const RESULTS: Record<LaterChange, Record<string, Partial<OrderRecord>>> = {
  orderSent: { planned: { state: 'sent', sentAt: T0 } },
  orderUnknown: {
    sent: { state: 'unknown', cause: 'timeout' },
    'sent, claimed': { state: 'unknown', cause: 'timeout', claim: CLAIM },
  },
  orderAnswered: {
    sent: { state: 'sent', claim: CLAIM },
    'sent, claimed': { state: 'sent', claim: CLAIM },
    unknown: { state: 'unknown', claim: CLAIM },
    'unknown, claimed': { state: 'unknown', claim: CLAIM },
    'unknown, overdue': { state: 'unknown', claim: { ...CLAIM, overdue: true } },
    'unknown, refuted': { state: 'unknown', claim: { ...CLAIM, refuted: true } },
    abandoned: { state: 'abandoned', claim: CLAIM },
    'abandoned, claimed': { state: 'abandoned', claim: CLAIM },
  },
  orderClaimRefuted: Object.fromEntries(
    ['sent, claimed', 'unknown, claimed', 'unknown, overdue'].map((history) => [
      history,
      { state: 'unknown', cause: 'another batch', claim: { ...CLAIM, refuted: true } },
    ]),
  ),
  orderOverdue: Object.fromEntries(
    ['sent, claimed', 'unknown, claimed', 'unknown, overdue'].map((history) => [
      history,
      { state: 'unknown', cause: 'not shown', claim: { ...CLAIM, overdue: true } },
    ]),
  ),
  orderQuiet: ofUnknown({ quietSinceBlock: 1_030 }),
  orderConfirmed: {
    ...inEach(['sent', 'sent, claimed', 'abandoned', 'abandoned, claimed'], confirmed()),
    ...ofUnknown(confirmed()),
  },
  orderRejected: inEach(['sent', 'sent, claimed'], { state: 'rejected', endedAt: T0, cause: 'no funds' }),
  orderAbandoned: {
    ...inEach(['planned'], abandoned()),
    ...ofUnknown(abandoned()),
  },
};

function confirmed(): Partial<OrderRecord> {
  const { batchId: boughtBatchId, txHash } = CLAIM;
  return { state: 'confirmed', endedAt: T0, endedAtBlock: 1_020, boughtBatchId, txHash };
}

function abandoned(): Partial<OrderRecord> {
  return { state: 'abandoned', endedAt: T0, endedAtBlock: 1_100, cause: 'never seen' };
}

function inEach(
  histories: readonly string[],
  result: Partial<OrderRecord>,
): Record<string, Partial<OrderRecord>> {
  return Object.fromEntries(histories.map((history) => [history, result]));
}

function ofUnknown(result: Partial<OrderRecord>): Record<string, Partial<OrderRecord>> {
  return inEach(['unknown', 'unknown, claimed', 'unknown, overdue', 'unknown, refuted'], result);
}

describe('a change of an order', () => {
  test.for(LATER_CHANGES.flatMap((change) => Object.keys(HISTORIES).map((history) => ({ change, history }))))(
    '$change.change of an order that is $history: the life table decides',
    ({ change, history }) => {
      const before = orderAfter(HISTORIES[history] ?? []);
      const result = Object.entries(RESULTS).find(([name]) => name === change.change)?.[1][history];
      expect(afterOrRefused(before, change, T0)).toEqual(result ? { ...before, ...result } : 'refused');
    },
  );

  test.for(LATER_CHANGES)('$change of an order that is not on record is refused', (change) => {
    expect(() => applyToOrder(undefined, change, T0)).toThrow(IllegalTransitionError);
  });

  it('plans an order once', () => {
    const planned = applyToOrder(undefined, { change: 'orderPlanned', order: anOrder() }, T0);
    expect(orderOf(planned)).toEqual(anOrder());
    expect(() => applyToOrder(planned, { change: 'orderPlanned', order: anOrder() }, T0)).toThrow(
      IllegalTransitionError,
    );
  });

  it('confirms a top-up of its own batch, and of no other', () => {
    const sent = applyToOrder(newOrderRecord(aTopUp({ of: batchId(1) })), ORDER_CHANGES.orderSent, T0);
    const shown = applyToOrder(sent, ORDER_CHANGES.orderConfirmed, T0);
    expect(orderOf(shown)).toMatchObject({ state: 'confirmed', batchId: batchId(1) });
    const other = { ...ORDER_CHANGES.orderConfirmed, batchId: batchId(2) };
    expect(() => applyToOrder(sent, other, T0)).toThrow(IllegalTransitionError);
  });

  it('leaves the life table under no history, forgets nothing that has happened, and can always be read', () => {
    const changes = fc.array(fc.constantFrom(...LATER_CHANGES), { maxLength: 30 });
    fc.assert(
      fc.property(changes, fc.constantFrom(anOrder(), aTopUp({ of: batchId(1) })), (history, planned) => {
        let order = newOrderRecord(planned);
        for (const [index, change] of history.entries()) {
          const outcome = afterOrRefused(order, change, seconds(index));
          const after = outcome === 'refused' ? order : outcome;
          const steps: readonly OrderState[] = [order.state, ...ORDER_TRANSITIONS[order.state]];
          expect(steps).toContain(after.state);
          expect(after.sentAt).toEqual(order.sentAt ?? after.sentAt);
          expect(after.claim === null).toBe(order.claim === null && after.claim === null);
          expect(orderOf(after).state).toBe(after.state);
          order = after;
        }
      }),
    );
  });

  it('reaches every step of the life table', () => {
    const reached = Object.entries(RESULTS).flatMap(([, results]) =>
      Object.entries(results).flatMap(([history, { state }]) => {
        const from = orderAfter(HISTORIES[history] ?? []).state;
        return state === undefined || state === from ? [] : [`${from} -> ${state}`];
      }),
    );
    const table = ORDER_STATES.flatMap((from) => ORDER_TRANSITIONS[from].map((into) => `${from} -> ${into}`));
    expect(new Set(reached)).toEqual(new Set(table));
  });
});

function afterOrRefused(order: OrderRecord, change: OrderChange, at: Date): OrderRecord | 'refused' {
  try {
    return applyToOrder(order, change, at);
  } catch (error) {
    if (error instanceof IllegalTransitionError) return 'refused';
    throw error;
  }
}

const LATER = seconds(60);
const STAMP_CHANGES = [
  { change: 'stampAdded', stamp: aStamp({ ttlHours: 999 }) },
  {
    change: 'stampSeen',
    batchId: batchId(1),
    depth: depth(18),
    amount: plur(9n),
    immutable: false,
    expiresAt: hours(77),
    withheld: 'in_use',
  },
  { change: 'stampAvailable', batchId: batchId(1), expiresAt: hours(88), ttlAtCreationSeconds: 5 },
  {
    change: 'stampMissing',
    batchId: batchId(1),
    sinceBlock: 9,
    withheld: 'missing',
    lastLostAtBlock: null,
  },
  { change: 'stampPaidFor', batchId: batchId(1), cost: plur(1n) },
  { change: 'stampExpired', batchId: batchId(1) },
  { change: 'clockSet', byMs: 5_000 },
] as const satisfies readonly StampChange[];

const stampIn = (state: StampState): StampRecord =>
  state === 'propagating'
    ? newStampRecord(aPropagatingStamp())
    : { ...newStampRecord(aStamp({ ttlHours: 30 })), state };

/** What each change makes of a stamp in each state; every pair that is not here leaves the stamp as it is. */
const STAMP_RESULTS: Partial<
  Record<StampChange['change'], Partial<Record<StampState, Partial<StampRecord>>>>
> = {
  stampSeen: inBoth({
    depth: depth(18),
    amount: plur(9n),
    immutable: false,
    expiresAt: hours(77),
    withheld: 'in_use',
  }),
  stampAvailable: {
    propagating: {
      state: 'available',
      availableAt: LATER,
      expiresAt: hours(88),
      ttlAtCreationSeconds: 5,
    },
  },
  stampMissing: inBoth({ missingSinceBlock: 9, withheld: 'missing' }),
  stampPaidFor: inBoth({ cost: plur(aStamp().cost + 1n) }),
  stampExpired: inBoth({ state: 'expired' }),
  clockSet: {
    available: { expiresAt: new Date(hours(30).getTime() + 5_000) },
    acquired: { expiresAt: new Date(hours(30).getTime() + 5_000) },
  },
};

function inBoth(result: Partial<StampRecord>): Partial<Record<StampState, Partial<StampRecord>>> {
  return { propagating: result, available: result };
}

describe('a change of a stamp', () => {
  test.for(STAMP_CHANGES.flatMap((change) => STAMP_STATES.map((state) => ({ change, state }))))(
    '$change.change of a stamp that is $state: the life table decides',
    ({ change, state }) => {
      const before = stampIn(state);
      const after = applyToStamp(before, change, LATER);
      const result = STAMP_RESULTS[change.change]?.[state];
      expect(after).toEqual({ ...before, ...result });
      expect(after === before).toBe(result === undefined);
      expect(after && stampOf(after, false).state).toBe(after?.state);
    },
  );

  test.for(STAMP_CHANGES.flatMap((change) => STAMP_STATES.map((state) => ({ change, state }))))(
    '$change.change does not touch a stamp that is $state and retired',
    ({ change, state }) => {
      const retired = { ...stampIn(state), retiredAddress: OTHER_ADDRESS };
      expect(applyToStamp(retired, change, LATER)).toBe(retired);
    },
  );

  test.for(STAMP_CHANGES.slice(1))('$change of a batch that is not on record does nothing', (change) => {
    expect(applyToStamp(undefined, change, T0)).toBeUndefined();
  });

  it('adds a stamp as it is given', () => {
    for (const stamp of [aStamp(), aPropagatingStamp({ withheld: 'missing', missingSinceBlock: 3 })]) {
      const added = applyToStamp(undefined, { change: 'stampAdded', stamp }, T0);
      expect(added && stampOf(added, false)).toEqual(stamp);
    }
  });

  it('keeps the first block that did not show it, until it is seen, and the last at which it was lost', () => {
    const [, seen, , missing] = STAMP_CHANGES;
    const lost = { ...missing, sinceBlock: 130, withheld: 'lost', lastLostAtBlock: 130 } as const;
    const history: readonly StampChange[] = [missing, lost, { ...seen, withheld: null }];
    const blocks = history.map((_, index) => {
      const changes = history.slice(0, index + 1);
      const after = changes.reduce<StampRecord | undefined>(
        (stamp, change) => applyToStamp(stamp, change, T0),
        stampIn('available'),
      );
      return [after?.missingSinceBlock, after?.lastLostAtBlock];
    });
    expect(blocks).toEqual([
      [9, null],
      [9, 130],
      [null, 130],
    ]);
  });

  it('moves the expiry of an acquired stamp with the clock only while it is not over', () => {
    const acquired = { ...stampIn('acquired'), expiresAt: seconds(10) };
    const forth = { change: 'clockSet', byMs: 3_600_000 } as const;
    const set = (second: number): Date => new Date(seconds(second).getTime() + forth.byMs);
    expect(applyToStamp(acquired, forth, set(9))).toEqual({ ...acquired, expiresAt: set(10) });
    expect(applyToStamp(acquired, forth, set(10))).toBe(acquired);
  });

  it('is acquired only while it is available, not withheld and not retired', () => {
    const available = stampIn('available');
    expect(acquireStamp(available)).toEqual({ ...available, state: 'acquired' });
    const others: readonly StampRecord[] = [
      ...STAMP_STATES.filter((state) => state !== 'available').map(stampIn),
      { ...available, withheld: 'in_use' },
      { ...available, retiredAddress: ADDRESS },
    ];
    for (const other of others) expect(() => acquireStamp(other)).toThrow(IllegalTransitionError);
  });
});

describe('a change of a node', () => {
  const pinned: NodeRecord = { name: NODE, address: ADDRESS, pinnedAt: T0, changed: null };
  const changed: NodeRecord = { ...pinned, changed: { other: OTHER_ADDRESS, since: T0 } };
  const unpinned: NodeRecord = { ...changed, address: null, pinnedAt: null };
  const PIN = { change: 'nodePinned', node: NODE, address: OTHER_ADDRESS } as const;
  const CHANGE = { change: 'nodeChanged', node: NODE, other: ADDRESS } as const;
  const RETURN = { change: 'nodeReturned', node: NODE } as const;
  const MOVE = { change: 'nodeMoved', node: NODE, address: OTHER_ADDRESS } as const;
  const moved = { ...pinned, address: OTHER_ADDRESS, pinnedAt: LATER };

  test.for([
    { what: 'pins a node that is not on record', before: undefined, change: PIN, after: moved },
    { what: 'pins a node without an address', before: unpinned, change: PIN, after: moved },
    { what: 'does not replace a pin', before: pinned, change: PIN, after: pinned },
    { what: 'does not trust a changed node by a pin', before: changed, change: PIN, after: changed },
    {
      what: 'notes who answers in place of a node',
      before: pinned,
      change: CHANGE,
      after: { ...pinned, changed: { other: ADDRESS, since: LATER } },
    },
    {
      what: 'keeps since when a node has changed',
      before: changed,
      change: CHANGE,
      after: { ...pinned, changed: { other: ADDRESS, since: T0 } },
    },
    {
      what: 'notes a change of a node that is not on record',
      before: undefined,
      change: CHANGE,
      after: { ...unpinned, changed: { other: ADDRESS, since: LATER } },
    },
    { what: 'trusts a node that returns', before: changed, change: RETURN, after: pinned },
    { what: 'knows no node that returns unknown', before: undefined, change: RETURN, after: undefined },
    { what: 'moves a node', before: changed, change: MOVE, after: moved },
    { what: 'moves a node that is not on record', before: undefined, change: MOVE, after: moved },
    { what: 'leaves a node where it is', before: moved, change: MOVE, after: moved },
  ])('$what', ({ before, change, after }) => {
    expect(applyToNode(before, change, LATER)).toEqual(after);
  });

  it('retires what has not ended with a move, and brings back what the new address owns', () => {
    const away = { from: ADDRESS, to: OTHER_ADDRESS };
    const back = { from: OTHER_ADDRESS, to: ADDRESS };
    const all = [
      ...STAMP_STATES.map(stampIn),
      ...Object.values(HISTORIES).map((history) => orderAfter(history)),
    ];
    for (const held of all) {
      const isFinal = ['acquired', 'expired', 'confirmed', 'rejected'].includes(held.state);
      const retired = applyMove(held, away);
      expect(retired).toEqual(isFinal ? held : { ...held, retiredAddress: ADDRESS });
      expect(applyMove(retired, back)).toEqual(held);
      expect(applyMove(held, { ...away, from: null })).toBe(held);
      expect(applyMove(retired, { from: OTHER_ADDRESS, to: OTHER_ADDRESS })).toBe(isFinal ? held : retired);
    }
  });
});
