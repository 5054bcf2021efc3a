import { expect, test } from 'vitest';
import type { LeaseEvent } from '../../src/domain/lease-event.ts';
import { LeaseKeeper, type LeaseTimes, leaseTimesOf } from '../../src/reconciler/lease-keeper.ts';
import { LeaseLostError, type LeaseStore } from '../../src/store/lease-store.ts';
import { StoreFailedError } from '../../src/store/store.ts';
import { NODE } from '../builders.ts';
import { temporarySqliteStore } from '../store/temporary-store.ts';
import { quiet } from '../virtual/in-process.ts';
import { VirtualClock } from '../virtual/virtual-clock.ts';

const TIMES = { ttlMs: 15_000, renewMs: 5_000 };

/** Keepers of several processes over one database, whose calls can fail. */
async function keepers() {
  const opened = await temporarySqliteStore();
  const clock = new VirtualClock();
  const failing = new Set<string>();
  const delay = { ms: 0 };
  const details: unknown[] = [];
  const start = (holder: string, times: LeaseTimes = TIMES) => {
    const events: string[] = [];
    const leases: LeaseStore = {
      shared: false,
      serverTime: async () => null,
      hold: async (request) => {
        if (failing.has(holder)) throw new StoreFailedError('no connection');
        const lease = await opened.store.leases.hold(request);
        if (delay.ms > 0) await clock.sleep(delay.ms, new AbortController().signal);
        return lease;
      },
      release: async (lease) => {
        if (failing.has(holder)) throw new StoreFailedError('no connection');
        await opened.store.leases.release(lease);
      },
      holders: (at) => opened.store.leases.holders(at),
    };
    const keeper = new LeaseKeeper({
      node: NODE,
      holder,
      leases,
      clock,
      times,
      incidents: {
        report: ({ code, detail }) => {
          events.push(code);
          details.push(detail);
        },
      },
      onEvent: ({ is, token }: LeaseEvent) => void events.push(`${is} ${token}`),
    });
    keeper.start(() => {});
    return { keeper, events, tokenHeld: () => keeper.current()?.lease.token ?? null };
  };
  return {
    start,
    store: opened.store,
    failing,
    /** How long the database takes for its next answers. */
    delay,
    /** Of all incidents. */
    details,
    clock,
    /** Time passes for all, timer by timer. */
    pass: async (ms: number): Promise<void> => {
      const end = clock.monotonicMs() + ms;
      await quiet();
      while (clock.monotonicMs() < end) {
        clock.advanceTo(Math.min(end, clock.nextWakeMs));
        await quiet();
      }
    },
    [Symbol.asyncDispose]: () => opened.cleanUp(),
  };
}

test('one process holds the lease for as long as it renews it; another takes over when it stops, at once', async () => {
  await using world = await keepers();
  const [a, b] = [world.start('a'), world.start('b')];
  await world.pass(120_000);
  expect([a.tokenHeld(), b.tokenHeld()]).toEqual([1, null]);
  await a.keeper[Symbol.asyncDispose]();
  await world.pass(TIMES.renewMs);
  expect([a.tokenHeld(), b.tokenHeld()]).toEqual([null, 2]);
  expect([a.events, b.events]).toEqual([['taken 1', 'released 1'], ['taken 2']]);
  await b.keeper[Symbol.asyncDispose]();
});

test('a database that fails does not end a tenure before the lease may have expired', async () => {
  await using world = await keepers();
  const a = world.start('a');
  await world.pass(1_000);
  const tenure = a.keeper.current();
  world.failing.add('a');
  await world.pass(13_999);
  expect(a.tokenHeld()).toBe(1);
  await world.pass(1);
  expect(tenure?.isHeld).toBe(false);
  expect(() => tenure?.assertHeld()).toThrow(LeaseLostError);
  expect(a.tokenHeld()).toBe(null);
  expect(tenure?.ended.aborted).toBe(true);
  world.failing.clear();
  await world.pass(5_000);
  expect(a.tokenHeld()).toBe(2);
  expect(a.events).toEqual([
    'taken 1',
    'STORE_FAILED',
    'STORE_FAILED',
    'STORE_FAILED',
    'lost 1',
    'LEASE_LOST',
    'taken 2',
  ]);
  expect(world.details.at(-1)).toBe('Lease 1: it was not renewed in time.');
  await a.keeper[Symbol.asyncDispose]();
});

