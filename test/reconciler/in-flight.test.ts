import { describe, expect, it } from 'vitest';
import type { BuyOutcome } from '../../src/bee/bee.ts';
import type { SentOrder } from '../../src/domain/order.ts';
import { InFlight } from '../../src/reconciler/in-flight.ts';
import { anOrder, orderId } from '../builders.ts';
import { sent } from './plan-input.ts';

const order = (n: number): SentOrder => sent(anOrder({ n }));
const REJECTED: BuyOutcome = { is: 'unknown', cause: 'an answer' };
const HALF_AN_HOUR_MS = 30 * 60_000;

/** One request after the other, each of which is answered later than the pool waits. */
async function lateAnswers(count: number): Promise<InFlight> {
  const answers: (() => void)[] = [];
  let arrived = 0;
  const all = Promise.withResolvers<void>();
  const inFlight = new InFlight(
    () => ++arrived === count && all.resolve(),
    (_order, error) => all.reject(error),
  );
  for (let n = 1; n <= count; n++) {
    const { promise, resolve } = Promise.withResolvers<BuyOutcome>();
    answers.push(() => resolve(REJECTED));
    inFlight.start(order(n), 0, () => promise);
    inFlight.forget(orderId(n));
  }
  for (const answer of answers) answer();
  await all.promise;
  return inFlight;
}

describe('the request that is under way', () => {
  it('is not waited for longer than half an hour', () => {
    const inFlight = new InFlight(
      () => {},
      () => {},
    );
    inFlight.start(order(1), 5, () => new Promise(() => {}));
    expect(inFlight.peek(5 + HALF_AN_HOUR_MS - 1)).toBeNull();
    expect(inFlight.peek(5 + HALF_AN_HOUR_MS)).toEqual({
      order: order(1),
      answer: { is: 'unknown', cause: 'no answer within 30 minutes' },
    });
    expect(inFlight.busy).toBe(true);
  });

  it('is the only one: another may start when it is forgotten', async () => {
    let answers = 0;
    const inFlight = new InFlight(
      () => void (answers += 1),
      () => {},
    );
    expect([inFlight.busy, inFlight.peek(0), inFlight.awaits(orderId(1))]).toEqual([false, null, false]);
    inFlight.start(order(1), 0, async () => REJECTED);
    expect(() => inFlight.start(order(2), 0, async () => REJECTED)).toThrow(/is under way/);
    expect(inFlight.isOwn(orderId(2))).toBe(false);
    await new Promise(setImmediate);
    expect([answers, inFlight.busy, inFlight.awaits(orderId(1))]).toEqual([1, true, true]);
    expect(inFlight.peek(HALF_AN_HOUR_MS)).toEqual({ order: order(1), answer: REJECTED });
    inFlight.forget(orderId(2));
    expect(inFlight.busy).toBe(true);
    inFlight.forget(orderId(1));
    expect([inFlight.busy, inFlight.peek(0), inFlight.awaits(orderId(1))]).toEqual([false, null, false]);
    inFlight.start(order(2), 0, async () => REJECTED);
    expect(inFlight.awaits(orderId(2))).toBe(true);
  });

  it('has an unknown outcome if it ends with an exception, which is reported with a bounded cause', async () => {
    const events: unknown[] = [];
    const inFlight = new InFlight(
      () => events.push(inFlight.peek(0)),
      (of, error) => events.push(of, error),
    );
    const bug = new TypeError('x'.repeat(1_000));
    inFlight.start(order(1), 0, () => Promise.reject(bug));
    await new Promise(setImmediate);
    const cause = `an internal error: ${'x'.repeat(500)}`;
    expect(events).toEqual([order(1), bug, { order: order(1), answer: { is: 'unknown', cause } }]);
  });

  it('keeps each late answer until its own order is forgotten', async () => {
    const inFlight = await lateAnswers(2);
    inFlight.forget(orderId(3));
    expect([1, 2, 3].map((n) => inFlight.awaits(orderId(n)))).toEqual([true, true, false]);
    inFlight.forget(orderId(1));
    expect(inFlight.peek(0)).toEqual({ order: order(2), answer: REJECTED });
    expect([1, 2].map((n) => inFlight.awaits(orderId(n)))).toEqual([false, true]);
    expect(inFlight.busy).toBe(true);
    inFlight.forget(orderId(2));
    expect(inFlight.busy).toBe(false);
  });

  it('ends once: when it is answered, or settled before; a late answer ends it again', async () => {
    const inFlight = await lateAnswers(1);
    expect(inFlight.ended).toBe(2);
    inFlight.forget(orderId(1));
    const { promise, resolve } = Promise.withResolvers<BuyOutcome>();
    inFlight.start(order(2), 0, () => promise);
    expect(inFlight.ended).toBe(2);
    resolve(REJECTED);
    await new Promise(setImmediate);
    expect(inFlight.ended).toBe(3);
    inFlight.forget(orderId(2));
    expect(inFlight.ended).toBe(3);
  });

  it('is remembered as that of this process for the last hundred orders', async () => {
    const inFlight = await lateAnswers(101);
    expect([1, 2, 101, 102].map((n) => inFlight.isOwn(orderId(n)))).toEqual([false, true, true, false]);
  });
});
