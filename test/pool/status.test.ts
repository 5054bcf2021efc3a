import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MaintenanceRun } from '../../src/domain/maintenance-run.ts';
import type { Policy } from '../../src/domain/policy.ts';
import { plur, wei } from '../../src/domain/units.ts';
import { poolStatus } from '../../src/pool/status.ts';
import { ExpiryClock } from '../../src/signals/expiry-clock.ts';
import { Incidents } from '../../src/signals/incidents.ts';
import { anOrder, hours, seconds, T0 } from '../builders.ts';
import type { OpenedStore } from '../contracts/store.ts';
import { plan } from '../contracts/store-steps.ts';
import { aReport } from '../run-report.ts';
import { temporarySqliteStore } from '../store/temporary-store.ts';
import { VirtualClock } from '../virtual/virtual-clock.ts';
import { aPolicy } from '../virtual/world.ts';

let opened: OpenedStore;
beforeEach(async () => {
  opened = await temporarySqliteStore();
});
afterEach(() => opened.cleanUp());

const statusOf = (lastOfEach: readonly MaintenanceRun[], policy: Partial<Policy> = {}) => {
  const clock = new VirtualClock(T0);
  return poolStatus({
    enabled: true,
    policy: aPolicy(policy),
    store: opened.store,
    clock,
    expiryClock: new ExpiryClock(clock),
    runs: { last: lastOfEach[0] ?? null, lastOfEach },
    incidents: new Incidents({ log: () => {}, count: () => {} }, clock),
  });
};

const { run } = aReport();
const withBzz = (bzz: bigint | null): MaintenanceRun => ({
  ...run,
  node: { ...run.node, wallet: bzz === null ? null : { bzz: plur(bzz), xdai: wei(1n) } },
});

describe('the status of the pool', () => {
  it('has no runs before the first one, and then the next one of any node and the costs of the last', async () => {
    expect(await statusOf([])).toMatchObject({
      lastRunAt: null,
      nextRunAt: null,
      lastRuns: [],
      fullReserveCost: null,
      nextReplenishmentCost: null,
      dailyLimit: null,
    });
    const costs = {
      fullReserve: plur(11n),
      nextReplenishment: plur(12n),
      lastDay: plur(13n),
      dailyLimit: plur(14n),
    };
    const later = { ...run, endedAt: seconds(9), nextAt: seconds(1_000), spending: costs };
    const unpriced = { ...run, endedAt: seconds(10), nextAt: seconds(950), spending: null };
    expect(await statusOf([run, later, unpriced])).toMatchObject({
      lastRunAt: run.endedAt,
      nextRunAt: seconds(900),
      nodes: [run.node, later.node, unpriced.node],
      fullReserveCost: 11n,
      dailyLimit: 14n,
    });
  });

  it('has the cost of the last 24 hours and the limit of the operator, also if no run has seen the node', async () => {
    const order = anOrder({ plannedAt: hours(-23) });
    await plan(opened.store, order, anOrder({ n: 2, plannedAt: hours(-25) }));
    const status = await statusOf([{ ...run, spending: null }], { maxSpendPerDay: plur(14n) });
    expect([await status.spentLastDay(), status.dailyLimit]).toEqual([order.cost, 14n]);
  });

  it('says how long the funds of all nodes last, if all wallets are known', async () => {
    const order = anOrder({ plannedAt: T0 });
    await plan(opened.store, order);
    const days = async (...wallets: readonly (bigint | null)[]) =>
      await (await statusOf(wallets.map(withBzz))).fundsRunwayDays();
    const one = await days(order.cost * 10n);
    expect(one).toBeGreaterThan(0);
    expect(await days(order.cost * 4n, order.cost * 6n)).toBe(one);
    await plan(opened.store, anOrder({ n: 2, plannedAt: hours(-24 * 8) }));
    expect(await days(order.cost * 10n), 'a week counts').toBe(one);
    await plan(opened.store, anOrder({ n: 3, plannedAt: hours(-24 * 6) }));
    expect(await days(order.cost * 10n)).toBeLessThan(one ?? 0);
    expect([await days(), await days(null), await days(order.cost, null)]).toEqual([null, null, null]);
  });
});
