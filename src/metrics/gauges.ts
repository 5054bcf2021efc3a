import { Gauge, type Registry } from 'prom-client';
import { WITHHELD } from '../domain/stamp.ts';
import type { Pool, PoolStatus } from '../pool/pool.ts';
import { inBzz, inXdai, toNumber } from './amounts.ts';

export interface Gauges {
  /** Sets the gauges from the pool's status. If it cannot be read, they are absent, and `stamp_pool_store_up` is 0. */
  update(pool: Pool): Promise<void>;
}

export function createGauges(registry: Registry): Gauges {
  const gauge = <Label extends string>(name: string, help: string, ...labelNames: Label[]): Gauge<Label> =>
    new Gauge({ name: `stamp_pool_${name}`, help, labelNames, registers: [registry] });

  const storeUp = gauge('store_up', '1 if the database answers and accepts writes');
  const available = gauge('available_stamps', 'Stamps that can be acquired now', 'depth');
  const onOrder = gauge(
    'on_order_stamps',
    'Stamps bought or being bought that are not available yet',
    'depth',
  );
  const target = gauge('target_stamps', 'Available stamps that the reserve should hold', 'depth');
  const openOrders = gauge(
    'open_orders',
    'Orders that are planned, sent or of unknown outcome',
    'kind',
    'state',
  );
  const withheld = gauge(
    'withheld_stamps',
    'Stamps that exist but are not given out, by reason',
    'depth',
    'reason',
  );
  const labelledGauges = [available, onOrder, target, withheld, openOrders];
  const scalars = SCALARS.map(({ name, help, of }) => ({ of, gauge: gauge(name, help) }));

  const set = (status: PoolStatus): void => {
    for (const level of status.reserve.depths) {
      available.set({ depth: level.depth }, level.available);
      onOrder.set({ depth: level.depth }, level.onOrder);
      target.set({ depth: level.depth }, level.target);
      for (const reason of WITHHELD) withheld.set({ depth: level.depth, reason }, 0);
      for (const { reason, count } of level.withheld) withheld.set({ depth: level.depth, reason }, count);
      withheld.set({ depth: level.depth, reason: 'too_short_lived' }, level.tooShortLived);
    }
    for (const { kind, state } of status.openOrders) openOrders.inc({ kind, state });
    for (const { of, gauge: scalar } of scalars) {
      const value = of(status);
      if (value === null) scalar.remove();
      else scalar.set(Number(value));
    }
  };

  return {
    update: async (pool) => {
      const [status, takesWrites] = await Promise.all([readStatus(pool), isFulfilled(pool.checkStore())]);
      for (const labelled of labelledGauges) labelled.reset();
      storeUp.set(status && takesWrites ? 1 : 0);
      if (status) set(status);
      else for (const { gauge: scalar } of scalars) scalar.remove();
    },
  };
}

async function readStatus(pool: Pool): Promise<PoolStatus | null> {
  try {
    return await pool.status();
  } catch {
    return null; // the pool has reported the failure as an incident
  }
}

/** The pool has reported a rejection as an incident. */
const isFulfilled = (promise: Promise<void>): Promise<boolean> =>
  promise.then(
    () => true,
    () => false,
  );

interface Scalar {
  readonly name: string;
  readonly help: string;
  /** null if unknown: the metric is absent. */
  readonly of: (status: PoolStatus) => number | boolean | null;
}

const SCALARS: readonly Scalar[] = [
  { name: 'enabled', help: '1 if the pool is enabled', of: ({ enabled }) => enabled },
  { name: 'low_reserve', help: '1 if some depth is low', of: ({ reserve }) => reserve.low },
  {
    name: 'last_run_timestamp_seconds',
    help: 'When the last maintenance run ended',
    of: ({ lastRunAt }) => lastRunAt && lastRunAt.getTime() / 1000,
  },
  {
    name: 'node_reachable',
    help: '1 if the Bee node answered the last observation',
    of: ({ nodes: [node] }) => node?.reachable ?? null,
  },
  {
    name: 'node_fresh',
    help: '1 if the last observation is complete and recent enough to decide on',
    of: ({ nodes: [node] }) => node?.fresh ?? null,
  },
  {
    name: 'node_lag_blocks',
    help: 'Blocks that the Bee node is behind the head of the chain',
    of: ({ nodes: [node] }) => node?.lagBlocks ?? null,
  },
  {
    name: 'price_plur',
    help: 'The price of storage in PLUR per chunk and block',
    of: ({ nodes: [node] }) => toNumber(node?.price, 1),
  },
  {
    name: 'wallet_bzz',
    help: 'The BZZ balance of the node’s wallet',
    of: ({ nodes: [node] }) => inBzz(node?.wallet?.bzz),
  },
  {
    name: 'wallet_xdai',
    help: 'The xDAI balance of the node’s wallet',
    of: ({ nodes: [node] }) => inXdai(node?.wallet?.xdai),
  },
  {
    name: 'full_reserve_cost_bzz',
    help: 'The cost of filling all targets from nothing',
    of: (status) => inBzz(status.fullReserveCost),
  },
  {
    name: 'spent_last_day_bzz',
    help: 'The cost of everything ordered within the last 24 hours',
    of: (status) => inBzz(status.spentLastDay),
  },
  {
    name: 'daily_limit_bzz',
    help: 'The spending limit for 24 hours',
    of: (status) => inBzz(status.dailyLimit),
  },
  {
    name: 'funds_runway_days',
    help: 'Days that the BZZ lasts at the pace of the last seven days',
    of: ({ fundsRunwayDays }) => fundsRunwayDays,
  },
];
