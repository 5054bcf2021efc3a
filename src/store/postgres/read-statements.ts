import { sql } from 'drizzle-orm';
import type { HeldCount } from '../holdings.ts';
import type { NodeRow, OrderRow, StampRow } from '../rows/row-types.ts';
import type { ShownTopUpRow } from '../rows/shown-top-ups.ts';
import { columnsOf } from './columns-of.ts';
import { abandoned, live, open } from './conditions.ts';
import { poolRevision } from './counter-schema.ts';
import {
  demand,
  LIVE_STAMPS,
  needsAttention,
  nodes,
  OPEN_ORDERS,
  orders,
  stamps,
  supersededTransactions,
} from './schema.ts';
import { given, statement } from './statement.ts';

// The statements of single reads. Each uses an index, so that the history does not slow it down.

type None = Record<string, never>;
interface OfNode {
  readonly node: string;
}

export const revision = statement<None, { revision: number }>(
  'revision',
  sql`select ${poolRevision.revision} as revision from ${poolRevision}`,
);

export const nodeByName = statement<{ readonly name: string }, NodeRow>(
  'node',
  sql`select ${columnsOf(nodes)} from ${nodes} where ${nodes.name} = ${given('name')}`,
);

export const allNodes = statement<None, NodeRow>(
  'nodes',
  sql`select ${columnsOf(nodes)} from ${nodes} order by ${nodes.name}`,
);

/** Counts everything, retired or not. For an operator's command, not for each run. */
export const liveByAddress = statement<{ readonly atMs: number }, HeldCount>(
  'live-by-address',
  sql`select ${stamps.node} as node, ${stamps.retiredAddress} as "retiredAddress", count(*) as count from ${stamps}
    where ${stamps.state} in ${LIVE_STAMPS} and (${stamps.expiresAt} is null or ${stamps.expiresAt} > ${given('atMs')})
    group by ${stamps.node}, ${stamps.retiredAddress}`,
);

export const openByAddress = statement<None, HeldCount>(
  'open-by-address',
  sql`select ${orders.node} as node, ${orders.retiredAddress} as "retiredAddress", count(*) as count from ${orders}
    where ${orders.state} in ${OPEN_ORDERS} group by ${orders.node}, ${orders.retiredAddress}`,
);

export const stampById = statement<{ readonly batchId: string }, StampRow>(
  'stamp',
  sql`select ${columnsOf(stamps)} from ${stamps} where ${stamps.batchId} = ${given('batchId')}`,
);

/** Names are few: each is found by one search of the index. */
export const liveNodes = statement<None, OfNode>(
  'live-nodes',
  sql`with recursive names(node) as (
      (select ${stamps.node} from ${stamps} where ${live} order by ${stamps.node} limit 1)
      union all
      select (select ${stamps.node} from ${stamps} where ${live} and ${stamps.node} > names.node order by ${stamps.node} limit 1)
      from names where names.node is not null
    ) select node from names where node is not null`,
);

export const openOrders = statement<None, OrderRow>(
  'open-orders',
  sql`select ${columnsOf(orders)} from ${orders} where ${open} order by ${orders.node}, ${orders.id}`,
);

export const openOrdersOf = statement<OfNode, OrderRow>(
  'open-orders-of',
  sql`select ${columnsOf(orders)} from ${orders} where ${open} and ${orders.node} = ${given('node')} order by ${orders.id}`,
);

export const abandonedOrdersOf = statement<OfNode, OrderRow>(
  'abandoned-orders-of',
  sql`select ${columnsOf(orders)} from ${orders} where ${abandoned} and ${orders.node} = ${given('node')} order by ${orders.id}`,
);

/** The live stamps that open or abandoned top-ups are about. */
export const toppedUpStamps = statement<None, StampRow>(
  'topped-up-stamps',
  sql`select ${columnsOf(stamps)} from ${stamps} where ${live} and ${stamps.batchId} in (
      select ${orders.batchId} from ${orders} where ${orders.kind} = 'topUp' and ${open}
      union all
      select ${orders.batchId} from ${orders} where ${orders.kind} = 'topUp' and ${abandoned}
    ) order by ${stamps.batchId}`,
);

/** When the node last showed a purchase. Only the last entry of the index is read. */
export const lastPurchaseShown = statement<OfNode, { block: number | null }>(
  'last-purchase-shown',
  sql`select max(${orders.endedAtBlock}) as block from ${orders}
    where ${orders.node} = ${given('node')} and ${orders.kind} = 'purchase' and ${orders.state} = 'confirmed'`,
);

