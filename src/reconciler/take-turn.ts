import type { Bee } from '../bee/bee.ts';
import type { Clock } from '../clock.ts';
import type { Change } from '../domain/change.ts';
import type { NodeRecord } from '../domain/node.ts';
import {
  type CompleteObservation,
  type Freshness,
  type FreshObservation,
  type Observation,
} from '../domain/observation.ts';
import type { Policy } from '../domain/policy.ts';
import { ttlSeconds } from '../domain/stamp.ts';
import type { Turn } from '../domain/turn.ts';
import { type BatchId, type NodeName, type OrderId, plur } from '../domain/units.ts';
import type { IncidentReport, Incidents } from '../signals/incidents.ts';
import type { NodeStock, Store } from '../store/store.ts';
import { act } from './act.ts';
import { settleAnswer, settleLatePurchase } from './answer.ts';
import { describeChange } from './describe-change.ts';
import { type Streak, verifyIdentity } from './identity.ts';
import type { Answered, InFlight } from './in-flight.ts';
import type { Known } from './known.ts';
import { lastingIncidents } from './lasting-incidents.ts';
import { nodeView } from './node-view.ts';
import { backOffMs } from './pace.ts';
import { type Plan, plan } from './plan.ts';
import { settle } from './settle.ts';
import { MAX_TAG } from './spending.ts';
import { type PendingWatch, type TimeWatch, timeIncidents } from './watch.ts';

/** What a turn works with. All that it remembers between turns and that matters is in the store. */
export interface TurnParts {
  readonly node: NodeName;
  readonly bee: Bee;
  readonly store: Store;
  readonly clock: Clock;
  readonly policy: Policy;
  readonly incidents: Incidents;
  readonly inFlight: InFlight;
  readonly timeWatch: TimeWatch;
  readonly pendingWatch: PendingWatch;
  readonly backOff: BackOff;
  /** How far the pinned node has come in being trusted again. */
  readonly identity: { streak: Streak | null };
  /** From 0 to 1, 1 excluded. */
  readonly random: () => number;
  readonly newOrderId: (at: Date) => OrderId;
  /** What was decided and what came of it, one line each. */
  readonly log: (fields: Record<string, unknown>, message: string) => void;
  /** Aborted when the service stops: nothing is waited for, and nothing sent, any more. */
  readonly stopping: AbortSignal;
}

/** How long the node is to be left alone. */
interface BackOff {
  refusals: number;
  /** By the scale of time that nobody sets: a clock that is put back would make it a wait of hours. */
  current: { readonly untilMs: number; readonly why: string } | null;
}

export type TakenTurn = Omit<Turn, 'nextAt'> & { readonly stock: NodeStock };

/** A look takes at most four blocks: an answer that came during one was mined within so many of the tip it saw. */
const LOOK_BLOCKS = 5;
const DAY_MS = 24 * 3600 * 1000;

/** Observe, settle, plan, act. Safe to repeat, and to stop between any two steps. A dry run only observes and plans. */
export async function takeTurn(
  parts: TurnParts,
  { dryRun }: { readonly dryRun: boolean },
): Promise<TakenTurn> {
  const { node, bee, store, clock, policy, incidents, stopping } = parts;
  const startedAt = clock.now();
  const errors: string[] = [];
  const report = (incident: IncidentReport): void => {
    incidents.report(incident);
    errors.push(`${incident.code}: ${incident.detail ?? incident.subject}`);
  };

  const before = await store.nodeStock(node);
  const observation = await unlessAborted(bee.observe(balancesWanted(before, policy, startedAt)), stopping);
  const { seen, record } = await verify(parts, observation, { dryRun });
  const own = ownObservation(observation, seen);
  for (const incident of watch(parts, own)) report(incident);

  const settled = dryRun || isChanged(seen) ? NOTHING_SETTLED : await settleAll(parts, seen, report);
  const stock = settled.stock ?? (await store.nodeStock(node));
  if (!dryRun) remind(parts, seen, stock);
  const { actions, spending } = await planNow(parts, seen, stock);
  if (!dryRun) {
    const fresh = seen.is === 'fresh' ? seen.seen : null;
    const acting = {
      ...parts,
      now: () => clock.now(),
      monotonicMs: () => clock.monotonicMs(),
      incidents: { report },
    };
    for (const action of actions) {
      stopping.throwIfAborted();
      await act(action, fresh, acting);
    }
  }
  const count = (kind: string): number =>
    dryRun ? 0 : actions.filter((action) => action.do === kind).length;
  return {
    startedAt,
    endedAt: clock.now(),
    dryRun,
    node: nodeView(observation, { seen, own, record }),
    actions,
    purchasesSent: count('buy'),
    topUpsSent: count('topUp'),
    takenIn: settled.recovered + count('adopt'),
    errors,
    spending,
    stock: dryRun || actions.every((action) => action.do === 'hold') ? stock : await store.nodeStock(node),
  };
}

