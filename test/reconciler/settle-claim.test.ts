import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyToOrder } from '../../src/domain/apply-change.ts';
import type { Change, OrderChange } from '../../src/domain/change.ts';
import type { SeenStamp } from '../../src/domain/observation.ts';
import {
  type Claim,
  isOpen,
  newOrderRecord,
  type OrderRecord,
  type OrderState,
  orderOf,
} from '../../src/domain/order.ts';
import { type BatchId, depth, plur } from '../../src/domain/units.ts';
import type { Answer } from '../../src/reconciler/in-flight.ts';
import { settleAnswer } from '../../src/reconciler/settle-answer.ts';
import { anOrder, aStamp, aTopUp, batchId, orderId, T0 } from '../builders.ts';
import {
  abandoned,
  aClaim,
  batchOf,
  minedLongBefore,
  SYNCED,
  seenOf,
  sent,
  settle,
  settleInput,
  TIP,
  unknown,
} from './plan-input.ts';

type Stock = Parameters<typeof settleInput>[0];
const settled = (claim: Claim, stamps = [batchOf()], stock: Stock = {}) =>
  settle(settleInput({ openOrders: [sent(anOrder(), claim)], ...stock }, { stamps }));
const codes = ({ incidents }: ReturnType<typeof settle>): string[] => incidents.map(({ code }) => code);
/** A batch with the order's amount that Bee has not named. */
const ANOTHER = { ...batchOf(), batchId: batchId(8) };

