import { expect, test } from 'vitest';
import { IllegalTransitionError } from '../../src/domain/apply-change.ts';
import type { Change } from '../../src/domain/change.ts';
import { ORDER_STATES, ORDER_TRANSITIONS, type Order, type OrderState } from '../../src/domain/order.ts';
import { plur } from '../../src/domain/units.ts';
import type { Store } from '../../src/store/store.ts';
import { anOrder, aStamp, aTopUp, batchId, hours, NODE, orderId, seconds, T0 } from '../builders.ts';
import { nodeStockOf, stockOf } from '../stock-of.ts';
import type { StoreUnderTest } from './store.ts';
import { plan } from './store-steps.ts';

const id = orderId(1);

/** The change that brings order 1 into a state. */
const INTO: Record<Exclude<OrderState, 'planned'>, Change> = {
  sent: { change: 'orderSent', id },
  unknown: { change: 'orderUnknown', id, cause: 'timeout' },
  confirmed: { change: 'orderConfirmed', id, batchId: batchId(1), txHash: '0xab', atBlock: 1_020 },
  rejected: { change: 'orderRejected', id, cause: 'no funds', refusal: 'OUT_OF_FUNDS' },
  abandoned: { change: 'orderAbandoned', id, cause: 'never seen', atBlock: 1_100 },
};

/** The shortest legal way from planned into a state. */
const WAY: Record<OrderState, readonly Change[]> = {
  planned: [],
  sent: [INTO.sent],
  unknown: [INTO.sent, INTO.unknown],
  confirmed: [INTO.sent, INTO.confirmed],
  rejected: [INTO.sent, INTO.rejected],
  abandoned: [INTO.abandoned],
};

/** A sent order is abandoned only if its request has not left. */
const changeInto = (from: OrderState, into: Exclude<OrderState, 'planned'>): Change =>
  from === 'sent' && into === 'abandoned' ? { change: 'orderNotSent', id, cause: 'too late' } : INTO[into];

/** Every step from state to state there could be, and whether the life table has it. */
const STEPS = ORDER_STATES.flatMap((from) =>
  ORDER_STATES.filter((into) => into !== 'planned').map((into) => ({
    from,
    into,
    legal: ORDER_TRANSITIONS[from].some((state) => state === into),
  })),
);

/** What may be noted of an order beside the steps of its life. */
const NOTE = {
  orderAnswered: { change: 'orderAnswered', id, batchId: batchId(1), txHash: null, atBlock: 1 },
  orderClaimRefuted: { change: 'orderClaimRefuted', id, cause: 'another one' },
  orderOverdue: { change: 'orderOverdue', id, cause: 'not shown' },
} as const satisfies Partial<Record<Change['change'], Change>>;

const CLAIMLESS = [
  ...(['planned', 'confirmed', 'rejected'] as const).map((state) => ({
    state,
    change: 'orderAnswered' as const,
  })),
  ...ORDER_STATES.flatMap((state) => [
    { state, change: 'orderClaimRefuted' as const },
    { state, change: 'orderOverdue' as const },
  ]),
];

const order1 = async (store: Store): Promise<Order | undefined> =>
  (await store.orders({ first: 10, after: null, states: null })).items
    .map(({ item }) => item)
    .find((order) => order.id === id);

