import { type SQL, sql } from 'drizzle-orm';
import type { ObservedWithheld } from '../../domain/stamp.ts';
import { needsAttention, stamps } from './schema.ts';
import { acquirable, compared, type Db, type NoValues, type Reads } from './statement-types.ts';

/** How many live stamps are alike. */
export interface StampGroupRow {
  readonly node: string;
  readonly depth: number;
  readonly state: 'propagating' | 'available';
  readonly withheld: ObservedWithheld | null;
  /** 1 if they expire at the given time or later, 0 also if that does not matter for what they count as. */
  readonly meetsPromise: number;
  readonly count: number;
}

/** The part of `Statements` that counts live stamps. */
export function prepareCounts(db: Db) {
  return { ...forGroups(db), ...forExpiring(db), ...forArriving(db) };
}

const count: SQL<number> = sql<number>`count(*)`;
const node = stamps.node;
const depth = stamps.depth;

function forGroups(db: Db) {
  const meetsPromise = sql<number>`${stamps.expiresAt} >= ${compared('expiresFromMs')}`;
  /** In the order of the index: grouped by the time to live as well, it would be sorted, which takes twenty times as long. */
  const acquirableTotals: Reads<NoValues, { node: string; depth: number; count: number }> = db
    .select({ node, depth, count })
    .from(stamps)
    .where(acquirable)
    .groupBy(node, depth)
    .prepare();
  const mayMeetPromise = sql<number>`${stamps.state} = 'available' and ${stamps.withheld} = 'missing' and ${meetsPromise}`;
  const attentionGroups: Reads<{ expiresFromMs: number }, StampGroupRow> = db
    .select({
      node,
      depth,
      state: sql<StampGroupRow['state']>`${stamps.state}`,
      withheld: stamps.withheld,
      meetsPromise: sql<number>`coalesce(${mayMeetPromise}, 0)`,
      count,
    })
    .from(stamps)
    // the others of this index are counted as acquirable
    .where(
      sql`${needsAttention(stamps)} and (${stamps.state} = 'propagating' or ${stamps.withheld} is not null)`,
    )
    .groupBy(node, stamps.state, stamps.withheld, depth, sql`coalesce(${mayMeetPromise}, 0)`)
    .prepare();
  return { acquirableTotals, attentionGroups };
}

function forArriving(db: Db) {
  const firstPropagating: Reads<NoValues, { node: string; depth: number; createdAt: number }> = db
    .select({ node, depth, createdAt: sql<number>`min(${stamps.createdAt})` })
    .from(stamps)
    .where(sql`${needsAttention(stamps)} and ${stamps.state} = 'propagating' and ${stamps.withheld} is null`)
    .groupBy(node, depth)
    .prepare();
  return { firstPropagating };
}

type Range = { node: string; depth: number; fromMs: number; toMs: number };

/** What stops meeting the promise when time passes. */
function forExpiring(db: Db) {
  const isBetween = sql`${node} = ${compared('node')} and ${depth} = ${compared('depth')} and ${stamps.expiresAt} >= ${compared('fromMs')} and ${stamps.expiresAt} < ${compared('toMs')}`;
  const acquirableBetween: Reads<Range, { count: number }> = db
    .select({ count })
    .from(stamps)
    .where(sql`${acquirable} and ${isBetween}`)
    .prepare();
  const missingBetween: Reads<Range, { count: number }> = db
    .select({ count })
    .from(stamps)
    .where(
      sql`${needsAttention(stamps)} and ${stamps.state} = 'available' and ${stamps.withheld} = 'missing' and ${isBetween}`,
    )
    .prepare();
  return { acquirableBetween, missingBetween };
}
