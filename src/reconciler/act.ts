import type { Bee } from '../bee/bee.ts';
import type { Clock } from '../clock.ts';
import {
  type Action,
  describeAction,
  type Hold,
  type HoldCode,
  isReportedHold,
  lineOfAction,
} from '../domain/action.ts';
import { type Change, isAllocation } from '../domain/change.ts';
import type { LogLine } from '../domain/log-event.ts';
import type { FreshObservation } from '../domain/observation.ts';
import type { PlannedOrder, SentOrder } from '../domain/order.ts';
import { asSentence } from '../domain/plain-text.ts';
import type { Policy } from '../domain/policy.ts';
import { newStamp, ttlSeconds } from '../domain/stamp.ts';
import { costOf, type NodeName, type OrderId, unreachable } from '../domain/units.ts';
import type { ReportIncident } from '../signals/incidents.ts';
import type { Commit } from '../store/store.ts';
import { dueChanges, reportedChanges } from './due-incidents.ts';
import type { InFlight } from './in-flight.ts';
import type { Tenure } from './lease-keeper.ts';
import { describeAge, MAX_AGE_TO_SEND_MS } from './observation-age.ts';
import { expiryOf } from './settle-stamp.ts';
import { type DecisionLogger, type WriteParts, writeChanges } from './write-changes.ts';

/**
 * The last step of a run: carries out one action. It is the only code that spends. It does not wait for Bee: a later run
 * settles the answer. Returns false if the request of an order did not leave.
 */
export async function act(action: Action, seen: FreshObservation | null, parts: ActParts): Promise<boolean> {
  const { report } = parts;
  switch (action.do) {
    case 'buy':
    case 'topUp':
      return await send(action, required(seen), parts);
    case 'expire':
      await expire(action, parts);
      return true;
    case 'adopt':
      await adopt(action, required(seen), parts);
      return true;
    case 'hold': {
      const { code, reason } = action;
      if (isReportedHold(code))
        report({ code, subject: subjectOf(action, parts.node), detail: asSentence(reason) });
      return true;
    }
    default:
      return unreachable(action);
  }
}

/** Limits are the pool's. Everything else is a matter of the node. */
function subjectOf({ code, depth }: Hold, node: NodeName): string {
  if (depth === null) return node;
  return POOL_LIMITS.has(code) ? `depth ${depth}` : `${node}, depth ${depth}`;
}

const POOL_LIMITS: ReadonlySet<HoldCode> = new Set(['PRICE_TOO_HIGH', 'ORDER_ABOVE_LIMIT', 'BUDGET']);

export interface ActParts extends WriteParts {
  readonly node: NodeName;
  readonly bee: Bee;
  readonly tenure: Tenure;
  readonly clock: Clock;
  readonly policy: Policy;
  readonly inFlight: InFlight;
  readonly newOrderId: (at: Date) => OrderId;
  readonly report: ReportIncident;
  /** When the observation began, in monotonic time. */
  readonly observedAtMs: number;
  /** The version of the stock that the plan saw. The action is carried out only if no other node has bought or adopted since. */
  readonly allocation: { current: number };
}

/** Writes what fills a need of the pool, and keeps count of it. @throws AllocationChangedError */
async function allocate(
  changes: readonly Change[],
  { store, levels, clock, tenure, allocation }: ActParts,
): Promise<void> {
  const condition = { lease: tenure.lease, allocation: allocation.current };
  const commit = await store.write(changes, clock.now(), condition);
  allocation.current += changes.filter(isAllocation).length;
  await levels.include(commit);
}

function required(seen: FreshObservation | null): FreshObservation {
  if (seen === null) throw new Error('an action other than a hold was planned without a fresh observation');
  return seen;
}

async function send(
  action: Extract<Action, { do: 'buy' | 'topUp' }>,
  seen: FreshObservation,
  parts: ActParts,
): Promise<boolean> {
  const { bee, levels, inFlight, clock, log, tenure, observedAtMs } = parts;
  const order = plannedOrder(action, seen, parts);
  await allocate([{ change: 'orderPlanned', order }], parts);
  const sent: SentOrder = { ...order, state: 'sent', sentAt: clock.now(), claim: null };
  const beganMs = clock.monotonicMs();
  const sending = await writeSent(sent, parts);
  const nowMs = clock.monotonicMs();
  const tooLate = whyTooLate({
    tookMs: nowMs - beganMs,
    isHeld: tenure.isHeld,
    observedAgoMs: nowMs - observedAtMs,
  });
  if (tooLate === null) {
    log(orderFields(order), describeAction(action));
    inFlight.start(sent, nowMs, () =>
      sent.kind === 'purchase'
        ? bee.buy({ amount: sent.amount, depth: sent.depth, immutable: sent.immutable, orderId: sent.id })
        : bee.topUp({ batchId: sent.batchId, amount: sent.amount }),
    );
  } else notSent(sent, tooLate, parts);
  await levels.include(sending);
  return tooLate === null;
}

