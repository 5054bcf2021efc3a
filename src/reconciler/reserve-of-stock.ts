import type { Policy } from '../domain/policy.ts';
import { countByDepth, groupOf, type Reserve, reserveOf, toppedUpIn } from '../domain/reserve.ts';
import type { NodeStock } from '../store/store.ts';

/** The reserve of one node, from all its live stamps. Pure. */
export function reserveOfStock(
  { stamps, openOrders }: Pick<NodeStock, 'stamps' | 'openOrders'>,
  policy: Policy,
  now: Date,
): Reserve {
  const moment = {
    now,
    promisedTtlSeconds: policy.acquireMinTtlSeconds,
    toppedUp: toppedUpIn(openOrders),
  };
  return reserveOf(
    countByDepth(
      stamps.map((stamp) => groupOf(stamp, moment)),
      openOrders,
    ),
    policy,
  );
}
