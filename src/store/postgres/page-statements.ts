import { sql } from 'drizzle-orm';
import type { AcquisitionRow, OrderRow, StampRow } from '../rows/row-types.ts';
import { columnsOf } from './columns-of.ts';
import { acquirable } from './conditions.ts';
import { stockCounts } from './counter-schema.ts';
import { acquisitions, orders, stamps } from './schema.ts';
import { given, statement } from './statement.ts';

// Keyset pages: rows that are added or removed meanwhile do not repeat or hide others, and each page costs the same.

interface BeforeId {
  readonly beforeId: string;
  readonly limit: number;
}

interface AfterExpiry {
  readonly nodes: readonly string[];
  /** null: of every depth. */
  readonly depth: number | null;
  readonly afterMs: number;
  readonly afterId: string;
  readonly limit: number;
}

/** One search of the index for each node and depth in stock. */
export const acquirablePage = statement<AfterExpiry, StampRow>(
  'acquirable-page',
  sql`select of_depth.* from (
      select distinct ${stockCounts.node} as node, ${stockCounts.depth} as depth from ${stockCounts}
      where ${stockCounts.count} > 0 and ${stockCounts.state} = 'available' and ${stockCounts.withheld} is null
        and ${stockCounts.node} = any(${given('nodes')}::text[])
        and (${given('depth')}::integer is null or ${stockCounts.depth} = ${given('depth')}::integer)
    ) as stock
    cross join lateral (
      select ${columnsOf(stamps)} from ${stamps} where ${acquirable} and ${stamps.node} = stock.node and ${stamps.depth} = stock.depth
        and (${stamps.expiresAt}, ${stamps.batchId}) > (${given('afterMs')}::bigint, ${given('afterId')}::text COLLATE "C")
      order by ${stamps.expiresAt}, ${stamps.batchId} limit ${given('limit')}::bigint
    ) as of_depth
    order by of_depth."expiresAt", of_depth."batchId" limit ${given('limit')}::bigint`,
);

export const ordersPage = statement<BeforeId & { readonly states: readonly string[] }, OrderRow>(
  'orders-page',
  sql`select ${columnsOf(orders)} from ${orders} where ${orders.id} < ${given('beforeId')}
    and ${orders.state} = any(${given('states')}::text[]) order by ${orders.id} desc limit ${given('limit')}`,
);

export const acquisitionsPage = statement<BeforeId, AcquisitionRow>(
  'acquisitions-page',
  sql`select ${columnsOf(acquisitions)} from ${acquisitions} where ${acquisitions.id} < ${given('beforeId')}
    order by ${acquisitions.id} desc limit ${given('limit')}`,
);

export const acquisitionsPageOf = statement<BeforeId & { readonly caller: string }, AcquisitionRow>(
  'acquisitions-page-of',
  sql`select ${columnsOf(acquisitions)} from ${acquisitions} where ${acquisitions.id} < ${given('beforeId')}
    and ${acquisitions.caller} = ${given('caller')} order by ${acquisitions.id} desc limit ${given('limit')}`,
);

export const ownerOfBatch = statement<{ readonly batchId: string }, { caller: string }>(
  'owner-of',
  sql`select ${acquisitions.caller} as caller from ${acquisitions} where ${acquisitions.batchId} = ${given('batchId')}`,
);
