import type { Change } from '../domain/change.ts';
import type { IncidentReport } from '../signals/incidents.ts';
import type { Evidence } from './evidence.ts';
import { settleOrder, type Unsettled } from './settle-order.ts';
import { settleStamp } from './settle-stamp.ts';

/** What an observation tells about what was open, as changes to write and incidents to report. */
export interface Settlement {
  readonly changes: readonly Change[];
  readonly incidents: readonly IncidentReport[];
  /** Purchases that turned up without an answer of Bee's. */
  readonly recovered: number;
}

/** Pure. Only a fresh observation can get in: nothing is settled on stale or partial knowledge (rule 5). */
export function settle(evidence: Evidence): Settlement {
  const { stock } = evidence;
  const unsettled: Unsettled[] = [
    ...stock.openOrders.filter((order) => order.state !== 'planned'),
    ...stock.abandonedOrders,
  ];
  const found = unsettled.map((order) => settleOrder(order, evidence));
  const recovered = found.flatMap(({ stamp }) => stamp ?? []);
  const observed = [...stock.stamps, ...recovered].map((stamp) => settleStamp(stamp, evidence));
  return {
    changes: [...found, ...observed].flatMap(({ changes }) => changes),
    incidents: [...found, ...observed].flatMap(({ incidents }) => incidents),
    recovered: recovered.length,
  };
}
