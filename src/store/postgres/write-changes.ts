import type { PgTable } from 'drizzle-orm/pg-core';
import {
  batchIdOf,
  type Change,
  isHeldChange,
  isNodeChange,
  isOrderChange,
  isStampChange,
  orderIdOf,
} from '../../domain/change.ts';
import { nodeFromRow, rowFromNode } from '../rows/node-row.ts';
import { orderRecordFromRow, rowFromOrder } from '../rows/order-row.ts';
import { rowFromStamp, stampRecordFromRow } from '../rows/stamp-row.ts';
import { holdAcquireLock } from './acquire-statements.ts';
import { applyChange, Records } from './apply-changes.ts';
import {
  addSuperseded,
  forgetSuperseded,
  insertNodes,
  insertOrders,
  insertStamps,
  lockNodes,
  lockOrders,
  lockStamps,
  stampsOfNodes,
  updateNodes,
  updateOrders,
  updateStamps,
} from './change-statements.ts';
import type { StampMove } from './commit-statements.ts';
import { jsonRows } from './json-rows.ts';
import { addDue, forgetDue } from './postgres-due-incident-store.ts';
import { nodes, orders, stamps } from './schema.ts';
import type { Statement } from './statement.ts';
import type { Transaction } from './transaction.ts';
import type { Worked } from './working-set.ts';

/** Loads and locks what the changes concern, applies them, and sends what they leave. @throws IllegalTransitionError */
export async function writeChanges(
  transaction: Transaction,
  changes: readonly Change[],
  at: Date,
): Promise<readonly StampMove[]> {
  const records = await load(transaction, changes);
  for (const change of changes) applyChange(records, change, at);
  save(transaction, records);
  return records.stamps.changed();
}

async function load(transaction: Transaction, changes: readonly Change[]): Promise<Records> {
  const concerned = concernedBy(changes);
  const [, nodeRows, orderRows, ofNodes] = await Promise.all([
    concerned.changesGiving ? holdAcquireLock(transaction, {}) : [],
    lockNodes(transaction, { names: concerned.nodes }),
    lockOrders(transaction, { ids: concerned.orders, names: concerned.movedNodes }),
    concerned.movedNodes.length > 0 ? stampsOfNodes(transaction, { names: concerned.movedNodes }) : [],
  ]);
  const batchIds = [...concerned.stamps, ...ofNodes.map(({ batchId }) => batchId)];
  const stampRows =
    batchIds.length > 0 ? await lockStamps(transaction, { batchIds: [...new Set(batchIds)] }) : [];
  const records = new Records();
  records.nodes.load(nodeRows.map(nodeFromRow));
  records.orders.load(orderRows.map(orderRecordFromRow));
  records.stamps.load(stampRows.map(stampRecordFromRow));
  return records;
}

function concernedBy(changes: readonly Change[]) {
  return {
    nodes: changes.filter(isNodeChange).map(({ node }) => node),
    orders: changes.filter(isOrderChange).map(orderIdOf),
    stamps: changes.filter(isStampChange).map(batchIdOf),
    /** Everything that they hold is concerned. */
    movedNodes: changes.filter(isHeldChange).map(({ node }) => node),
    /** No acquisition may run meanwhile that has read which nodes give. */
    changesGiving: changes.some((change) => change.change === 'nodeChanged' || isHeldChange(change)),
  };
}

/** Orders before stamps, which refer to them. */
function save(transaction: Transaction, records: Records): void {
  const changed = {
    nodes: rowsOf(nodes, records.nodes.changed(), rowFromNode),
    orders: rowsOf(orders, records.orders.changed(), rowFromOrder),
    stamps: rowsOf(stamps, records.stamps.changed(), rowFromStamp),
  };
  const sendIfAny = (write: Statement<{ rows: string }, never>, rows: string | null): void => {
    if (rows !== null) void transaction.send(write, { rows });
  };
  sendIfAny(insertNodes, changed.nodes.added);
  sendIfAny(updateNodes, changed.nodes.updated);
  sendIfAny(insertOrders, changed.orders.added);
  sendIfAny(updateOrders, changed.orders.updated);
  sendIfAny(insertStamps, changed.stamps.added);
  sendIfAny(updateStamps, changed.stamps.updated);
  for (const [node, hashes] of records.supersededTransactions) {
    void transaction.send(forgetSuperseded, { node });
    void transaction.send(addSuperseded, { node, hashes });
  }
  for (const change of records.incidents) {
    const { node, incident } = change;
    if (change.change === 'incidentDue') void transaction.send(addDue, { node, ...change.incident });
    else void transaction.send(forgetDue, { node, code: incident.code, subject: incident.subject });
  }
}

/** As parameters; null if there are none. */
function rowsOf<Table extends PgTable, Value>(
  table: Table,
  changed: readonly Worked<Value>[],
  rowFrom: (record: Value) => Table['$inferSelect'],
): { readonly added: string | null; readonly updated: string | null } {
  const json = (some: readonly Worked<Value>[]): string | null =>
    some.length === 0
      ? null
      : jsonRows(
          table,
          some.map(({ after }) => rowFrom(after)),
        );
  return {
    added: json(changed.filter(({ before }) => before === undefined)),
    updated: json(changed.filter(({ before }) => before !== undefined)),
  };
}
