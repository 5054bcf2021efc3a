import type { Bee } from '../bee/bee.ts';
import type { Observation } from '../domain/observation.ts';
import type { Policy } from '../domain/policy.ts';
import { ttlSeconds } from '../domain/stamp.ts';
import type { BatchId } from '../domain/units.ts';
import type { ExpiryClock } from '../signals/expiry-clock.ts';
import type { NodeStock } from '../store/store.ts';

interface Observing {
  readonly bee: Bee;
  readonly policy: Policy;
  readonly expiryClock: ExpiryClock;
  readonly stopping: AbortSignal;
}

/** `at` is the time that expiries are compared with: the wall clock may be set while the node answers. */
export async function observeNode(
  { bee, policy, expiryClock, stopping }: Observing,
  stock: NodeStock,
): Promise<Observation> {
  const at = expiryClock.now();
  return { ...(await unlessAborted(bee.observe(balancesWanted(stock, policy, at)), stopping)), at };
}

/** Stops waiting on abort; what was waited for goes on by itself. */
async function unlessAborted<Value>(waited: Promise<Value>, signal: AbortSignal): Promise<Value> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([waited, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Of which batches the exact balance is wanted: those being topped up, and those about to be. */
const balancesWanted = (
  { stamps, openOrders, abandonedOrders }: NodeStock,
  policy: Policy,
  now: Date,
): readonly BatchId[] => [
  ...new Set([
    ...[...openOrders, ...abandonedOrders].flatMap((order) => (order.kind === 'topUp' ? order.batchId : [])),
    ...stamps.flatMap((stamp) =>
      stamp.state === 'available' && ttlSeconds(stamp, now) < policy.minTtlSeconds ? stamp.batchId : [],
    ),
  ]),
];
