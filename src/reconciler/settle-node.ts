import type { Freshness, FreshObservation, SeenStamp } from '../domain/observation.ts';
import { claimOf } from '../domain/order.ts';
import { type BatchId, parseBatchId } from '../domain/units.ts';
import type { IncidentReport, ReportIncident } from '../signals/incidents.ts';
import { momentOf } from '../store/moment.ts';
import { type NodeStock, type Store } from '../store/store.ts';
import { dueChanges, reportDue, reportedChanges } from './due-incidents.ts';
import { lastingOfOrders } from './lasting-incidents.ts';
import { absenceCounts } from './observed-span.ts';
import type { PlanInput } from './plan-input.ts';
import type { ReconcileParts } from './reconcile-parts.ts';
import { reportOrders } from './report-orders.ts';
import { type Settled, type SettledStamps, settleOrders, settleStamps } from './settle.ts';
import { settleAnswers } from './settle-answer.ts';
import { SLICE_SIZE, slicesOf, stampSlices } from './slices.ts';
import { unaccounted } from './unaccounted.ts';
import { writeChanges } from './write-changes.ts';

/**
 * Settles Bee's answers first, whatever the node shows; then the observation, whose stamps are compared with the store slice
 * by slice. What a slice settles does not depend on another one, so large changes are written in several transactions.
 */
export async function settleNode(
  parts: ReconcileParts,
  freshness: Freshness,
  report: ReportIncident,
): Promise<SettledNode> {
  const { node, store, policy, clock, inFlight, incidents } = parts;
  await reportDue(parts, report);
  const stock = await writeAnswers(parts, freshness, report);
  for (const incident of lastingOfOrders(stock.openOrders)) incidents.remind(incident); // now: it may end in this run
  if (freshness.is === 'stale') return { recovered: 0, unpooled: [], unaccounted: new Set() };
  const { seen } = freshness;
  const observation = {
    seen,
    blockTimeSeconds: policy.blockTimeSeconds,
    absenceCounts: absenceCounts(parts.history.current.span),
  };
  const stamps = await settleLiveStamps(parts, observation);
  const unpooled = await readUnpooled(store, seen, stamps.places);
  const pooledIds = await filterKnown(store, claimedIn(stock));
  const orders = settleOrders({ stock, unpooled, pooledIds, ...observation });
  const single = [...orders.incidents, ...stamps.incidents];
  const changes = [
    ...orders.changes, // an order and its stamp in one transaction
    ...dueChanges(node, single),
    ...stamps.changes.slice(0, SLICE_SIZE),
  ];
  await writeChanges(changes, clock.now(), parts);
  for (const change of orders.changes) if (change.change === 'orderConfirmed') inFlight.forget(change.id);
  for (const incident of orders.incidents) report(incident);
  for await (const slice of slicesOf(stamps.changes.slice(SLICE_SIZE)))
    await writeChanges(slice, clock.now(), parts);
  for await (const slice of slicesOf(stamps.incidents)) for (const incident of slice) report(incident);
  await writeChanges(reportedChanges(node, single), clock.now(), parts);
  const left = unpooled.filter(({ batchId }) => !orders.bought.has(batchId));
  const reported = await reportUnpooled(parts, { unpooled: left, stock, orders, report });
  const delivered = orders.delivered + stamps.delivered;
  await reportOrders({ changes: orders.changes, delivered }, stock, parts);
  return { recovered: orders.recovered, unpooled: left, unaccounted: reported };
}

interface SettledNode extends Pick<PlanInput, 'unpooled' | 'unaccounted'> {
  readonly recovered: number;
}

/** Settles what Bee has answered, writes and reports it. Returns the stock after that. */
async function writeAnswers(
  parts: ReconcileParts,
  freshness: Freshness,
  report: ReportIncident,
): Promise<NodeStock> {
  const { node, store, clock, inFlight, backOff, onOrder } = parts;
  const stock = await readStock(parts);
  const answered = inFlight.peek(clock.monotonicMs());
  const settled = settleAnswers({
    stock,
    answered,
    isAwaited: (id) => inFlight.awaits(id),
    tip: freshness.is === 'fresh' ? freshness.seen.chain.tip : null,
  });
  const due = dueChanges(node, settled.incidents);
  await writeChanges([...settled.changes, ...due], clock.now(), parts);
  if (answered) inFlight.forget(answered.order.id); // only now: if the write fails, the next run settles the answer
  for (const incident of settled.incidents) report(incident);
  await writeChanges(reportedChanges(node, settled.incidents), clock.now(), parts);
  if (settled.backOff.is === 'trip') backOff.trip(settled.backOff.reason);
  else if (settled.backOff.is === 'clear') backOff.clear();
  await reportOrders({ changes: settled.changes, delivered: 0 }, stock, { store, onOrder });
  return settled.changes.length > 0 ? await readStock(parts) : stock;
}