function plannedOrder(
  action: Extract<Action, { do: 'buy' | 'topUp' }>,
  seen: FreshObservation,
  { policy, newOrderId, clock }: ActParts,
): PlannedOrder {
  const plannedAt = clock.now();
  const common = {
    id: newOrderId(plannedAt),
    node: seen.node,
    depth: action.depth,
    amount: action.amount,
    cost: action.cost,
    reason: action.reason,
    plannedAt,
    plannedAtBlock: seen.chain.block,
    state: 'planned',
  } as const;
  return action.do === 'buy'
    ? {
        ...common,
        kind: 'purchase',
        purpose: action.purpose,
        immutable: action.purpose === 'reserve' && policy.immutable, // a canary must take any number of chunks
      }
    : { ...common, kind: 'topUp', batchId: action.batchId, before: action.before };
}

/** On disk before Bee receives it: promise 3. If the write fails, it may have been committed all the same. */
async function writeSent(sent: SentOrder, parts: ActParts): Promise<Commit> {
  const { store, tenure } = parts;
  try {
    return await store.write([{ change: 'orderSent', id: sent.id }], sent.sentAt, { lease: tenure.lease });
  } catch (error) {
    notSent(sent, 'it may not be on disk', parts);
    throw error;
  }
}

/** The next run settles it, as it settles an answer. */
const notSent = (sent: SentOrder, cause: string, { inFlight, clock }: ActParts): void =>
  inFlight.start(sent, clock.monotonicMs(), async () => ({
    is: 'notSent',
    cause: `it was not sent: ${cause}`,
  }));

/** Later than this after the commit began, the request of an order is not sent: another holder may have settled the order. */
const MAX_COMMIT_MS = 5_000;

function whyTooLate({ tookMs, isHeld, observedAgoMs }: Sending): string | null {
  if (!isHeld) return 'the lease of the node was lost before';
  if (observedAgoMs > MAX_AGE_TO_SEND_MS) return describeAge(observedAgoMs);
  if (tookMs <= MAX_COMMIT_MS) return null;
  return `${(tookMs / 1000).toFixed(1)} s passed while it was written to disk`;
}

interface Sending {
  /** How long the commit took that marks the order as sent. */
  readonly tookMs: number;
  readonly isHeld: boolean;
  readonly observedAgoMs: number;
}

async function expire(action: Extract<Action, { do: 'expire' }>, parts: ActParts): Promise<void> {
  const { node, clock, report, log } = parts;
  const { batchId } = action;
  const incident = { code: 'STAMP_EXPIRED', subject: batchId, detail: `Batch ${batchId}.` } as const;
  const changes = [{ change: 'stampExpired', batchId }, ...dueChanges(node, [incident])] as const;
  await writeChanges(changes, clock.now(), parts);
  logDone(action, log);
  report(incident);
  await writeChanges(reportedChanges(node, [incident]), clock.now(), parts);
}

async function adopt(
  action: Extract<Action, { do: 'adopt' }>,
  seen: FreshObservation,
  parts: ActParts,
): Promise<void> {
  const { policy, log } = parts;
  const { batchId } = action;
  const shown = seen.stamps.get(batchId);
  const expiresAt = shown && expiryOf(shown, seen, policy.blockTimeSeconds);
  if (!shown || !expiresAt)
    throw new Error(`batch ${batchId} was planned to be adopted, but the node shows no time to live`);
  const stamp = newStamp({
    batchId,
    node: seen.node,
    depth: shown.depth,
    amount: shown.amount,
    immutable: shown.immutable ?? policy.immutable, // if the node does not show it, assume the setting
    cost: costOf(shown.amount, shown.depth),
    origin: 'adopted',
    orderId: null,
    createdAt: seen.at,
  });
  const changes: readonly Change[] = [
    { change: 'stampAdded', stamp },
    {
      change: 'stampAvailable',
      batchId,
      expiresAt,
      ttlAtCreationSeconds: ttlSeconds({ expiresAt }, seen.at),
    },
  ];
  await allocate(changes, parts);
  logDone(action, log);
}

const orderFields = (order: PlannedOrder): LogLine['fields'] => ({
  event: 'ordered',
  orderId: order.id,
  kind: order.kind,
  node: order.node,
  depth: order.depth,
  batchId: order.kind === 'topUp' ? order.batchId : null,
  amountPlur: order.amount.toString(),
  costPlur: order.cost.toString(),
  reason: order.reason,
});

function logDone(action: Extract<Action, { do: 'adopt' | 'expire' }>, log: DecisionLogger): void {
  const { fields, message } = lineOfAction(action);
  log(fields, message);
}