describe('a claimed purchase', () => {
  it('is settled by the batch that Bee named, with its transaction, without an incident', () => {
    const { changes, incidents, recovered } = settled(aClaim(TIP));
    expect(changes[0]).toEqual({
      change: 'orderConfirmed',
      id: orderId(1),
      batchId: batchId(9),
      txHash: '0xab',
      atBlock: SYNCED,
    });
    expect([incidents, recovered]).toEqual([[], 0]);
  });

  it('is settled by the batch that Bee named if a foreign one has the same amount, which is reported', () => {
    const settlement = settled(aClaim(TIP), [ANOTHER, batchOf()]);
    expect(settlement.changes[0]).toMatchObject({ change: 'orderConfirmed', batchId: batchId(9) });
    expect(settlement.incidents).toMatchObject([{ code: 'PURCHASE_AMBIGUOUS', subject: batchId(8) }]);
  });

  it('waits for the batch that Bee named until it should be listed, and then accepts another with its amount', () => {
    expect(settled(aClaim(SYNCED - 14), [ANOTHER]).changes).toEqual([]);
    const settlement = settled(aClaim(SYNCED - 15, { overdue: true }), [ANOTHER]);
    expect(settlement.changes[0]).toMatchObject({ batchId: batchId(8), txHash: null });
    expect(settlement.incidents).toMatchObject([
      { code: 'PURCHASE_AMBIGUOUS', subject: batchId(9), detail: expect.stringContaining(batchId(8)) },
    ]);
    expect(settlement.recovered).toBe(1);
  });

  it('that was abandoned is settled by any batch with its amount', () => {
    for (const overdue of [false, true]) {
      const order = abandoned(anOrder(), { claim: aClaim(SYNCED - 1, { overdue }) });
      const { changes } = settle(settleInput({ abandonedOrders: [order] }, { stamps: [ANOTHER] }));
      expect(changes[0]).toMatchObject({ change: 'orderConfirmed', batchId: batchId(8), txHash: null });
    }
  });

  it('that was abandoned is not refuted by what its batch turns out to be', () => {
    const order = abandoned(anOrder(), { claim: aClaim(SYNCED - 1) });
    const shown = { ...batchOf(), amount: plur(5n) };
    expect(settle(settleInput({ abandonedOrders: [order] }, { stamps: [shown] }))).toMatchObject({
      changes: [],
      incidents: [],
    });
  });

  it('of an abandoned order counts from the first head of the chain that could be read', () => {
    const answered = (atBlock: number | null) =>
      settle(settleInput({ abandonedOrders: [abandoned(anOrder(), { claim: aClaim(atBlock) })] })).changes;
    const dated = {
      change: 'orderAnswered',
      id: orderId(1),
      batchId: batchId(9),
      txHash: '0xab',
      atBlock: TIP,
    };
    expect([answered(null), answered(TIP + 1), answered(TIP)]).toEqual([[dated], [dated], []]);
    expect(settle(settleInput({ abandonedOrders: [abandoned(anOrder())] })).changes).toEqual([]);
  });

  it('is settled at once by a batch with its label, even if Bee named another', () => {
    const labelled = { ...ANOTHER, label: orderId(1) };
    expect(settled(aClaim(TIP), [labelled]).changes[0]).toMatchObject({ batchId: batchId(8) });
  });

  it.each([
    ['has another amount', { amount: plur(1n) }],
    ['has a larger amount and not its label', { amount: plur(anOrder().amount + 5n) }],
    ['is smaller', { depth: depth(17) }],
    ['was mined a day before the order was planned', minedLongBefore(anOrder())],
  ])('is unknown if the batch that Bee named %s, which is reported', (_what, wishes) => {
    const order = anOrder({ depth: 18 });
    const { changes, incidents } = settle(
      settleInput({ openOrders: [sent(order, aClaim(TIP))] }, { stamps: [batchOf(order, wishes)] }),
    );
    expect(changes).toMatchObject([{ change: 'orderClaimRefuted', id: orderId(1) }]);
    expect(incidents).toMatchObject([
      { code: 'PURCHASE_UNKNOWN', subject: orderId(1), detail: expect.stringContaining(batchId(9)) },
    ]);
  });

  it('is unknown if the batch that Bee named was in the pool, and its own batch is found by its amount', () => {
    const rest = { pooledIds: new Set([batchId(9)]) };
    const given = { openOrders: [sent(anOrder(), aClaim(TIP))] };
    expect(settle(settleInput(given, {}, rest)).changes).toMatchObject([{ change: 'orderClaimRefuted' }]);
    const found = settle(settleInput(given, { stamps: [ANOTHER] }, rest));
    expect(found.changes[0]).toMatchObject({ change: 'orderConfirmed', batchId: batchId(8) });
    expect(found.incidents).toMatchObject([{ code: 'PURCHASE_AMBIGUOUS', subject: batchId(9) }]);
  });

  it('is abandoned like one without an answer if the claim was refuted', () => {
    const refuted = aClaim(SYNCED - 60, { refuted: true });
    const given = (quiet: number) =>
      settle(settleInput({ openOrders: [unknown(anOrder(), quiet, refuted)] })).changes;
    expect(given(SYNCED - 44)).toEqual([]);
    expect(given(SYNCED - 45)).toMatchObject([{ change: 'orderAbandoned' }]);
  });

  it('that was refuted is refuted once, and abandoned also if the batch that Bee named is listed or was in the pool', () => {
    const refuted = aClaim(SYNCED - 60, { refuted: true });
    const given = (stamps: readonly SeenStamp[], pooledIds = new Set<BatchId>()) =>
      settle(
        settleInput({ openOrders: [unknown(anOrder(), SYNCED - 45, refuted)] }, { stamps }, { pooledIds }),
      ).changes;
    expect(given([{ ...batchOf(), amount: plur(1n) }])).toMatchObject([{ change: 'orderAbandoned' }]);
    expect(given([], new Set([batchId(9)]))).toMatchObject([{ change: 'orderAbandoned' }]);
  });

  it('that was refuted waits for no other batch: one with its amount confirms the order', () => {
    const order = unknown(anOrder(), null, aClaim(TIP, { refuted: true }));
    expect(settle(settleInput({ openOrders: [order] }, { stamps: [ANOTHER] })).changes[0]).toMatchObject({
      change: 'orderConfirmed',
      batchId: batchId(8),
      txHash: null,
    });
  });

  it('does not share a batch with another order', () => {
    const openOrders = [1, 2].map((n) => ({
      ...sent(anOrder({ n, amount: 7n }), aClaim(TIP)),
      amount: plur(7n),
    }));
    const { changes } = settle(
      settleInput({ openOrders }, { stamps: [batchOf(anOrder(), { amount: plur(7n) })] }),
    );
    expect(changes.map(({ change }) => change)).toEqual([
      'orderConfirmed',
      'stampAdded',
      'orderClaimRefuted',
      'stampAvailable',
    ]);
  });

  it('is overdue, with an incident, if the node should have listed it', () => {
    expect(settled(aClaim(null), []).changes).toMatchObject([{ change: 'orderAnswered', atBlock: TIP }]);
    expect(settled(aClaim(SYNCED - 14), [])).toMatchObject({ changes: [], incidents: [] });
    const first = settled(aClaim(SYNCED - 15), []);
    expect(first.changes).toMatchObject([{ change: 'orderOverdue', id: orderId(1) }]);
    expect(codes(first)).toEqual(['PURCHASE_NOT_SHOWN']);
    expect(first.incidents).toMatchObject([
      {
        code: 'PURCHASE_NOT_SHOWN',
        subject: orderId(1),
        detail: expect.stringContaining(`${batchId(9)} was bought`),
      },
    ]);
    expect(settled(aClaim(SYNCED - 5_000, { overdue: true }), [])).toMatchObject({
      changes: [],
      incidents: [],
    });
  });

  it.each([
    [0, 17_280],
    [1, 7 * 17_280],
    [2, 49 * 17_280],
  ])('is abandoned, after %i like it in a row, %i blocks after the answer', (before, blocks) => {
    const stock = {
      abandonedOrders: [
        ...Array.from({ length: before }, (_, n) =>
          abandoned(anOrder({ n: n + 2, amount: BigInt(n) }), { endedAtBlock: 1_500, claim: aClaim(1_400) }),
        ),
        abandoned(anOrder({ n: 20, amount: 20n }), { endedAtBlock: 1_200, claim: aClaim(1_100) }),
        abandoned(anOrder({ n: 21, amount: 21n }), { endedAtBlock: 1_500 }),
      ],
      lastShown: { purchaseBlock: 1_200, topUps: new Map() },
    };
    const after = (waited: number) => settled(aClaim(SYNCED - waited, { overdue: true }), [], stock);
    expect(after(blocks - 1).changes).toEqual([]);
    expect(settled(aClaim(SYNCED - blocks), [], stock).changes).toMatchObject([{ change: 'orderOverdue' }]);
    expect(after(blocks)).toMatchObject({
      changes: [{ change: 'orderAbandoned', atBlock: SYNCED, cause: expect.stringContaining(batchId(9)) }],
      incidents: [{ code: 'PURCHASE_ABANDONED' }],
    });
  });

  it('of a top-up is abandoned after a day, if its stamp has left the pool, whatever others are topped up', () => {
    const overdue = (waited: number) => aClaim(SYNCED - waited, { overdue: true });
    const after = (waited: number, inPool: number) => {
      const topUp = { ...sent(aTopUp({ of: batchId(1) })), claim: overdue(waited) };
      const another = abandoned(aTopUp({ n: 2, of: batchId(2) }));
      const stamps = [aStamp({ n: inPool })];
      const stock = { openOrders: [topUp], abandonedOrders: [another], stamps };
      return codes(settle(settleInput(stock, { stamps: stamps.map((stamp) => seenOf(stamp)) })));
    };
    expect([after(17_279, 2), after(17_280, 2)]).toEqual([[], ['TOP_UP_ABANDONED']]);
    expect(after(100_000, 1)).toEqual([]);
  });

  it('is not abandoned while a transaction is pending', () => {
    const openOrders = [unknown(anOrder(), null, aClaim(SYNCED - 20_000, { overdue: true }))];
    const pendingPostage = ['Postage batch creation'];
    expect(settle(settleInput({ openOrders }, { pendingPostage })).changes).toEqual([]);
  });
});