/** The stock of the node now. */
export const readStock = ({
  store,
  node,
  policy,
  expiryClock,
}: Pick<ReconcileParts, 'store' | 'node' | 'policy' | 'expiryClock'>): Promise<NodeStock> =>
  store.nodeStock(node, momentOf(policy, expiryClock.now()));

/**
 * The batches that the node lists and that were never in the pool nor a canary. `places`: has a 1 for each place in the list
 * that is known to be a stamp of the pool; there are no objects for these, because they are almost all.
 */
export async function readUnpooled(
  store: Store,
  { stamps }: FreshObservation,
  places: Uint8Array = new Uint8Array(0),
): Promise<readonly SeenStamp[]> {
  const unpooled: SeenStamp[] = [];
  for await (const slice of slicesOf(stamps.unmarked(places))) {
    const pooled = await filterKnown(
      store,
      slice.map(({ batchId }) => batchId),
    );
    unpooled.push(...slice.filter((stamp) => !pooled.has(stamp.batchId)));
  }
  return unpooled;
}

/** Of these batches, those that are or were in the pool or a canary. */
export async function filterKnown(store: Store, batchIds: readonly BatchId[]): Promise<ReadonlySet<BatchId>> {
  if (batchIds.length === 0) return new Set();
  const [pooled, canaries] = [
    await store.filterPooled(batchIds),
    await store.canaries.filterCanaries(batchIds),
  ];
  return pooled.union(canaries);
}

/** The batches that Bee has claimed for open purchases. */
export const claimedIn = ({ openOrders }: NodeStock): readonly BatchId[] =>
  openOrders.flatMap((order) => (order.kind === 'purchase' ? (claimOf(order)?.batchId ?? []) : []));

async function settleLiveStamps(
  { store, node }: ReconcileParts,
  input: Parameters<typeof settleStamps>[1],
): Promise<SettledStamps & { readonly places: Uint8Array }> {
  const listed = input.seen.stamps;
  const places = new Uint8Array(listed.size);
  const changes: Settled['changes'][number][] = [];
  const incidents: IncidentReport[] = [];
  let delivered = 0;
  for await (const slice of stampSlices((page) => store.liveStamps(node, page))) {
    for (const { batchId } of slice) {
      const place = listed.placeOf(batchId);
      if (place !== undefined) places[place] = 1;
    }
    const settled = settleStamps(slice, input);
    changes.push(...settled.changes);
    incidents.push(...settled.incidents);
    delivered += settled.delivered;
  }
  return { places, changes, incidents, delivered };
}

/** Once per batch and process, and again each hour while the node lists it. Returns the reported batches. */
async function reportUnpooled(
  { nodes, store, incidents, reportedUnpooled }: ReconcileParts,
  { unpooled, stock, orders, report }: UnpooledInput,
): Promise<ReadonlySet<BatchId>> {
  const named = new Set(orders.incidents.map(({ subject }) => subject));
  for (const { batchId } of unpooled) {
    const reported = reportedUnpooled.get(batchId);
    if (reported !== undefined) incidents.remind(reported);
  }
  const isKnown = ({ batchId }: SeenStamp): boolean => named.has(batchId) || reportedUnpooled.has(batchId);
  const settled = new Set(stock.openOrders.map(({ id }) => id));
  for await (const slice of slicesOf(unpooled.filter((stamp) => !isKnown(stamp))))
    for (const incident of unaccounted(slice, await store.purchasesMarked(nodes, slice), settled)) {
      report(incident);
      reportedUnpooled.set(parseBatchId(incident.subject), incident);
    }
  return new Set(unpooled.filter(isKnown).map(({ batchId }) => batchId));
}

interface UnpooledInput {
  readonly unpooled: readonly SeenStamp[];
  readonly stock: NodeStock;
  readonly orders: Pick<Settled, 'incidents'>;
  readonly report: ReportIncident;
}
