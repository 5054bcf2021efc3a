import type { Change } from '../domain/change.ts';
import type { OpenOrder } from '../domain/order.ts';
import type { IncidentReport } from '../signals/incidents.ts';
import type { Evidence, Found } from './evidence.ts';
import { settleOrder, type Unsettled } from './settle-order.ts';
import { diluted, settleStamp } from './settle-stamp.ts';

/** What an observation tells about what was open, as changes to write and incidents to report. */
export interface Settlement {
  readonly changes: readonly Change[];
  readonly incidents: readonly IncidentReport[];
  /** Purchases that turned up without an answer of Bee's, or with another batch than it named. */
  readonly recovered: number;
}

/** Pure. Only a fresh observation can get in: nothing is settled on stale or partial knowledge (rule 5). */
export function settle(evidence: Evidence): Settlement {
  const { stock } = evidence;
  const unsent = stock.openOrders.filter(({ state }) => state === 'planned');
  const unsettled: Unsettled[] = [
    ...stock.openOrders.filter((order) => order.state !== 'planned'),
    ...stock.abandonedOrders,
  ];
  const found = settleOrders(unsettled, evidence);
  const bought = found.flatMap(({ stamp }) => stamp ?? []);
  const observed = [...stock.stamps, ...bought].map((stamp) => settleStamp(stamp, evidence));
  return {
    changes: [...unsent.map(neverSent), ...[...found, ...observed].flatMap(({ changes }) => changes)],
    incidents: [...found, ...observed].flatMap(({ incidents }) => incidents),
    recovered: found.filter(({ unexpected }) => unexpected === true).length,
  };
}

/** A purchase that is recognised by its batch may have been diluted before the pool knew of it. */
function dilutionsToo(order: Unsettled, found: Found): Found {
  const { stamp } = found;
  if (stamp === undefined || stamp.depth <= order.depth) return found;
  return { ...found, incidents: [...found.incidents, diluted(stamp.batchId, order.depth, stamp.depth)] };
}

/** A batch settles one order. */
function settleOrders(orders: readonly Unsettled[], evidence: Evidence): readonly Found[] {
  const known = new Set(evidence.known);
  return orders.map((order) => {
    const found = dilutionsToo(order, settleOrder(order, { ...evidence, known }));
    if (found.stamp) known.add(found.stamp.batchId);
    return found;
  });
}

/**
 * A run writes down that it plans an order and that it sends it, one after the other. One that is only planned when the
 * next run looks was not sent: the process died, or the second could not be written.
 */
const neverSent = ({ id }: OpenOrder): Change => ({
  change: 'orderAbandoned',
  id,
  cause: 'it was never sent',
  atBlock: null,
});
