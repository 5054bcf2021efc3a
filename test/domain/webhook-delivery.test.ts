import { array, assert, nat, property } from 'fast-check';
import { expect, test } from 'vitest';
import {
  afterAttempt,
  type Delivery,
  type DeliveryStatus,
  isDue,
  newDelivery,
  queuedAgain,
} from '../../src/domain/webhook-delivery.ts';
import { seconds, T0 } from '../builders.ts';

const created = newDelivery('id', { type: 'webhook.test', data: {} }, T0);

/** All attempts of a webhook whose receiver takes this number of seconds for each answer, which is an error. */
function failAlways(answerSeconds: number): { readonly ended: Delivery; readonly waits: readonly number[] } {
  const waits: number[] = [];
  let delivery = created;
  while (delivery.nextAttemptAt) {
    const endedAt = new Date(delivery.nextAttemptAt.getTime() + answerSeconds * 1000);
    delivery = afterAttempt(delivery, { is: 'failed', error: 'no' }, endedAt);
    if (delivery.nextAttemptAt) waits.push((delivery.nextAttemptAt.getTime() - endedAt.getTime()) / 1000);
  }
  return { ended: delivery, waits };
}

test('waits for its first attempt from the beginning, with the event and its time as its body', () => {
  const { body, ...others } = created;
  expect(JSON.parse(body)).toEqual({ type: 'webhook.test', timestamp: T0.toISOString(), data: {} });
  expect(others).toEqual({
    id: 'id',
    type: 'webhook.test',
    createdAt: T0,
    status: 'waiting',
    attempts: 0,
    queuedAt: T0,
    nextAttemptAt: T0,
    lastAttemptAt: null,
    lastError: null,
  });
});

test('is sent again after 5 s, then twice as long, at most 5 minutes, for three days', () => {
  for (const answerSeconds of [0, 10]) {
    const { ended, waits } = failAlways(answerSeconds);
    expect(waits.slice(0, 8)).toEqual([5, 10, 20, 40, 80, 160, 300, 300]);
    expect(new Set(waits.slice(6))).toEqual(new Set([300]));
    expect(ended).toMatchObject({ status: 'given_up', attempts: waits.length + 1, lastError: 'no' });
    const lastedSeconds = ((ended.lastAttemptAt?.getTime() ?? 0) - T0.getTime()) / 1000;
    expect(lastedSeconds).toBeGreaterThanOrEqual(72 * 3600);
    expect(lastedSeconds).toBeLessThanOrEqual(72 * 3600 + 300 + answerSeconds);
  }
});

test('is not due any more when it has ended', () => {
  const { ended } = failAlways(0);
  expect(isDue(ended, seconds(30 * 86_400))).toBe(false);
  expect(isDue(created, T0)).toBe(true);
});

test('keeps its id and body over any attempts, and waits until one is accepted', () => {
  assert(
    property(array(nat(10_000), { maxLength: 50 }), (pauses) => {
      let delivery = created;
      let at = 0;
      for (const pause of pauses) {
        at += pause;
        delivery = afterAttempt(delivery, { is: 'failed', error: 'no' }, seconds(at));
      }
      const accepted = afterAttempt(delivery, { is: 'accepted' }, seconds(at));
      expect([delivery.id, delivery.body, delivery.attempts]).toEqual(['id', created.body, pauses.length]);
      expect(delivery.status === 'waiting').toBe(delivery.nextAttemptAt !== null);
      expect(accepted).toMatchObject({ status: 'delivered', nextAttemptAt: null, lastError: null });
    }),
  );
});

test('is due from its next attempt on, and if the clock was set back', () => {
  const failed = afterAttempt(created, { is: 'failed', error: 'no' }, T0);
  expect([0, 4.999, 5, 5_000, -294, -295, -296].map((at) => isDue(failed, seconds(at)))).toEqual([
    false,
    false,
    true,
    true,
    false,
    false,
    true,
  ]);
});

test('is given up by the first attempt that ends three days after it was queued, and queued again as new', () => {
  const failedAfter = (second: number): Delivery =>
    afterAttempt(created, { is: 'failed', error: 'no' }, seconds(second));
  const threeDays = 3 * 86_400;
  expect([threeDays - 0.001, threeDays].map((second): DeliveryStatus => failedAfter(second).status)).toEqual([
    'waiting',
    'given_up',
  ]);
  const again = queuedAgain(failedAfter(threeDays), seconds(threeDays + 60));
  expect(again).toEqual({
    ...failedAfter(threeDays),
    status: 'waiting',
    attempts: 0,
    queuedAt: seconds(threeDays + 60),
    nextAttemptAt: seconds(threeDays + 60),
  });
});