/** On disk before anything else: from then on no stamp of a node that is another one is given out. */
async function verify(
  { store, node, clock, identity, log }: TurnParts,
  observation: Observation,
  { dryRun }: { readonly dryRun: boolean },
): Promise<{ readonly seen: Freshness; readonly record: NodeRecord | undefined }> {
  const record = await store.node(node);
  const { seen, changes, streak } = verifyIdentity({ observation, record, streak: identity.streak });
  if (dryRun) return { seen, record };
  if (changes.length > 0) await write(changes, clock.now(), { store, log });
  identity.streak = streak; // only now: had the write failed, the next turn would have to come to the same
  return { seen, record: changes.length > 0 ? await store.node(node) : record };
}

const isChanged = (seen: Freshness): boolean => seen.is === 'stale' && seen.code === 'NODE_CHANGED';

/** null: it is not complete, or shows another node, on which nothing is judged. */
const ownObservation = (observation: Observation, seen: Freshness): CompleteObservation | null =>
  observation.is === 'complete' && !isChanged(seen) ? observation : null;

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

function watch(
  { timeWatch, pendingWatch, clock, policy }: TurnParts,
  seen: CompleteObservation | null,
): readonly IncidentReport[] {
  const time = timeWatch.look(clock.now(), clock.monotonicMs(), seen?.chain ?? null);
  const stuck = seen ? pendingWatch.look(seen.pendingPostage, seen.chain.tip) : [];
  return [...timeIncidents(time, policy.blockTimeSeconds), ...stuck];
}

function remind({ incidents, clock, policy }: TurnParts, seen: Freshness, stock: NodeStock): void {
  const lasting = lastingIncidents({
    stock,
    seen: seen.is === 'fresh' ? seen.seen : null,
    blockTimeSeconds: policy.blockTimeSeconds,
    now: clock.now(),
  });
  for (const incident of lasting) incidents.remind(incident);
}

interface Settled {
  /** Purchases that turned up unasked. */
  readonly recovered: number;
  /** As it is now; null when it has to be read. */
  readonly stock: NodeStock | null;
}

const NOTHING_SETTLED: Settled = { recovered: 0, stock: null };

/** Bee's answer to a request, if it has come, and then what the observation shows. */
async function settleAll(
  parts: TurnParts,
  seen: Freshness,
  report: (incident: IncidentReport) => void,
): Promise<Settled> {
  await takeAnswer(parts, seen, report);
  if (seen.is === 'stale') return NOTHING_SETTLED;
  const { store, node, policy, clock, inFlight } = parts;
  const stock = await store.nodeStock(node);
  const known = await knownOf(seen.seen, store);
  const settlement = settle({ stock, seen: seen.seen, known, blockTimeSeconds: policy.blockTimeSeconds });
  if (settlement.changes.length > 0) await write(settlement.changes, clock.now(), parts);
  for (const change of settlement.changes) if (change.change === 'orderConfirmed') inFlight.forget(change.id);
  for (const incident of settlement.incidents) report(incident);
  return { recovered: settlement.recovered, stock: settlement.changes.length > 0 ? null : stock };
}

