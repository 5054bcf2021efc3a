import type { OpenOrder } from '../src/domain/order.ts';
import type { Policy } from '../src/domain/policy.ts';
import { countByDepth, groupOf, type Reserve, reserveOf, toppedUpIn } from '../src/domain/reserve.ts';
import type { LiveStamp } from '../src/domain/stamp.ts';
import type { Store } from '../src/store/store.ts';

/** All live stamps and open orders. */
export interface Stock {
  readonly stamps: readonly LiveStamp[];
  readonly openOrders: readonly OpenOrder[];
}

/** All that a store has, of all nodes. */
export async function stockOf(store: Store): Promise<Stock> {
  const stocks = await Promise.all((await store.stockedNodes()).map((node) => store.nodeStock(node)));
  return { stamps: stocks.flatMap(({ stamps }) => stamps), openOrders: await store.openOrders() };
}

/** The reserve by the rules of the domain, stamp by stamp. */
export const reserveIn = ({ stamps, openOrders }: Stock, policy: Policy, now: Date): Reserve =>
  reserveOf(depthsOf({ stamps, openOrders }, policy.acquireMinTtlSeconds, now), policy);

export function depthsOf({ stamps, openOrders }: Stock, promisedTtlSeconds: number, now: Date) {
  const moment = { now, promisedTtlSeconds, toppedUp: toppedUpIn(openOrders) };
  return countByDepth(
    stamps.map((stamp) => groupOf(stamp, moment)),
    openOrders,
  );
}
