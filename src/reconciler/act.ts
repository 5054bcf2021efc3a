import type { Bee } from '../bee/bee.ts';
import type { Action } from '../domain/action.ts';
import { HOLD_INCIDENTS } from '../domain/action.ts';
import type { FreshObservation } from '../domain/observation.ts';
import type { PlannedOrder, SentOrder } from '../domain/order.ts';
import type { Policy } from '../domain/policy.ts';
import { newStamp } from '../domain/stamp.ts';
import { costOf, type OrderId, unreachable } from '../domain/units.ts';
import type { Incidents } from '../signals/incidents.ts';
import type { Store } from '../store/store.ts';
import type { InFlight } from './in-flight.ts';
import { expiryOf } from './settle-stamp.ts';

/** What acting needs, besides the action. */
export interface Acting {
  readonly bee: Bee;
  readonly store: Store;
  readonly inFlight: InFlight;
  readonly incidents: Pick<Incidents, 'report'>;
  readonly policy: Policy;
  readonly newOrderId: (at: Date) => OrderId;
  readonly now: () => Date;
  readonly monotonicMs: () => number;
}

/** The only spender. Does not wait for Bee: its answer is settled by a later run. */
export async function act(action: Action, seen: FreshObservation | null, acting: Acting): Promise<void> {
  const { store, incidents, now } = acting;
  switch (action.do) {
    case 'buy':
    case 'topUp':
      return await send(action, required(seen), acting);
    case 'expire':
      await store.write([{ change: 'stampExpired', batchId: action.batchId }], now());
      return incidents.report({
        code: 'STAMP_EXPIRED',
        subject: action.batchId,
        detail: `Batch ${action.batchId}.`,
      });
    case 'adopt':
      return await adopt(action, required(seen), acting);
    case 'hold': {
      const code = isReported(action.code) ? HOLD_INCIDENTS[action.code] : undefined;
      if (code)
        incidents.report({
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

const isReported = (code: string): code is keyof typeof HOLD_INCIDENTS => Object.hasOwn(HOLD_INCIDENTS, code);

function required(seen: FreshObservation | null): FreshObservation {
  if (seen === null) throw new Error('an action other than holding was planned without a fresh observation');
  return seen;
}

async function send(
  action: Extract<Action, { do: 'buy' | 'topUp' }>,
  seen: FreshObservation,
  { bee, store, inFlight, policy, newOrderId, now, monotonicMs }: Acting,
): Promise<void> {
  const plannedAt = now();
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
      ? { ...common, kind: 'purchase', state: 'planned', immutable: policy.immutable }
      : { ...common, kind: 'topUp', state: 'planned', batchId: action.batchId, before: action.before };
  await store.write([{ change: 'orderPlanned', order }], plannedAt);
  const sentAt = now();
  await store.write([{ change: 'orderSent', id: order.id }], sentAt); // on disk before Bee hears of it: rule 3
  const sent: SentOrder = { ...order, state: 'sent', sentAt, claim: null };
  inFlight.start(sent, monotonicMs(), () =>
    sent.kind === 'purchase'
      ? bee.buy({ amount: sent.amount, depth: sent.depth, immutable: sent.immutable, orderId: sent.id })
      : bee.topUp({ batchId: sent.batchId, amount: sent.amount }),
  );
}

async function adopt(
  { batchId }: Extract<Action, { do: 'adopt' }>,
  seen: FreshObservation,
  { store, policy, now }: Acting,
): Promise<void> {
  const shown = seen.stamps.find((stamp) => stamp.batchId === batchId);
  const expiresAt = shown && expiryOf(shown, seen, policy.blockTimeSeconds);
  if (!shown || !expiresAt)
    throw new Error(`batch ${batchId} is to be adopted, but was not seen with a time to live`);
  const stamp = newStamp({
    batchId,
    node: seen.node,
    depth: shown.depth,
    amount: shown.amount,
    immutable: shown.immutable ?? policy.immutable, // where the node does not show it, as it buys them
    cost: costOf(shown.amount, shown.depth),
    origin: 'adopted',
    orderId: null,
    createdAt: seen.at,
  });
  const ttlAtCreationSeconds = Math.floor((expiresAt.getTime() - seen.at.getTime()) / 1000);
  await store.write(
    [
      { change: 'stampAdded', stamp },
      { change: 'stampAvailable', batchId, expiresAt, ttlAtCreationSeconds },
    ],
    now(),
  );
}
