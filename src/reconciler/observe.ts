import type { Bee } from '../bee/bee.ts';
import type { Clock } from '../clock.ts';
import type { Change } from '../domain/change.ts';
import type { NodeView } from '../domain/maintenance-run.ts';
import type { NodeRecord } from '../domain/node.ts';
import { type Freshness, lagBlocks, type Observation, type Reading } from '../domain/observation.ts';
import type { Order } from '../domain/order.ts';
import type { Policy } from '../domain/policy.ts';
import type { BatchId, Depth, EthereumAddress, NodeName } from '../domain/units.ts';
import type { ExpiryClock } from '../signals/expiry-clock.ts';
import type { ReportIncident } from '../signals/incidents.ts';
import { momentOf } from '../store/moment.ts';
import { type DueStamps, type NodeStock } from '../store/store.ts';
import { type Assessment, assess, type ObservationHistory } from './assess.ts';
import { readDue } from './read-due.ts';
import { type WriteParts, writeChanges } from './write-changes.ts';

export interface ObserveParts extends WriteParts {
  readonly node: NodeName;
  /** All nodes that are configured. */
  readonly nodes: readonly NodeName[];
  readonly bee: Bee;
  readonly clock: Clock;
  readonly expiryClock: ExpiryClock;
  readonly policy: Policy;
  /** The only state that observations share in memory. */
  readonly history: { current: ObservationHistory };
  /** Aborted when the service stops or the lease is lost: the run then waits for no answer. */
  readonly stopping: AbortSignal;
}

/**
 * Assesses what the node has answered. That another node answers is on disk before anything else happens: from then on none of
 * its stamps is given out. A dry run keeps, writes and reports nothing.
 */
export async function observe(
  parts: ObserveParts,
  read: NodeRead,
  { dryRun, report }: { readonly dryRun: boolean; readonly report: ReportIncident },
): Promise<Observed> {
  const { node, nodes, store, clock, expiryClock, policy, history } = parts;
  const { beganMs, supersededOnDisk } = read;
  const observation: Observation = { ...read.reading, at: expiryClock.at(beganMs) };
  const records = await store.nodes();
  const record = records.find(({ name }) => name === node);
  const assessment = assess(observation, {
    history: history.current,
    record,
    others: records.filter(({ name }) => name !== node && nodes.includes(name)),
    isOnlyNode: nodes.length === 1,
    supersededOnDisk,
    nowMs: clock.monotonicMs(),
    blockTimeSeconds: policy.blockTimeSeconds,
    nodeAwaySeconds: policy.nodeAwaySeconds,
  });
  const { freshness, changes, changesAfterSettling, incidents } = assessment;
  const listed = observation.is === 'complete' ? observation.stamps.size : 0;
  const drained = policy.drainedNodes.has(node);
  const observed = (known: NodeRecord | undefined): Observed => ({
    freshness,
    changesAfterSettling,
    listed,
    view: viewOf(assessment, { address: known?.address ?? null, drained }),
    beganMs,
  });
  if (dryRun) return observed(record);
  history.current = assessment.history;
  for (const incident of incidents) report(incident);
  await writeChanges(changes, clock.now(), parts);
  return observed(changes.length > 0 ? await store.node(node) : record);
}

interface Observed {
  readonly freshness: Freshness;
  readonly changesAfterSettling: readonly Change[];
  /** How many stamps the node has listed; 0 if the observation is not complete. */
  readonly listed: number;
  readonly view: NodeView;
  /** When the node was asked first, in monotonic time. */
  readonly beganMs: number;
}

/** The first step of a run: reads the node. The expiries may be moved while it answers, so nothing here is in their time. */
export async function readNode(parts: ObserveParts): Promise<NodeRead> {
  const { bee, store, node, policy, clock, expiryClock, stopping } = parts;
  const supersededOnDisk = await store.supersededTransactions(node);
  const now = expiryClock.now();
  const stock = await store.nodeStock(node, momentOf(policy, now));
  const batchIds = batchesToRead(stock, await readDue(parts, stock, { now }));
  const beganMs = clock.monotonicMs();
  return { supersededOnDisk, beganMs, reading: await unlessAborted(bee.observe(batchIds), stopping) };
}

export interface NodeRead {
  readonly reading: Reading;
  /** When the node was asked first, in monotonic time. */
  readonly beganMs: number;
  /** The transactions that were on disk as superseded before the node was asked. */
  readonly supersededOnDisk: readonly string[];
}

/** Stops waiting on abort. The request itself goes on. */
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

/**
 * The batches that are read one by one, for their exact balance and depth: those with a top-up under way, those that are due
 * for one next, and those with a top-up that was abandoned lately and may still be mined. For any other one, the balance is
 * derived from its time to live.
 */
function batchesToRead(
  { openOrders, abandonedOrders }: NodeStock,
  due: ReadonlyMap<Depth, DueStamps>,
): readonly BatchId[] {
  const dueFirst = [...due.values()]
    .flatMap(({ stamps }) => stamps)
    .toSorted((a, b) => a.expiresAt.getTime() - b.expiresAt.getTime())
    .slice(0, MAX_DUE_BATCHES);
  const sentLast = abandonedOrders.filter(({ sentAt }) => sentAt !== null).toReversed(); // ids increase with time
  const batchIds = new Set([
    ...openOrders.flatMap(toppedUpBatch),
    ...dueFirst.map(({ batchId }) => batchId),
    ...sentLast.flatMap(toppedUpBatch),
  ]);
  return [...batchIds].slice(0, MAX_BATCHES);
}

const toppedUpBatch = (order: Order): readonly BatchId[] => (order.kind === 'topUp' ? [order.batchId] : []);

/** Each is a request of its own, within the time limit of the observation. */
const MAX_BATCHES = 20;
/** One operation at a time takes minutes, so most of what is due waits for a later observation. */
const MAX_DUE_BATCHES = 10;

function viewOf(
  { observation, freshness, own }: Assessment,
  { address, drained }: { readonly address: EthereumAddress | null; readonly drained: boolean },
): NodeView {
  const isComplete = observation.is === 'complete';
  return {
    name: observation.node,
    observedAt: observation.at,
    address,
    seenAddress: isComplete ? observation.address : (observation.addresses.at(-1) ?? null),
    reachable: isComplete || observation.code !== 'NODE_UNREACHABLE',
    fresh: freshness.is === 'fresh',
    staleReason: freshness.is === 'fresh' ? null : freshness.reason,
    drained,
    version: own?.version ?? null,
    block: own?.chain.block ?? null,
    lagBlocks: own ? lagBlocks(own.chain) : null,
    price: own?.chain.price ?? null,
    wallet: own?.wallet ?? null,
    canary: null,
  };
}
