import { describe, expect, it, vi } from 'vitest';
import { ExpiryClock } from '../../src/signals/expiry-clock.ts';
import { T0 } from '../builders.ts';

const HOUR_MS = 3_600_000;

/** An expiry clock over a machine whose clocks can be set. */
function machine(serverTime: Date | null = null) {
  const time = { wallMs: T0.getTime(), monotonicMs: 77 };
  const clock = { now: () => new Date(time.wallMs), monotonicMs: () => time.monotonicMs };
  const expiryClock = new ExpiryClock(clock, serverTime);
  const hours = (): number => (expiryClock.now().getTime() - T0.getTime()) / HOUR_MS;
  return { time, expiryClock, hours };
}

describe('the time that expiries are compared with', () => {
  it('starts at the wall-clock time, and follows the monotonic clock when the wall clock is set', () => {
    const { time, hours } = machine();
    expect(hours()).toBe(0);
    time.monotonicMs += HOUR_MS;
    time.wallMs += 900 * HOUR_MS;
    expect(hours()).toBe(1);
    time.wallMs -= 1_900 * HOUR_MS;
    expect(hours()).toBe(1);
  });

  it('is that of the database server, if several processes compare the same expiries: no process moves them', async () => {
    const { time, expiryClock, hours } = machine(new Date(T0.getTime() + 2 * HOUR_MS));
    expect(hours()).toBe(2);
    time.monotonicMs += HOUR_MS;
    time.wallMs += 900 * HOUR_MS;
    const isMoved = await expiryClock.follow(() => Promise.reject(new Error('an expiry was moved')));
    expect(isMoved).toBe(false);
    expect(hours()).toBe(3);
  });

  it.each([
    ['the machine was paused', 18],
    ['the clock of the server was set back', -18],
  ])('follows the time of the database server: %s', async (_why, by) => {
    const { time, expiryClock, hours } = machine(T0);
    const before = time.monotonicMs;
    time.monotonicMs += 1_000;
    const server = new Date(T0.getTime() + by * HOUR_MS);
    expect(await expiryClock.followServer(server, time.monotonicMs)).toBe(true);
    expect(hours()).toBe(by);
    expect(await expiryClock.followServer(server, time.monotonicMs)).toBe(false);
    // of an observation that began before: it must not seem later than it was
    expect(expiryClock.at(before).getTime()).toBe(T0.getTime() + Math.min(0, by * HOUR_MS - 1_000));
  });

  it.each([
    [1_000, 3_000, false],
    [3_999, 3_000, false],
    [4_000, 3_000, true],
    [-999, 3_000, false],
    [-1_000, 3_000, true],
    [4_000, 4_000, false],
  ])(
    'takes a time that is %i ms later than at the beginning of a round trip of %i ms for another one: %s',
    async (laterMs, tripMs, isAnother) => {
      const { time, expiryClock } = machine(T0);
      const beganMs = time.monotonicMs;
      time.monotonicMs += tripMs;
      expect(await expiryClock.followServer(new Date(T0.getTime() + laterMs), beganMs)).toBe(isAnother);
      const after = isAnother ? T0.getTime() + laterMs + tripMs : T0.getTime() + tripMs;
      expect(expiryClock.now().getTime()).toBe(after); // the latest that is possible
    },
  );

  it('tells the earliest time of a moment after which the time of the server was followed several times', async () => {
    const { time, expiryClock } = machine(T0);
    const moment = time.monotonicMs;
    for (const by of [5, 3, 4]) {
      time.monotonicMs += 1;
      await expiryClock.followServer(new Date(T0.getTime() + by * HOUR_MS), time.monotonicMs);
    }
    expect(expiryClock.at(moment)).toEqual(T0);
    expect(expiryClock.now()).toEqual(new Date(T0.getTime() + 4 * HOUR_MS));
  });

  it('follows the time of the database server when no work reads or writes expiries', async () => {
    const { time, expiryClock, hours } = machine(T0);
    const work = Promise.withResolvers<void>();
    const working = expiryClock.unmoved(() => work.promise);
    const following = expiryClock.followServer(new Date(T0.getTime() + HOUR_MS), time.monotonicMs);
    await new Promise(setImmediate);
    expect(hours()).toBe(0);
    work.resolve();
    await working;
    expect(await following).toBe(true);
    expect(hours()).toBe(1);
  });

  it.each([900, -900])(
    'follows a wall clock set by %i hours when all expiries have been moved as much',
    async (by) => {
      const { time, expiryClock, hours } = machine();
      time.wallMs += by * HOUR_MS;
      const during: number[] = [];
      const isMoved = await expiryClock.follow(async (byMs) => {
        expect(byMs).toBe(by * HOUR_MS);
        during.push(hours());
      });
      expect(isMoved).toBe(true);
      expect(hours()).toBe(by);
      expect(during).toEqual([Math.max(0, by)]); // the later of the two promises less
    },
  );

  it('stays as it was if the expiries could not be moved', async () => {
    const { time, expiryClock, hours } = machine();
    time.wallMs += HOUR_MS;
    await expect(expiryClock.follow(() => Promise.reject(new Error('disk full')))).rejects.toThrow(
      'disk full',
    );
    expect(hours()).toBe(0);
  });

  it('moves nothing while the two clocks agree within a second', async () => {
    const { time, expiryClock } = machine();
    time.wallMs += 999;
    const move = vi.fn<(byMs: number) => Promise<void>>();
    expect(await expiryClock.follow(move)).toBe(false);
    expect(move).not.toHaveBeenCalled();
  });

  it('moves the expiries once when several nodes notice the step at once, also a step back', async () => {
    const { time, expiryClock, hours } = machine();
    time.wallMs -= 5 * HOUR_MS;
    const moves: number[] = [];
    const follow = (): Promise<boolean> => expiryClock.follow(async (byMs) => void moves.push(byMs));
    expect(await Promise.all([follow(), follow()])).toEqual([true, false]);
    expect([moves, hours()]).toEqual([[-5 * HOUR_MS], -5]);
  });

  it('moves nothing while expiries are read and written, and holds these up while it moves', async () => {
    const { time, expiryClock, hours } = machine();
    const events: string[] = [];
    const [first, second, move] = [1, 2, 3].map(() => Promise.withResolvers<void>());
    const work = (name: string, ended: PromiseWithResolvers<void> | undefined): Promise<void> =>
      expiryClock.unmoved(async () => {
        events.push(`${name} at ${hours()}`);
        await ended?.promise;
      });
    const [one, other] = [work('first', first), work('second', second)];
    time.wallMs += 5 * HOUR_MS;
    const following = expiryClock.follow(async () => {
      events.push('move');
      await move?.promise;
    });
    const late = work('late', undefined);
    first?.resolve();
    await one;
    await new Promise(setImmediate);
    expect(events).toEqual(['first at 0', 'second at 0']);
    second?.reject(new Error('it failed'));
    await expect(other).rejects.toThrow('it failed');
    await new Promise(setImmediate);
    expect(events.slice(2)).toEqual(['move']);
    move?.resolve();
    await Promise.all([following, late]);
    expect(events.slice(3)).toEqual(['late at 5']);
  });

  it('tells the time of an earlier moment, by the wall clock that it follows now', async () => {
    const { time, expiryClock } = machine();
    const moment = time.monotonicMs;
    time.monotonicMs += HOUR_MS;
    time.wallMs += HOUR_MS;
    expect(expiryClock.at(moment)).toEqual(T0);
    time.wallMs += 5 * HOUR_MS;
    await expiryClock.follow(async () => {});
    expect(expiryClock.at(moment)).toEqual(new Date(T0.getTime() + 5 * HOUR_MS));
  });
});