/** On disk first, then in the log. */
async function write(
  changes: readonly Change[],
  at: Date,
  { store, log }: Pick<TurnParts, 'store' | 'log'>,
): Promise<void> {
  await store.write(changes, at);
  for (const change of changes) {
    const words = describeChange(change);
    if (words !== null) log({}, words);
  }
}

async function takeAnswer(
  { inFlight, clock, store, node, backOff, random, log }: TurnParts,
  seen: Freshness,
  report: (incident: IncidentReport) => void,
): Promise<void> {
  const answered = inFlight.peek(clock.monotonicMs());
  if (answered === null || !isShown(answered, seen)) return;
  const { order, answer } = answered;
  const { openOrders, abandonedOrders } = await store.nodeStock(node);
  const at = clock.now();
  const onDisk = [...openOrders, ...abandonedOrders].find(({ id }) => id === order.id);
  if (onDisk?.state === 'sent') {
    const { changes, incidents, backOffBecause } = settleAnswer(order, answer, at);
    await write(changes, at, { store, log });
    for (const incident of incidents) report(incident);
    backOff.refusals = backOffBecause === null ? 0 : backOff.refusals + 1;
    backOff.current =
      backOffBecause === null
        ? null
        : { untilMs: clock.monotonicMs() + backOffMs(backOff.refusals, random()), why: backOffBecause };
  } else if (answer.is === 'bought' && !(await store.known([answer.batchId])).has(answer.batchId)) {
    const late = settleLatePurchase(order, { ...answer, state: onDisk?.state ?? 'confirmed', at });
    await write(late.changes, at, { store, log });
    for (const incident of late.incidents) report(incident);
  }
  inFlight.forget(order.id); // only now: had the write failed, the answer would be settled by the next turn
}

/**
 * A top-up that is answered is mined, but the node shows it blocks later; until then the stamp looks as due as before,
 * and would be paid for again. So its order stays open until then.
 */
function isShown(answered: Answered, seen: Freshness): boolean {
  if (answered.answer.is !== 'toppedUp') return true;
  if (seen.is === 'stale') return false;
  const { tip, block } = seen.seen.chain;
  answered.minedBy ??= tip + LOOK_BLOCKS;
  return block >= answered.minedBy;
}

async function planNow(parts: TurnParts, seen: Freshness, stock: NodeStock): Promise<Plan> {
  const { store, node, policy, clock, inFlight, backOff, random } = parts;
  const now = clock.now();
  const spentLastDay = await store.spentSince(node, new Date(now.getTime() - DAY_MS));
  const listed = policy.adoption.from === 'list' ? policy.adoption.batchIds : [];
  const known = seen.is === 'fresh' ? await knownOf(seen.seen, store, listed) : new Set<BatchId>();
  const luck = { spread: random(), tag: BigInt(1 + Math.floor(random() * MAX_TAG)) };
  return plan(
    {
      node: seen,
      stock,
      known,
      spentLastDay: plur(spentLastDay),
      sending: inFlight.busy,
      backOff: stillBackingOff(backOff, clock),
      luck,
    },
    policy,
    now,
  );
}

function stillBackingOff({ current }: BackOff, clock: Clock): Known['backOff'] {
  const leftMs = current === null ? 0 : current.untilMs - clock.monotonicMs();
  if (current === null || leftMs <= 0) return null;
  return { until: new Date(clock.now().getTime() + leftMs), why: current.why };
}

const knownOf = (
  seen: FreshObservation,
  store: Store,
  listed: Iterable<BatchId> = [],
): Promise<ReadonlySet<BatchId>> => store.known([...seen.stamps.map(({ batchId }) => batchId), ...listed]);
