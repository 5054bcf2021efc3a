import type { AcquireOutcome, Acquisition } from '../../src/domain/acquisition.ts';
import type { PlannedOrder } from '../../src/domain/order.ts';
import type { LiveStamp } from '../../src/domain/stamp.ts';
import type { BatchId } from '../../src/domain/units.ts';
import type { Commit, Store } from '../../src/store/store.ts';
import { aRequest, momentAt, T0 } from '../builders.ts';

/** Everything that has not expired at T0. */
export const NOW = momentAt(T0);

export const add = (store: Store, ...stamps: readonly LiveStamp[]): Promise<Commit> =>
  store.write(
    stamps.map((stamp) => ({ change: 'stampAdded', stamp })),
    T0,
  );

export const plan = (store: Store, ...orders: readonly PlannedOrder[]): Promise<Commit> =>
  store.write(
    orders.map((order) => ({ change: 'orderPlanned', order })),
    T0,
  );

/** The outcomes of an acquisition alone. */
export const acquireAll = async (
  store: Store,
  ...[requests, moment]: Parameters<Store['acquire']>
): Promise<readonly AcquireOutcome[]> => (await store.acquire(requests, moment)).outcomes;

/** The batch that was given out; undefined if none was. */
export const batchOf = (outcome: AcquireOutcome): BatchId | undefined =>
  outcome.is === 'acquired' ? outcome.acquisition.batchId : undefined;

export const allAcquisitions = async (store: Store): Promise<readonly Acquisition[]> =>
  (await store.acquisitions({ first: 10_000, after: null })).items.map(({ item }) => item);

export const PROMISE = momentAt(T0, 12 * 3600);

/** One client that asks alone. */
export async function acquire(
  store: Store,
  wishes: Parameters<typeof aRequest>[0],
  moment = PROMISE,
): Promise<AcquireOutcome> {
  const [outcome] = await acquireAll(store, [aRequest(wishes)], moment);
  if (!outcome) throw new Error('one request, no outcome');
  return outcome;
}
