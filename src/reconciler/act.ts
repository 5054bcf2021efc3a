import type { Bee } from '../bee/bee.ts';
import type { Clock } from '../clock.ts';
import { type Action, describeAction, HOLD_INCIDENTS, lineOfAction } from '../domain/action.ts';
import type { Change } from '../domain/change.ts';
import type { LogLine } from '../domain/log-event.ts';
import type { FreshObservation } from '../domain/observation.ts';
import type { PlannedOrder, SentOrder } from '../domain/order.ts';
import type { Policy } from '../domain/policy.ts';
import { newStamp } from '../domain/stamp.ts';
import { costOf, type OrderId, unreachable } from '../domain/units.ts';
import type { IncidentReport } from '../signals/incidents.ts';
import type { Levels } from '../signals/levels.ts';
import type { Store } from '../store/store.ts';
import type { InFlight } from './in-flight.ts';
import { expiryOf } from './settle-stamp.ts';
import type { DecisionLogger } from './write-changes.ts';

/**
 * The last step of a run: carries out one action. It is the only code that spends. It does not wait for Bee: a later run
 * settles the answer.
 */
export async function act(action: Action, seen: FreshObservation | null, parts: ActParts): Promise<void> {
  const { store, levels, clock, report } = parts;
  switch (action.do) {
    case 'buy':
    case 'topUp':
      return await send(action, required(seen), parts);
    case 'expire':
      await levels.include(
        await store.write([{ change: 'stampExpired', batchId: action.batchId }], clock.now()),
      );
      logDone(action, parts);
      return report({
        code: 'STAMP_EXPIRED',
        subject: action.batchId,
        detail: `Batch ${action.batchId}.`,
      });
    case 'adopt':
      return await adopt(action, required(seen), parts);
    case 'hold': {
      const code = isReported(action.code) ? HOLD_INCIDENTS[action.code] : undefined;
      if (code)
        report({
          code,
          subject: action.depth === null ? 'node' : `depth ${action.depth}`,
          detail: `${action.reason}.`,
        });
      return;
    }
    default:
      return unreachable(action);
  }
}

export interface ActParts {
  readonly bee: Bee;
  readonly store: Store;
  readonly levels: Pick<Levels, 'include'>;
  readonly clock: Clock;
  readonly policy: Policy;
  readonly inFlight: InFlight;
  readonly newOrderId: (at: Date) => OrderId;
  readonly log: DecisionLogger;
  readonly report: (incident: IncidentReport) => void;
}

const isReported = (code: string): code is keyof typeof HOLD_INCIDENTS => Object.hasOwn(HOLD_INCIDENTS, code);

function required(seen: FreshObservation | null): FreshObservation {
  if (seen === null) throw new Error('an action other than a hold was planned without a fresh observation');
  return seen;
}

async function send(
  action: Extract<Action, { do: 'buy' | 'topUp' }>,
  seen: FreshObservation,
  { bee, store, levels, inFlight, policy, newOrderId, clock, log }: ActParts,
): Promise<void> {
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
  };
  const order: PlannedOrder =
    action.do === 'buy'
      ? {
          ...common,
          kind: 'purchase',
          purpose: action.purpose,
          state: 'planned',
          immutable: action.purpose === 'reserve' && policy.immutable, // a canary must take any number of chunks
        }
      : { ...common, kind: 'topUp', state: 'planned', batchId: action.batchId, before: action.before };
  await levels.include(await store.write([{ change: 'orderPlanned', order }], plannedAt));
  const sentAt = clock.now();
  const sending = await store.write([{ change: 'orderSent', id: order.id }], sentAt); // on disk before Bee receives it: rule 3
  const sent: SentOrder = { ...order, state: 'sent', sentAt, claim: null };
  log(orderFields(order), describeAction(action));
  inFlight.start(sent, clock.monotonicMs(), () =>
    sent.kind === 'purchase'
      ? bee.buy({ amount: sent.amount, depth: sent.depth, immutable: sent.immutable, orderId: sent.id })
      : bee.topUp({ batchId: sent.batchId, amount: sent.amount }),
  );
  await levels.include(sending);
}

async function adopt(
  action: Extract<Action, { do: 'adopt' }>,
  seen: FreshObservation,
  { store, levels, policy, clock, log }: ActParts,
): Promise<void> {
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
  const ttlAtCreationSeconds = Math.floor((expiresAt.getTime() - seen.at.getTime()) / 1000);
  const changes: readonly Change[] = [
    { change: 'stampAdded', stamp },
    { change: 'stampAvailable', batchId, expiresAt, ttlAtCreationSeconds },
  ];
  await levels.include(await store.write(changes, clock.now()));
  logDone(action, { log });
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

function logDone(
  action: Extract<Action, { do: 'adopt' | 'expire' }>,
  { log }: { readonly log: DecisionLogger },
): void {
  const { fields, message } = lineOfAction(action);
  log(fields, message);
}