const answerArb: fc.Arbitrary<Answer> = fc.oneof(
  fc.constantFrom(8, 9).map((n) => ({ is: 'bought', batchId: batchId(n), txHash: '0x1' }) as const),
  fc
    .constantFrom('BUSY', 'SYNCING', 'UNREACHABLE', 'OUT_OF_FUNDS', 'BAD_REQUEST', 'CHAIN_DISABLED')
    .map((code) => ({ is: 'refused', code, message: 'no' }) as const),
  fc.constant({ is: 'unknown', cause: 'reset' } as const),
);
const observationArb = fc.record({
  mined: fc.boolean(),
  pending: fc.boolean(),
  blocks: fc.oneof(fc.integer({ min: 0, max: 60 }), fc.constant(20_000)),
  /** An answer that arrives after the pool stopped waiting. */
  late: fc.option(answerArb),
});

/** An order as a store would keep it. */
class Life {
  #record: OrderRecord = applyToOrder(
    newOrderRecord(anOrder()),
    { change: 'orderSent', id: anOrder().id },
    T0,
  );

  get state(): OrderState {
    return this.#record.state;
  }

  follow(changes: readonly Change[]): void {
    for (const change of changes)
      if (isOrderChange(change)) this.#record = applyToOrder(this.#record, change, T0);
  }

  stock(): Stock {
    const order = orderOf(this.#record);
    return {
      openOrders: isOpen(order) ? [order] : [],
      abandonedOrders: order.state === 'abandoned' ? [order] : [],
    };
  }
}

const isOrderChange = (change: Change): change is OrderChange => change.change.startsWith('order');

it('an order follows its life table in every history of answers and observations, and is confirmed only if listed', () => {
  const living = (): void =>
    fc.assert(
      fc.property(
        fc.option(answerArb),
        fc.array(observationArb, { maxLength: 12 }),
        (answer, observations) => {
          const order = sent(anOrder());
          const life = new Life();
          let block = SYNCED;
          const follow = (changes: readonly Change[], mined: boolean): void => {
            life.follow(changes);
            if (changes.some(({ change }) => change === 'orderConfirmed') && !mined)
              throw new Error('it is confirmed without being listed');
          };
          follow(
            answer
              ? settleAnswer({ order, answer }, { state: 'sent', tip: TIP }).changes
              : [{ change: 'orderUnknown', id: order.id, cause: 'killed' }],
            false,
          );
          for (const { mined, pending, blocks, late } of observations) {
            block += blocks;
            if (late && life.state !== 'sent')
              follow(settleAnswer({ order, answer: late }, { state: life.state, tip: block }).changes, false);
            const pendingPostage = pending ? ['Postage batch creation'] : [];
            const observed = { block, stamps: mined ? [batchOf()] : [], pendingPostage };
            follow(settle(settleInput(life.stock(), observed)).changes, mined);
          }
        },
      ),
      { numRuns: 500 },
    );
  expect(living).not.toThrow();
});
