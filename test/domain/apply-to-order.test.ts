import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { applyToOrder, IllegalTransitionError } from '../../src/domain/apply-change.ts';
import type { OrderChange } from '../../src/domain/change.ts';
import {
  newOrderRecord,
  ORDER_STATES,
  ORDER_TRANSITIONS,
  type OrderRecord,
  type OrderState,
  orderOf,
} from '../../src/domain/order.ts';
import {
  ADDRESS,
  anOrder,
  aTopUp,
  batchId,
  OTHER_ADDRESS,
  orderId,
  seconds,
  T0,
  THIRD_ADDRESS,
} from '../builders.ts';
import { applyMove, applyRetirement } from './held.ts';

const id = orderId(1);
const CLAIM = { batchId: batchId(1), txHash: '0xab', atBlock: 1_010, overdue: false, refuted: false };

/** Every change of an order that is on record. */
const ORDER_CHANGES = {
  orderSent: { change: 'orderSent', id },
  orderUnknown: { change: 'orderUnknown', id, cause: 'timeout' },
  orderAnswered: { change: 'orderAnswered', id, batchId: batchId(1), txHash: '0xab', atBlock: 1_010 },
  orderClaimRefuted: { change: 'orderClaimRefuted', id, cause: 'another batch' },
  orderOverdue: { change: 'orderOverdue', id, cause: 'not shown' },
  orderQuiet: { change: 'orderQuiet', id, noPendingSinceBlock: 1_030 },
  orderConfirmed: { change: 'orderConfirmed', id, batchId: batchId(1), txHash: '0xab', atBlock: 1_020 },
  orderRejected: { change: 'orderRejected', id, cause: 'no funds', refusal: 'OUT_OF_FUNDS' },
  orderNotSent: { change: 'orderNotSent', id, cause: 'too late' },
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
  orderQuiet: ofUnknown({ noPendingSinceBlock: 1_030 }),
  orderConfirmed: {
    ...inEach(['sent', 'sent, claimed', 'abandoned', 'abandoned, claimed'], confirmed()),
    ...ofUnknown(confirmed()),
  },
  orderRejected: inEach(['sent', 'sent, claimed'], {
    state: 'rejected',
    endedAt: T0,
    cause: 'no funds',
    refusal: 'OUT_OF_FUNDS',
  }),
  orderNotSent: inEach(['sent', 'unknown'], {
    state: 'abandoned',
    sentAt: null,
    endedAt: T0,
    endedAtBlock: null,
    cause: 'too late',
  }),
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
          const isUnsent = change.change === 'orderNotSent' && outcome !== 'refused';
          expect(after.sentAt).toEqual(isUnsent ? null : (order.sentAt ?? after.sentAt));
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

test('a change that is refused says which order or batch it was about', () => {
  const planned = newOrderRecord(anOrder());
  const topUp = applyToOrder(newOrderRecord(aTopUp({ of: batchId(2) })), ORDER_CHANGES.orderSent, T0);
  const refused = (order: OrderRecord | undefined, change: OrderChange, message: string) =>
    expect(() => applyToOrder(order, change, T0)).toThrow(new IllegalTransitionError(message));
  refused(
    planned,
    { change: 'orderPlanned', order: anOrder() },
    `order ${planned.id} is planned a second time`,
  );
  refused(undefined, ORDER_CHANGES.orderSent, `orderSent: order ${id} is not on record`);
  refused(
    planned,
    ORDER_CHANGES.orderRejected,
    `orderRejected is not allowed for order ${planned.id}, which is planned`,
  );
  refused(topUp, ORDER_CHANGES.orderConfirmed, `order ${topUp.id} tops up ${batchId(2)}, not ${batchId(1)}`);
});

describe('orders', () => {
  it('are retired by a move of their node unless they have ended, and return with their address', () => {
    const away = { from: ADDRESS, to: OTHER_ADDRESS };
    const back = { from: OTHER_ADDRESS, to: ADDRESS };
    for (const held of Object.values(HISTORIES).map((history) => orderAfter(history))) {
      const isFinal = ['confirmed', 'rejected'].includes(held.state);
      const retired = applyMove(held, away);
      expect(retired).toEqual(isFinal ? held : { ...held, retiredAddress: ADDRESS });
      expect(applyMove(retired, back)).toEqual(held);
      expect(applyMove(held, { ...away, from: null })).toBe(held);
      expect(applyMove(retired, { from: OTHER_ADDRESS, to: OTHER_ADDRESS })).toBe(isFinal ? held : retired);
      expect(applyMove(retired, { from: OTHER_ADDRESS, to: THIRD_ADDRESS }), 'it stays with its owner').toBe(
        retired,
      );
      expect(applyMove(held, { from: ADDRESS, to: ADDRESS })).toBe(held);
      expect(applyRetirement(held, ADDRESS)).toEqual(retired);
      expect(applyRetirement(retired, OTHER_ADDRESS), 'it stays with its owner').toBe(retired);
      expect(applyRetirement(held, null)).toEqual(
        isFinal ? held : { ...held, retiredAddress: `0x${'0'.repeat(40)}` },
      );
    }
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
