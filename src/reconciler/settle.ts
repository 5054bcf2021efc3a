import type { Change } from '../domain/change.ts';
import type { OpenOrder } from '../domain/order.ts';
import type { LiveStamp } from '../domain/stamp.ts';
import type { BatchId } from '../domain/units.ts';
import type { IncidentReport } from '../signals/incidents.ts';
import { settleOrder, type Unsettled } from './settle-order.ts';
import { diluted, settleStamp } from './settle-stamp.ts';
import type { SettleInput, Settlement } from './settlement.ts';

/** What follows from an observation. */
export interface Settled {
  readonly changes: readonly Change[];
  readonly incidents: readonly IncidentReport[];
  /** How many purchases were found without an answer of Bee, or with another batch than Bee named. */
  readonly recovered: number;
  /** The batches that orders are confirmed with. */
  readonly bought: ReadonlySet<BatchId>;
  /** How many stamps that the pool bought become available. */
  readonly delivered: number;
}

/** The second step of a run. It takes a fresh observation only: stale or partial knowledge settles nothing (promise 5). Pure. */
export function settleOrders(input: SettleInput): Settled {
  const { stock } = input;
  const unsent = stock.openOrders.filter(({ state }) => state === 'planned');
  const unsettled: Unsettled[] = [
    ...stock.openOrders.filter((order) => order.state !== 'planned'),
    ...stock.abandonedOrders,
  ];
  const orders = settleEach(unsettled, input);
  const stamps = settleStamps(
    orders.flatMap(({ stamp }) => stamp ?? []),
    input,
  );
  const changes = orders.flatMap((order) => order.changes);
  return {
    changes: [...unsent.map(neverSent), ...changes, ...stamps.changes],
    incidents: [...orders.flatMap(({ incidents }) => incidents), ...stamps.incidents],
    recovered: orders.filter(({ recovered }) => recovered === true).length,
    bought: new Set(changes.flatMap((one) => (one.change === 'orderConfirmed' ? one.batchId : []))),
    delivered: stamps.delivered,
  };
}

/** What follows for these live stamps. Pure. */
export function settleStamps(
  stamps: readonly LiveStamp[],
  input: Pick<SettleInput, 'seen' | 'blockTimeSeconds' | 'absenceCounts'>,
): SettledStamps {
  const settled = stamps.map((stamp) => ({ stamp, ...settleStamp(stamp, input) }));
  const isAvailable = ({ change }: Change): boolean => change === 'stampAvailable';
  return {
    changes: settled.flatMap(({ changes }) => changes),
    incidents: settled.flatMap(({ incidents }) => incidents),
    delivered: settled.filter(({ stamp, changes }) => stamp.orderId !== null && changes.some(isAvailable))
      .length,
  };
}

export type SettledStamps = Pick<Settled, 'changes' | 'incidents' | 'delivered'>;

/** A batch settles one order only. */
function settleEach(orders: readonly Unsettled[], input: SettleInput): readonly Settlement[] {
  const pooledIds = new Set(input.pooledIds);
  return orders.map((order) => {
    const settlement = withDilution(order, settleOrder(order, { ...input, pooledIds }));
    for (const change of settlement.changes)
      if (change.change === 'orderConfirmed') pooledIds.add(change.batchId);
    return settlement;
  });
}

/** A batch may have been diluted before the pool first observed it. */
function withDilution(order: Unsettled, settlement: Settlement): Settlement {
  const { stamp } = settlement;
  if (stamp === undefined || stamp.depth <= order.depth) return settlement;
  return {
    ...settlement,
    incidents: [...settlement.incidents, diluted(stamp.batchId, order.depth, stamp.depth)],
  };
}

/**
 * A run writes that an order is planned, and right after that that it is sent. An order that is still planned in the next
 * run was not sent: the process ended in between, or the second write failed.
 */
const neverSent = ({ id }: OpenOrder): Change => ({
  change: 'orderAbandoned',
  id,
  cause: 'it was never sent',
  atBlock: null,
});
