import type { Change } from '../domain/change.ts';
import { countDelivered, endedOrders, type OrderEvent } from '../domain/order-event.ts';
import type { LiveStamp } from '../domain/stamp.ts';
import type { NodeStock, Store } from '../store/store.ts';

/** After the commit of these changes: reports the orders that have ended, and the lead times of the stamps that became available. */
export async function reportOrders(
  changes: readonly Change[],
  before: Pick<NodeStock, 'openOrders' | 'abandonedOrders'> & { readonly stamps: readonly LiveStamp[] },
  { store, onOrder }: { readonly store: Store; readonly onOrder: (event: OrderEvent) => void },
): Promise<void> {
  for (const event of endedOrders(changes, [...before.openOrders, ...before.abandonedOrders])) onOrder(event);
  const delivered = countDelivered(changes, before.stamps);
  if (delivered === 0) return;
  const newestFirst = await store.leadTimesSeconds();
  for (const leadTimeSeconds of newestFirst.slice(0, delivered))
    onOrder({ is: 'delivered', kind: 'purchase', leadTimeSeconds });
}
