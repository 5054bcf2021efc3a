import { applyToHeld, applyToNode, applyToOrder, applyToStamp } from '../../domain/apply-change.ts';
import {
  batchIdOf,
  type Change,
  type HeldChange,
  isHeldChange,
  isNodeChange,
  isOrderChange,
  isStampChange,
  type NodeChange,
  orderIdOf,
} from '../../domain/change.ts';
import type { NodeRecord } from '../../domain/node.ts';
import { OPEN_ORDER_STATES, type OrderRecord } from '../../domain/order.ts';
import { isLiveState, type StampRecord } from '../../domain/stamp.ts';
import { unreachable } from '../../domain/units.ts';
import { WorkingSet } from './working-set.ts';

/** What the changes of one transaction concern, loaded before. */
export class Records {
  readonly nodes = new WorkingSet<NodeRecord>(({ name }) => name);
  readonly orders = new WorkingSet<OrderRecord>(({ id }) => id);
  readonly stamps = new WorkingSet<StampRecord>(({ batchId }) => batchId);
  /** By node, the list that replaces its list. */
  readonly supersededTransactions = new Map<string, readonly string[]>();
  readonly incidents: IncidentChange[] = [];
}

type IncidentChange = Extract<Change, { change: `incident${string}` }>;

/** Applies one change to the records. @throws IllegalTransitionError */
export function applyChange(records: Records, change: Change, at: Date): void {
  if (isNodeChange(change)) return applyNodeChange(records, change, at);
  if (isOrderChange(change))
    return records.orders.set(applyToOrder(records.orders.get(orderIdOf(change)), change, at));
  if (isStampChange(change)) {
    const stamp = applyToStamp(records.stamps.get(batchIdOf(change)), change, at);
    if (stamp) records.stamps.set(stamp);
    return;
  }
  switch (change.change) {
    case 'clockSet':
      throw new TypeError('the expiries of a shared database do not follow the clock of one machine');
    case 'transactionsSuperseded':
      records.supersededTransactions.set(change.node, [...new Set(change.hashes)]);
      return;
    case 'incidentDue':
    case 'incidentReported':
      records.incidents.push(change);
      return;
    default:
      unreachable(change);
  }
}

function applyNodeChange(records: Records, change: NodeChange, at: Date): void {
  const before = records.nodes.get(change.node);
  const after = applyToNode(before, change, at);
  if (after) records.nodes.set(after);
  if (isHeldChange(change)) applyToAllHeld(records, change, before);
}

/** What becomes of everything of the node that has not ended. */
function applyToAllHeld(records: Records, change: HeldChange, before: NodeRecord | undefined): void {
  const { node } = change;
  for (const stamp of records.stamps.all())
    if (stamp.node === node && isLiveState(stamp.state))
      records.stamps.set(applyToHeld(stamp, change, before));
  for (const order of records.orders.all())
    if (order.node === node && isMovable(order)) records.orders.set(applyToHeld(order, change, before));
}

/** Not ended, or still watched. */
const isMovable = ({ state }: OrderRecord): boolean =>
  state === 'abandoned' || OPEN_ORDER_STATES.some((open) => open === state);
