import { sql } from 'drizzle-orm';
import type { ObservedWithheld } from '../../domain/stamp.ts';
import type { StampRow } from '../rows/row-types.ts';
import { columnsOf } from './columns-of.ts';
import { acquirable } from './conditions.ts';
import { stockCounts } from './counter-schema.ts';
import { needsAttention, stamps } from './schema.ts';
import { given, statement } from './statement.ts';

/** How many live stamps are alike. */
export interface StockCountRow {
  readonly node: string;
  readonly depth: number;
  readonly state: 'propagating' | 'available';
  readonly withheld: ObservedWithheld | null;
  readonly count: number;
  /** Of these, how many expire before the given time. Counted where that matters for what they count as. */
  readonly tooShortLived: number;
}

const isOfGroup = sql`${stamps.node} = ${stockCounts.node} and ${stamps.depth} = ${stockCounts.depth} and ${stamps.expiresAt} < ${given('expiresFromMs')}`;

/** Costs the same for any size of the stock: the counts are kept, and only what is too short-lived is counted, by its index. */
export const stockGroups = statement<{ readonly expiresFromMs: number }, StockCountRow>(
  'stock-groups',
  sql`select ${columnsOf(stockCounts)}, case
      when ${stockCounts.state} = 'available' and ${stockCounts.withheld} is null
        then (select count(*) from ${stamps} where ${acquirable} and ${isOfGroup})
      when ${stockCounts.state} = 'available' and ${stockCounts.withheld} = 'missing'
        then (select count(*) from ${stamps} where ${needsAttention(stamps)} and ${stamps.state} = 'available' and ${stamps.withheld} = 'missing' and ${isOfGroup})
      else 0 end as "tooShortLived"
    from ${stockCounts} where ${stockCounts.count} > 0`,
);

interface Range {
  readonly depth: number;
  readonly fromMs: number;
  readonly toMs: number;
}

const isOfDepth = sql`${stamps.depth} = ${given('depth')}`;
const isUnseen = sql`${needsAttention(stamps)} and ${stamps.state} = 'available' and ${stamps.withheld} is null`;
const isBetween = sql`${stamps.expiresAt} >= ${given('fromMs')} and ${stamps.expiresAt} < ${given('toMs')}`;
const isOfNode = sql`${stamps.node} = ${given('node')}`;

interface DueCounts {
  readonly node: string;
  /** Acquirable, shown by the node, and expires between the two times. */
  readonly due: number;
  /** The same before `promisedMs`. */
  readonly belowPromise: number;
  /** Acquirable and shown, and expires at the second time or later. */
  readonly longLived: number;
}

const isOfGiving = sql`${stamps.node} = giving.node`;
const isBelowPromise = sql`${isBetween} and ${stamps.expiresAt} < ${given('promisedMs')}`;

/** By node with acquirable stamps of the depth. What expires last is found by subtraction: all, less what expires earlier. */
export const dueCounts = statement<Range & { readonly promisedMs: number }, DueCounts>(
  'due-counts',
  sql`select giving.node as node,
    (select count(*) from ${stamps} where ${acquirable} and ${isOfGiving} and ${isOfDepth} and ${isBetween})
      - (select count(*) from ${stamps} where ${isUnseen} and ${isOfGiving} and ${isOfDepth} and ${isBetween}) as due,
    (select count(*) from ${stamps} where ${acquirable} and ${isOfGiving} and ${isOfDepth} and ${isBelowPromise})
      - (select count(*) from ${stamps} where ${isUnseen} and ${isOfGiving} and ${isOfDepth} and ${isBelowPromise}) as "belowPromise",
    giving.count
      - (select count(*) from ${stamps} where ${acquirable} and ${isOfGiving} and ${isOfDepth} and ${stamps.expiresAt} < ${given('toMs')})
      - (select count(*) from ${stamps} where ${isUnseen} and ${isOfGiving} and ${isOfDepth} and ${stamps.expiresAt} >= ${given('toMs')}) as "longLived"
    from ${stockCounts} as giving
    where giving.depth = ${given('depth')} and giving.state = 'available' and giving.withheld is null and giving.count > 0`,
);

const isDue = sql`${acquirable} and ${stamps.missingSinceBlock} is null and ${isOfDepth} and ${isBetween}`;

export const firstDue = statement<
  Range & { readonly node: string; readonly limit: number; readonly offset: number },
  StampRow
>(
  'first-due',
  sql`select ${columnsOf(stamps)} from ${stamps} where ${isDue} and ${isOfNode}
    order by ${stamps.expiresAt}, ${stamps.batchId} limit ${given('limit')} offset ${given('offset')}`,
);

/** From the other end, which saves the offset. */
export const lastDue = statement<Range & { readonly node: string; readonly limit: number }, StampRow>(
  'last-due',
  sql`select ${columnsOf(stamps)} from ${stamps} where ${isDue} and ${isOfNode}
    order by ${stamps.expiresAt} desc, ${stamps.batchId} desc limit ${given('limit')}`,
);

interface Position {
  readonly expiresAt: number;
  readonly batchId: string;
}

/** For what is due on several nodes, and is not all kept: the first that is kept. As many as `offset` expire later than it. */
export const firstKept = statement<
  Range & { readonly nodes: readonly string[]; readonly offset: number },
  Position
>(
  'first-kept',
  sql`select ${stamps.expiresAt} as "expiresAt", ${stamps.batchId} as "batchId" from ${stamps}
    where ${isDue} and ${stamps.node} = any(${given('nodes')}::text[])
    order by ${stamps.expiresAt} desc, ${stamps.batchId} desc limit 1 offset ${given('offset')}`,
);

/** How many of the node are due from that position on. */
export const dueFrom = statement<Range & Position & { readonly node: string }, { count: number }>(
  'due-from',
  sql`select count(*) as count from ${stamps} where ${isDue} and ${isOfNode}
    and (${stamps.expiresAt}, ${stamps.batchId}) >= (${given('expiresAt')}::bigint, ${given('batchId')}::text COLLATE "C")`,
);
