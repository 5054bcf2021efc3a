import { sql } from 'drizzle-orm';
import type { NodeRow, OrderRow, StampRow } from '../rows/row-types.ts';
import { columnsOf } from './columns-of.ts';
import { insertRows, updateRows } from './json-rows.ts';
import { LIVE_STAMPS, nodes, OPEN_ORDERS, orders, probe, stamps, supersededTransactions } from './schema.ts';
import { given, statement } from './statement.ts';

// The statements that load and save the rows that changes concern. All lock rows in the order of their keys.

interface OfNodes {
  readonly names: readonly string[];
}
interface Rows {
  readonly rows: string;
}

export const lockNodes = statement<OfNodes, NodeRow>(
  'lock-nodes',
  sql`select ${columnsOf(nodes)} from ${nodes} where ${nodes.name} = any(${given('names')}::text[])
    order by ${nodes.name} for update`,
);

/** These, and what a move of the nodes concerns: orders that have not ended or are watched, retired or not. */
export const lockOrders = statement<OfNodes & { readonly ids: readonly string[] }, OrderRow>(
  'lock-orders',
  sql`select ${columnsOf(orders)} from ${orders} where ${orders.id} = any(${given('ids')}::text[])
    or (${orders.node} = any(${given('names')}::text[]) and (${orders.state} in ${OPEN_ORDERS} or ${orders.state} = 'abandoned'))
    order by ${orders.id} for update`,
);

/** The live stamps of nodes, retired or not. */
export const stampsOfNodes = statement<OfNodes, { batchId: string }>(
  'stamps-of-nodes',
  sql`select ${stamps.batchId} as "batchId" from ${stamps} where ${stamps.node} = any(${given('names')}::text[]) and ${stamps.state} in ${LIVE_STAMPS}`,
);

/** Waits for other transactions, in the order in which all of them lock stamps. */
export const lockStamps = statement<{ readonly batchIds: readonly string[] }, StampRow>(
  'lock-stamps',
  sql`select ${columnsOf(stamps)} from ${stamps} where ${stamps.batchId} = any(${given('batchIds')}::text[]) order by ${stamps.batchId} for update`,
);

/** A new row is inserted: if another process has written it meanwhile, the transaction is run again. */
export const insertNodes = statement<Rows>('insert-nodes', insertRows(nodes));
export const updateNodes = statement<Rows>('update-nodes', updateRows(nodes, 'name'));
export const insertOrders = statement<Rows>('insert-orders', insertRows(orders));
export const updateOrders = statement<Rows>('update-orders', updateRows(orders, 'id'));
export const insertStamps = statement<Rows>('insert-stamps', insertRows(stamps));
export const updateStamps = statement<Rows>('update-stamps', updateRows(stamps, 'batch_id'));

/** The list is replaced as a whole, so that it is never longer than the list of the node. */
export const forgetSuperseded = statement<{ readonly node: string }>(
  'forget-over',
  sql`delete from ${supersededTransactions} where ${supersededTransactions.node} = ${given('node')}`,
);
export const addSuperseded = statement<{ readonly node: string; readonly hashes: readonly string[] }>(
  'add-over',
  sql`insert into ${supersededTransactions} (node, hash) select ${given('node')}::text, unnest(${given('hashes')}::text[])`,
);

export const overwriteProbe = statement<{ readonly at: number }>(
  'overwrite-probe',
  sql`insert into ${probe} (id, at) values (1, ${given('at')}) on conflict (id) do update set at = excluded.at`,
);
