import { expect, test } from 'vitest';
import type { Condition } from '../../src/domain/condition.ts';
import { afterAttempt, type Delivery, queuedAgain } from '../../src/domain/webhook-delivery.ts';
import { BadCursorError } from '../../src/store/store.ts';
import {
  anOrder,
  aPropagatingStamp,
  aStamp,
  aTopUp,
  batchId,
  hours,
  orderId,
  seconds,
  T0,
} from '../builders.ts';
import type { StoreUnderTest } from './store.ts';

const low = (state: 'low' | 'ok', depth = 17): Condition => ({
  kind: 'reserve',
  subject: String(depth),
  state,
  event: {
    type: state === 'low' ? 'reserve.low' : 'reserve.ok',
    data: { depth, size: 'small', available: 0, target: 1 },
  },
});

const ALL = { first: 100, after: null, statuses: null };

export function keepingWebhooks(current: () => StoreUnderTest<'outbox'>): void {
  const typesOf = async (): Promise<readonly string[]> =>
    (await current().store.outbox.deliveries(ALL)).items.map(({ item }) => item.type).toReversed();

  test('is written with the state that it reports, once per change of the state, also over a restart', async () => {
    const opened = current();
    for (const condition of [low('ok'), low('low'), low('low'), low('low', 20), low('ok')])
      await opened.store.outbox.report([condition], T0);
    expect(await typesOf()).toEqual(['reserve.low', 'reserve.low', 'reserve.ok']);
    const { outbox } = await opened.reopen();
    expect([...(await outbox.reported()).values()]).toEqual([
      { kind: 'reserve', subject: '20', state: 'low' },
    ]);
    await outbox.report([low('low', 20)], seconds(1));
    expect(await outbox.waitingCount()).toBe(3);
  });

  test('is not written for a state without an event, which is kept all the same', async () => {
    const { outbox } = current().store;
    await outbox.report([{ ...low('low'), event: null }], T0);
    expect([await typesOf(), (await outbox.reported()).size]).toEqual([[], 1]);
  });

  test('waits with its body and an id that grows, and is first if its next attempt is', async () => {
    const { outbox } = current().store;
    const added: Delivery[] = [];
    for (let n = 0; n < 3; n++) added.push(await outbox.add({ type: 'webhook.test', data: {} }, seconds(n)));
    const [first, second, third] = added;
    if (!first || !second || !third) throw new Error('nothing was added');
    expect(first).toMatchObject({
      type: 'webhook.test',
      body: `{"type":"webhook.test","timestamp":"${T0.toISOString()}","data":{}}`,
      status: 'waiting',
      attempts: 0,
      queuedAt: T0,
      nextAttemptAt: T0,
    });
    expect(first.id < second.id && second.id < third.id).toBe(true);
    const failed = afterAttempt(first, { is: 'failed', error: 'it answered 500' }, seconds(9));
    await outbox.save(failed);
    expect(await outbox.waiting(9, seconds(9))).toEqual([second, third, failed]);
    expect(await outbox.waiting(1, seconds(9))).toEqual([second]);
    await outbox.retryAll(seconds(10));
    expect(await outbox.waiting(1, seconds(9))).toEqual([{ ...failed, nextAttemptAt: seconds(10) }]);
  });

  test('that is claimed leaves its place in the list to the next one that waits', async () => {
    const { outbox } = current().store;
    const ids: string[] = [];
    for (const n of [1, 2, 3, 4, 5])
      ids.push((await outbox.add({ type: 'webhook.test', data: {} }, seconds(n))).id);
    const [first = '', second, third, fourth = ''] = ids;
    for (const id of [first, fourth]) expect(await outbox.claim(id, { at: T0, ttlMs: 60_000 })).toBe(true);
    const shown = async (limit: number) => (await outbox.waiting(limit, seconds(9))).map(({ id }) => id);
    expect([await shown(1), await shown(2), await shown(9)]).toEqual([
      [second],
      [second, third],
      [second, third, ids[4]],
    ]);
  });

  test('is claimed by one sender, until its attempt is recorded or the claim ends', async () => {
    const opened = current();
    const { outbox } = opened.store;
    const event = { type: 'webhook.test', data: {} } as const;
    const [first, second] = [await outbox.add(event, T0), await outbox.add(event, T0)];
    const claim = { at: T0, ttlMs: 60_000 };
    const claims = await Promise.all([1, 2, 3].map(() => outbox.claim(first.id, claim)));
    expect(claims.filter(Boolean)).toHaveLength(1);
    const seen = async (): Promise<readonly string[]> =>
      (await outbox.waiting(9, T0)).map(({ id }) => id).toSorted();
    expect([await seen(), await outbox.waitingCount()]).toEqual([[second.id], 2]);
    await outbox.retryAll(T0);
    await outbox.queueAgain(queuedAgain(first, seconds(1)));
    expect([await seen(), await outbox.claim(first.id, claim)]).toEqual([[second.id], false]);
    await outbox.save(afterAttempt(first, { is: 'failed', error: 'it answered 500' }, T0));
    expect(await seen()).toEqual([first.id, second.id]);
    expect(await outbox.claim(second.id, { at: T0, ttlMs: 0 })).toBe(true);
    expect(await seen()).toEqual([first.id, second.id]);
    expect(await outbox.waiting(1, T0)).toHaveLength(1); // also if a claim has ended that is not forgotten
  });

  test('is not claimed after it has ended, by a sender that read it before', async () => {
    const { outbox } = current().store;
    const claim = { at: T0, ttlMs: 60_000 };
    const added = await outbox.add({ type: 'webhook.test', data: {} }, T0);
    await outbox.save(afterAttempt(added, { is: 'accepted' }, T0));
    expect(await outbox.claim(added.id, claim)).toBe(false);
    await outbox.queueAgain(queuedAgain(added, seconds(1)));
    expect([await outbox.claim(added.id, claim), await outbox.claim('another', claim)]).toEqual([
      true,
      false,
    ]);
  });

  test('is kept when it has ended, and is sent again under its id', async () => {
    const opened = current();
    const { outbox } = opened.store;
    const delivered = afterAttempt(
      await outbox.add({ type: 'webhook.test', data: {} }, T0),
      { is: 'accepted' },
      seconds(1),
    );
    await outbox.save(delivered);
    expect([await outbox.waiting(9, seconds(9)), await outbox.waitingCount()]).toEqual([[], 0]);
    const reopened = (await opened.reopen()).outbox;
    expect(await reopened.delivery(delivered.id)).toEqual(delivered);
    expect(await reopened.delivery('another')).toBeUndefined();
    await reopened.queueAgain(queuedAgain(delivered, seconds(5)));
    expect(await reopened.waiting(9, seconds(9))).toEqual([
      { ...delivered, ...queuedAgain(delivered, seconds(5)) },
    ]);
  });

  test('is listed newest first, by status, in pages', async () => {
    const { outbox } = current().store;
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) {
      const added = await outbox.add({ type: 'webhook.test', data: {} }, T0);
      ids.unshift(added.id);
      if (n % 2 === 0) await outbox.save(afterAttempt(added, { is: 'accepted' }, T0));
    }
    const page = await outbox.deliveries({ ...ALL, first: 3 });
    expect([page.items.map(({ item }) => item.id), page.hasNextPage]).toEqual([ids.slice(0, 3), true]);
    const after = page.items.at(-1)?.cursor ?? '';
    const rest = await outbox.deliveries({ ...ALL, after });
    expect([rest.items.map(({ item }) => item.id), rest.hasNextPage]).toEqual([ids.slice(3), false]);
    const waiting = await outbox.deliveries({ ...ALL, statuses: ['waiting'] });
    expect(waiting.items.map(({ item }) => item.id)).toEqual([ids[1], ids[3]]);
    await expect(outbox.deliveries({ ...ALL, after: 'nonsense' })).rejects.toThrow(BadCursorError);
  });

  test('is pruned a month after it has ended; a waiting one never is', async () => {
    const { outbox } = current().store;
    const event = { type: 'webhook.test', data: {} } as const;
    await outbox.save(afterAttempt(await outbox.add(event, T0), { is: 'accepted' }, T0));
    const waiting = await outbox.add(event, T0);
    const inTime = await outbox.add(event, hours(24 * 30));
    expect((await outbox.deliveries(ALL)).items).toHaveLength(3);
    const newest = await outbox.add(event, hours(24 * 31));
    const { items } = await outbox.deliveries(ALL);
    expect(items.map(({ item }) => item.id)).toEqual([newest.id, inTime.id, waiting.id]);
  });

  test('has a first comparison, whose time stays', async () => {
    const opened = current();
    expect(await opened.store.outbox.reportingSince(T0)).toEqual(T0);
    expect(await (await opened.reopen()).outbox.reportingSince(hours(5))).toEqual(T0);
  });
}