export function changingOrders(current: () => StoreUnderTest): void {
  test.for([
    ['purchase', anOrder()],
    ['top-up', aTopUp()],
    ['top-up of an old node, which does not show the value', withoutValue(aTopUp())],
  ] as const)('stores a planned %s unchanged', async ([, order]) => {
    const opened = current();
    const { store } = opened;
    await plan(store, order);
    expect(await order1(await opened.reopen())).toEqual(order);
  });

  test.for([anOrder(), aTopUp()])('keeps what is known in each state of a $kind', async (planned) => {
    const { store } = current();
    const { state: _, ...request } = planned;
    await plan(store, planned);
    await store.write([INTO.sent], seconds(1));
    expect(await order1(store)).toEqual({ ...request, state: 'sent', sentAt: seconds(1), claim: null });
    await store.write([INTO.unknown], seconds(2));
    const unknown = {
      ...request,
      state: 'unknown',
      sentAt: seconds(1),
      claim: null,
      cause: 'timeout',
      noPendingSinceBlock: null,
    };
    expect(await order1(store)).toEqual(unknown);
    await store.write([{ change: 'orderQuiet', id, noPendingSinceBlock: 42 }], seconds(3));
    expect(await order1(store)).toEqual({ ...unknown, noPendingSinceBlock: 42 });
    await store.write([{ change: 'orderQuiet', id, noPendingSinceBlock: null }], seconds(4));
    expect(await order1(store)).toEqual(unknown);
    await store.write([INTO.abandoned], seconds(5));
    expect(await order1(store)).toEqual({
      ...request,
      state: 'abandoned',
      sentAt: seconds(1),
      claim: null,
      endedAt: seconds(5),
      endedAtBlock: 1_100,
      cause: 'never seen',
    });
    await store.write([INTO.confirmed], seconds(6));
    expect(await order1(store)).toEqual({
      ...request,
      state: 'confirmed',
      sentAt: seconds(1),
      endedAt: seconds(6),
      batchId: batchId(1),
      txHash: '0xab',
    });
  });

  test('keeps a confirmation without a transaction hash, and a refusal', async () => {
    const { store } = current();
    const { state: _, ...request } = anOrder();
    await plan(store, anOrder(), anOrder({ n: 2 }));
    await store.write([INTO.sent, INTO.rejected, { change: 'orderSent', id: orderId(2) }], T0);
    await store.write(
      [{ change: 'orderConfirmed', id: orderId(2), batchId: batchId(2), txHash: null, atBlock: 1_020 }],
      T0,
    );
    expect(await order1(store)).toEqual({
      ...request,
      state: 'rejected',
      sentAt: T0,
      endedAt: T0,
      refusal: 'OUT_OF_FUNDS',
      cause: 'no funds',
    });
    const [newest] = (await store.orders({ first: 1, after: null, states: null })).items;
    expect(newest?.item).toMatchObject({ state: 'confirmed', batchId: batchId(2), txHash: null });
  });

  test.for(STEPS.filter(({ legal }) => legal))('$from -> $into is carried out', async ({ from, into }) => {
    const { store } = current();
    await plan(store, anOrder());
    await store.write(WAY[from], T0);
    await store.write([changeInto(from, into)], hours(1));
    expect(await order1(store)).toMatchObject({ state: into });
  });

  test.for(STEPS.filter(({ legal }) => !legal))(
    '$from -> $into is refused, and changes nothing',
    async ({ from, into }) => {
      const { store } = current();
      await plan(store, anOrder());
      await store.write(WAY[from], T0);
      const before = await order1(store);
      await expect(store.write([INTO[into]], hours(1))).rejects.toThrow(IllegalTransitionError);
      expect(await order1(store)).toEqual(before);
    },
  );

  test.for(ORDER_STATES.filter((state) => state !== 'unknown'))(
    'refuses to note of an order that is %s that no transaction is pending',
    async (state) => {
      const { store } = current();
      await plan(store, anOrder());
      await store.write(WAY[state], T0);
      const change = store.write([{ change: 'orderQuiet', id, noPendingSinceBlock: 1 }], T0);
      await expect(change).rejects.toThrow(IllegalTransitionError);
    },
  );

  test.for([anOrder(), aTopUp()])(
    'keeps what Bee has claimed of a $kind until it is shown',
    async (planned) => {
      const { store } = current();
      await plan(store, planned);
      const answered = { change: 'orderAnswered', id, batchId: batchId(1), txHash: '0xab' } as const;
      await store.write([INTO.sent, { ...answered, atBlock: null }], T0);
      const claim = { batchId: batchId(1), txHash: '0xab', atBlock: null, overdue: false, refuted: false };
      expect(await order1(store)).toMatchObject({ state: 'sent', claim });
      await store.write([{ ...answered, atBlock: 1_010 }], T0);
      await store.write([{ change: 'orderOverdue', id, cause: 'not shown' }], T0);
      const overdue = { ...claim, atBlock: 1_010, overdue: true };
      expect(await order1(store)).toMatchObject({ state: 'unknown', cause: 'not shown', claim: overdue });
      await store.write([INTO.abandoned], T0);
      expect(await order1(store)).toMatchObject({ state: 'abandoned', claim: overdue, endedAtBlock: 1_100 });
      await store.write([INTO.confirmed], T0);
      expect(await order1(store)).toMatchObject({ state: 'confirmed', batchId: batchId(1) });
    },
  );

  test.for([
    { state: 'sent', before: [INTO.sent] },
    { state: 'unknown', before: [INTO.sent, INTO.unknown] },
  ] as const)(
    'keeps a claim that is refuted, as refuted, of an order that was $state',
    async ({ before }) => {
      const { store } = current();
      await plan(store, anOrder());
      const answered = {
        change: 'orderAnswered',
        id,
        batchId: batchId(9),
        txHash: '0xab',
        atBlock: 1,
      } as const;
      await store.write([...before, answered, NOTE.orderClaimRefuted], T0);
      expect(await order1(store)).toMatchObject({
        state: 'unknown',
        cause: 'another one',
        claim: { batchId: batchId(9), overdue: false, refuted: true },
      });
      for (const change of [NOTE.orderClaimRefuted, NOTE.orderOverdue])
        await expect(store.write([change], T0)).rejects.toThrow(IllegalTransitionError);
    },
  );

  test.for(CLAIMLESS)(
    'refuses $change of an order that is $state and has no claim',
    async ({ state, change }) => {
      const { store } = current();
      await plan(store, anOrder());
      await store.write(WAY[state], T0);
      await expect(store.write([NOTE[change]], T0)).rejects.toThrow(IllegalTransitionError);
    },
  );

  test('rejects a change of an order that is not on record', async () => {
    await expect(current().store.write([INTO.sent], T0)).rejects.toThrow(IllegalTransitionError);
  });

  test('rejects the confirmation of a top-up with another batch', async () => {
    const { store } = current();
    await plan(store, aTopUp({ of: batchId(2) }));
    await store.write([INTO.sent], T0);
    await expect(store.write([INTO.confirmed], T0)).rejects.toThrow(IllegalTransitionError);
  });

  test('writes all changes of a list, or none', async () => {
    const { store } = current();
    await plan(store, anOrder());
    const list: readonly Change[] = [
      { change: 'orderPlanned', order: anOrder({ n: 2 }) },
      { change: 'stampAdded', stamp: aStamp() },
      INTO.sent,
    ];
    await expect(store.write([...list, INTO.sent], T0)).rejects.toThrow(IllegalTransitionError);
    expect(await nodeStockOf(store, NODE)).toMatchObject({
      stamps: [],
      openOrders: [anOrder()],
      abandonedOrders: [],
    });
    await store.write(list, T0);
    expect((await nodeStockOf(store, NODE)).stamps).toEqual([aStamp()]);
  });

  test('rejects a second purchase with the key of an earlier one, in any state', async () => {
    const { store } = current();
    await plan(store, anOrder({ n: 1, amount: 5n }));
    await store.write(WAY.abandoned, T0);
    await expect(plan(store, anOrder({ n: 2, amount: 5n }))).rejects.toThrow(/unique/i);
    expect((await store.orders({ first: 10, after: null, states: null })).items).toHaveLength(1);
  });

  test('accepts the same amount for another depth, and for a top-up', async () => {
    const { store } = current();
    await plan(store, anOrder({ n: 1, amount: 5n }), anOrder({ n: 2, amount: 5n, depth: 20 }));
    await plan(store, aTopUp({ n: 3, amount: 5n }), aTopUp({ n: 4, amount: 5n }));
    expect((await stockOf(store)).openOrders).toHaveLength(4);
  });

  test('stores an amount that exceeds 64 bits', async () => {
    const { store } = current();
    const amount = plur(2n ** 200n + 1n);
    await plan(store, { ...anOrder(), amount, cost: plur(amount << 17n) });
    expect(await order1(store)).toMatchObject({ amount, cost: amount << 17n });
  });
}

const withoutValue = (order: ReturnType<typeof aTopUp>): ReturnType<typeof aTopUp> =>
  order.kind === 'topUp' ? { ...order, before: { ...order.before, value: null } } : order;