/** The top-ups that were shown since the first open or abandoned one of the same batch was planned, oldest first. */
export const topUpsShown = statement<OfNode, ShownTopUpRow & { batchId: string }>(
  'top-ups-shown',
  sql`select shown.batch_id as "batchId", shown.amount, shown.ended_at_block as "atBlock"
    from (
      select planned.batch_id, min(planned.planned_at_block) as since from (
        select ${orders.batchId}, ${orders.plannedAtBlock} from ${orders} where ${orders.kind} = 'topUp' and ${open} and ${orders.node} = ${given('node')}
        union all
        select ${orders.batchId}, ${orders.plannedAtBlock} from ${orders} where ${orders.kind} = 'topUp' and ${abandoned} and ${orders.node} = ${given('node')}
      ) as planned group by planned.batch_id
    ) as first
    join ${orders} as shown on shown.batch_id = first.batch_id and shown.kind = 'topUp' and shown.state = 'confirmed' and shown.ended_at_block > first.since
    order by shown.ended_at_block`,
);

export const supersededTransactionsOf = statement<OfNode, { hash: string }>(
  'over-transactions',
  sql`select ${supersededTransactions.hash} as hash from ${supersededTransactions} where ${supersededTransactions.node} = ${given('node')}`,
);

export const firstPropagating = statement<None, { node: string; depth: number; createdAt: number }>(
  'first-propagating',
  sql`select ${stamps.node} as node, ${stamps.depth} as depth, min(${stamps.createdAt}) as "createdAt" from ${stamps}
    where ${needsAttention(stamps)} and ${stamps.state} = 'propagating' and ${stamps.withheld} is null
    group by ${stamps.node}, ${stamps.depth}`,
);

export const pooled = statement<{ readonly batchIds: readonly string[] }, { batchId: string }>(
  'pooled',
  sql`select ${stamps.batchId} as "batchId" from ${stamps} where ${stamps.batchId} = any(${given('batchIds')}::text[])`,
);

interface Marks {
  readonly nodes: readonly string[];
  readonly labels: readonly (string | null)[];
  readonly amounts: readonly string[];
}

export const purchasesMarked = statement<Marks, OrderRow>(
  'purchases-marked',
  sql`select ${columnsOf(orders)} from ${orders} where ${orders.kind} = 'purchase' and (${orders.id} = any(${given('labels')}::text[])
    or (${orders.node} = any(${given('nodes')}::text[]) and ${orders.amount} = any(${given('amounts')}::numeric[]))) order by ${orders.id}`,
);

/** Except what was rejected, and what was abandoned without a claim. */
const isSpent = sql`(${orders.state} not in ('rejected', 'abandoned') or (${orders.state} = 'abandoned' and ${orders.claimBatchId} is not null))`;

export const costSince = statement<{ readonly node: string; readonly sinceMs: number }, { cost: string }>(
  'cost-since',
  sql`select coalesce(sum(${orders.cost}), 0) as cost from ${orders}
    where ${orders.node} = ${given('node')} and ${orders.plannedAt} >= ${given('sinceMs')} and ${isSpent}`,
);

export const costInPoolSince = statement<{ readonly sinceMs: number }, { cost: string }>(
  'cost-in-pool-since',
  sql`select coalesce(sum(${orders.cost}), 0) as cost from ${orders} where ${orders.plannedAt} >= ${given('sinceMs')} and ${isSpent}`,
);

export const leadTimes = statement<None, { ms: number }>(
  'lead-times',
  sql`select ${stamps.availableAt} - ${orders.plannedAt} as ms from ${stamps} join ${orders} on ${orders.id} = ${stamps.orderId}
    where ${stamps.orderId} is not null and ${stamps.availableAt} is not null order by ${stamps.availableAt} desc limit 20`,
);

export const demandSince = statement<{ readonly sinceMs: number }, typeof demand.$inferSelect>(
  'demand-since',
  sql`select ${columnsOf(demand)} from ${demand} where ${demand.hour} >= ${given('sinceMs')}
    order by ${demand.hour}, ${demand.depth}, ${demand.outcome}`,
);

interface PageOfNode extends OfNode {
  readonly afterId: string;
  readonly limit: number;
}

export const livePage = statement<PageOfNode, StampRow>(
  'live-page',
  sql`select ${columnsOf(stamps)} from ${stamps} where ${live} and ${stamps.node} = ${given('node')}
    and ${stamps.batchId} > ${given('afterId')} order by ${stamps.batchId} limit ${given('limit')}`,
);

export const watchedPage = statement<PageOfNode, StampRow>(
  'watched-page',
  sql`select ${columnsOf(stamps)} from ${stamps} where ${needsAttention(stamps)} and ${stamps.node} = ${given('node')}
    and ${stamps.batchId} > ${given('afterId')} order by ${stamps.batchId} limit ${given('limit')}`,
);
