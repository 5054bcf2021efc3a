import {
  applyToHeld,
  applyToNode,
  applyToOrder,
  applyToStamp,
  moveObservation,
} from '../../domain/apply-change.ts';
import {
  batchIdOf,
  type Change,
  type HeldChange,
  isHeldChange,
  isNodeChange,
  isOrderChange,
  isStampChange,
  type NodeChange,
  type OrderChange,
  orderIdOf,
  type StampChange,
} from '../../domain/change.ts';
import type { NodeRecord } from '../../domain/node.ts';
import type { StampRecord } from '../../domain/stamp.ts';
import { unreachable } from '../../domain/units.ts';
import { nodeFromRow, rowFromNode } from '../rows/node-row.ts';
import { orderRecordFromRow, rowFromOrder } from '../rows/order-row.ts';
import { rowFromStamp, stampRecordFromRow } from '../rows/stamp-row.ts';
import type { Statements } from './statements.ts';
import type { StockCounts } from './stock-counts.ts';

/** Loads the records that the change concerns, and saves the result. Call it in a transaction. @throws IllegalTransitionError */
export function writeChange(tables: Tables, change: Change, at: Date): void {
  const { statements } = tables;
  if (isNodeChange(change)) return writeNode(tables, change, at);
  if (isOrderChange(change)) return writeOrder(statements, change, at);
  if (isStampChange(change)) return writeStamp(tables, change, at);
  switch (change.change) {
    case 'clockSet':
      statements.moveExpiries.run({ byMs: change.byMs, fromMs: at.getTime() - change.byMs });
      tables.counts.moveExpiries(change.byMs);
      for (const row of statements.nodes.all({}))
        statements.saveNode.run(rowFromNode(moveObservation(nodeFromRow(row), change.byMs)));
      return;
    case 'transactionsSuperseded': {
      const { node, hashes } = change;
      statements.forgetSuperseded.run({ node });
      for (const hash of new Set(hashes)) statements.addSuperseded.run({ node, hash });
      return;
    }
    case 'incidentDue':
      statements.addDue.run({ node: change.node, ...change.incident });
      return;
    case 'incidentReported': {
      const { node, incident } = change;
      statements.forgetDue.run({ node, code: incident.code, subject: incident.subject });
      return;
    }
    default:
      unreachable(change);
  }
}

export interface Tables {
  readonly statements: Statements;
  readonly counts: StockCounts;
}

function writeOrder(statements: Statements, change: OrderChange, at: Date): void {
  const row = statements.order.get({ id: orderIdOf(change) });
  statements.saveOrder.run(rowFromOrder(applyToOrder(row && orderRecordFromRow(row), change, at)));
}

function writeStamp(tables: Tables, change: StampChange, at: Date): void {
  const row = tables.statements.stamp.get({ batchId: batchIdOf(change) });
  const before = row && stampRecordFromRow(row);
  const after = applyToStamp(before, change, at);
  if (after && after !== before) saveStamp(tables, before, after);
}

function saveStamp(
  { statements, counts }: Tables,
  before: StampRecord | undefined,
  after: StampRecord,
): void {
  if (before) statements.updateStamp(rowFromStamp(before), rowFromStamp(after));
  else statements.saveStamp.run(rowFromStamp(after));
  counts.move(before, after);
}

function writeNode(tables: Tables, change: NodeChange, at: Date): void {
  const { statements } = tables;
  const row = statements.node.get({ name: change.node });
  const before = row && nodeFromRow(row);
  const after = applyToNode(before, change, at);
  if (after && after !== before) statements.saveNode.run(rowFromNode(after));
  if (isHeldChange(change)) writeHeld(tables, change, before);
}

/** Writes what becomes of everything of the node that has not ended. */
function writeHeld(tables: Tables, change: HeldChange, before: NodeRecord | undefined): void {
  const { statements } = tables;
  const { node } = change;
  for (const stamp of statements.movableStamps.all({ node }).map(stampRecordFromRow))
    saveStamp(tables, stamp, applyToHeld(stamp, change, before));
  for (const order of statements.movableOrders.all({ node }))
    statements.saveOrder.run(rowFromOrder(applyToHeld(orderRecordFromRow(order), change, before)));
}
