import { endedOrders, type OrderEvent } from '../domain/order-event.ts';
import type { NodeStock, Store } from '../store/store.ts';
import type { Settled } from './settle.ts';

/** After the commit: reports the orders that have ended, and the lead times of the stamps that became available. */
export async function reportOrders(
  { changes, delivered }: Pick<Settled, 'changes' | 'delivered'>,
  before: Pick<NodeStock, 'openOrders' | 'abandonedOrders'>,
  { store, onOrder }: { readonly store: Store; readonly onOrder: (event: OrderEvent) => void },
): Promise<void> {
  for (const event of endedOrders(changes, [...before.openOrders, ...before.abandonedOrders])) onOrder(event);
  if (delivered === 0) return;
  const newestFirst = await store.leadTimesSeconds();
  for (const leadTimeSeconds of newestFirst.slice(0, delivered))
    onOrder({ is: 'delivered', kind: 'purchase', leadTimeSeconds });
}