test('a holder that was paused knows it when it wakes up, and another one has taken over', async () => {
  await using world = await keepers();
  const a = world.start('a');
  await quiet();
  const tenure = a.keeper.current();
  world.failing.add('a'); // it is paused: its calls do not arrive
  const b = world.start('b');
  await world.pass(20_000);
  expect([tenure?.isHeld, a.tokenHeld(), b.tokenHeld()]).toEqual([false, null, 2]);
  world.failing.clear();
  await world.pass(5_000);
  expect([a.tokenHeld(), b.tokenHeld()]).toEqual([null, 2]);
  for (const { keeper } of [a, b]) await keeper[Symbol.asyncDispose]();
});

test('a lease that the database refuses is taken anew', async () => {
  await using world = await keepers();
  const a = world.start('a');
  await quiet();
  const tenure = a.keeper.current();
  if (tenure === null) throw new Error('the lease was not taken');
  a.keeper.refused(new LeaseLostError({ ...tenure.lease, token: 7 })); // of an earlier tenure
  expect(a.tokenHeld()).toBe(1);
  a.keeper.refused(new LeaseLostError(tenure.lease));
  expect(a.tokenHeld()).toBe(null);
  await world.pass(5_000);
  expect(a.tokenHeld()).toBe(1); // it was not lost
  expect(world.details).toEqual(['Lease 1: the database refused a write.']);
  await a.keeper[Symbol.asyncDispose]();
});

test('a database with one process needs no timer', async () => {
  await using world = await keepers();
  const a = world.start('a', leaseTimesOf({ shared: false }));
  await quiet();
  expect([a.tokenHeld(), world.clock.nextWakeMs]).toEqual([1, Infinity]);
  world.clock.advanceTo(365 * 86_400_000);
  expect(a.tokenHeld()).toBe(1);
  await a.keeper[Symbol.asyncDispose]();
  expect(a.events).toEqual(['taken 1', 'released 1']);
});

test('a database with one process that fails at first is asked again after five seconds', async () => {
  await using world = await keepers();
  world.failing.add('a');
  const a = world.start('a', leaseTimesOf({ shared: false }));
  await world.pass(4_999);
  expect([a.tokenHeld(), a.events]).toEqual([null, ['STORE_FAILED']]);
  world.failing.clear();
  await world.pass(1);
  expect(a.tokenHeld()).toBe(1);
  await a.keeper[Symbol.asyncDispose]();
});

test('a process that stops while it waits for its lease gives it back', async () => {
  await using world = await keepers();
  const a = world.start('a', leaseTimesOf({ shared: false }));
  await a.keeper[Symbol.asyncDispose]();
  expect(a.events).toEqual(['taken 1', 'released 1']);
});

test('a lease that cannot be given back is reported', async () => {
  await using world = await keepers();
  const a = world.start('a');
  await quiet();
  world.failing.add('a');
  await a.keeper[Symbol.asyncDispose]();
  expect(a.events).toEqual(['taken 1', 'STORE_FAILED', 'released 1']);
  expect(world.details).toEqual(['The lease: no connection']);
});

test('a lease is not taken if the answer takes as long as it lasts', async () => {
  await using world = await keepers();
  world.delay.ms = TIMES.ttlMs;
  const a = world.start('a');
  await world.pass(TIMES.ttlMs);
  expect([a.tokenHeld(), a.events]).toEqual([null, []]);
  world.delay.ms = TIMES.ttlMs - 1;
  await world.pass(TIMES.renewMs + TIMES.ttlMs - 1);
  expect(a.tokenHeld()).not.toBeNull();
  world.delay.ms = 0;
  await a.keeper[Symbol.asyncDispose]();
});

test('a lease that another process has, or that has expired, although it was renewed in time here, is lost', async () => {
  await using world = await keepers();
  const a = world.start('a', { ttlMs: 60_000, renewMs: 5_000 });
  await world.pass(1_000);
  const [tenure, { leases }] = [a.keeper.current(), world.store];
  if (tenure === null) throw new Error('the lease was not taken');
  await leases.release(tenure.lease); // as if it had expired by the clock of the server
  await world.pass(5_000);
  expect([a.tokenHeld(), tenure.ended.aborted]).toEqual([2, true]);
  const second = a.keeper.current();
  if (second === null) throw new Error('the lease was not taken');
  await leases.release(second.lease);
  await leases.hold({ node: NODE, holder: 'b', ttlMs: 60_000, at: world.clock.now() });
  await world.pass(5_000);
  expect([a.tokenHeld(), second.ended.aborted]).toEqual([null, true]);
  expect(world.details).toEqual(['Lease 1: it had expired.', 'Lease 2: another process has it.']);
  await a.keeper[Symbol.asyncDispose]();
});