/** What of the orders and stamps the webhooks are about. */
export function beingAboutTrouble(current: () => StoreUnderTest): void {
  test('can be about purchases of unknown outcome, and those that failed lately', async () => {
    const { store } = current();
    await store.write(
      [
        ...[1, 2, 3, 4, 5].map((n) => ({ change: 'orderPlanned' as const, order: anOrder({ n }) })),
        { change: 'orderPlanned', order: aTopUp({ n: 6 }) },
        ...[1, 2, 3, 6].map((n) => ({ change: 'orderSent' as const, id: orderId(n) })),
        { change: 'orderUnknown', id: orderId(1), cause: 'timeout' },
        { change: 'orderRejected', id: orderId(2), cause: 'no', refusal: 'OUT_OF_FUNDS' },
        { change: 'orderUnknown', id: orderId(6), cause: 'timeout' },
      ],
      seconds(1),
    );
    await store.write([{ change: 'orderAbandoned', id: orderId(4), cause: 'unsent', atBlock: null }], T0);
    const purchases = await store.outbox.troubledPurchases(seconds(1), 10);
    expect(purchases).toMatchObject([
      { id: orderId(1), state: 'unknown', cause: 'timeout' },
      { id: orderId(2), state: 'rejected', refusal: 'OUT_OF_FUNDS' },
    ]);
    expect(await store.outbox.troubledPurchases(T0, 2)).toHaveLength(2);
  });

  test('can be about live stamps that an observation has withheld', async () => {
    const { store } = current();
    const stamps = [
      aStamp({ n: 1 }),
      aStamp({ n: 2, withheld: 'missing', missingSinceBlock: 1 }),
      aPropagatingStamp({ n: 3, withheld: 'lost', missingSinceBlock: 1 }),
      aStamp({ n: 4, withheld: 'in_use' }),
    ];
    await store.write(
      [
        ...stamps.map((stamp) => ({ change: 'stampAdded' as const, stamp })),
        { change: 'stampExpired', batchId: batchId(4) },
      ],
      T0,
    );
    expect(await store.outbox.withheldStamps(9)).toEqual([stamps[1], stamps[2]]);
    expect(await store.outbox.withheldStamps(1)).toEqual([stamps[1]]);
  });
}
