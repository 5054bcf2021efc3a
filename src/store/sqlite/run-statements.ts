import { sql } from 'drizzle-orm';
import type { StampRow } from '../rows/row-types.ts';
import { readStamps } from './read-stamps.ts';
import { needsAttention, stamps } from './schema.ts';
import { acquirable, boundLimit, compared, type Db, live, type Reads } from './statement-types.ts';

/** The part of `Statements` by which a run reads stamps: some at a time, each by an index. */
export function prepareRuns(db: Db) {
  return { ...forPages(db), ...forDue(db) };
}

type PageValues = { node: string; afterId: string; limit: number };

function forPages(db: Db) {
  const isOfPage = sql`${stamps.node} = ${compared('node')} and ${stamps.batchId} > ${compared('afterId')}`;
  const livePage = readStamps<PageValues>(
    db,
    sql`where ${live} and ${stamps.node} = ${compared('node')} and ${stamps.number} > coalesce((select before.number from ${stamps} before where before.batch_id = ${compared('afterId')}), 0) order by ${stamps.number} ${boundLimit}`,
  );
  /** The index is named: by itself, SQLite would take the larger one of all live stamps. */
  const watchedPage: Reads<PageValues, StampRow> = db
    .select()
    .from(stamps)
    .where(
      sql`${stamps.batchId} in (select ${stamps.batchId} from ${stamps} indexed by stamps_watched where ${needsAttention(stamps)} and ${isOfPage} order by ${stamps.batchId} ${boundLimit})`,
    )
    .orderBy(stamps.batchId)
    .prepare();
  return { livePage, watchedPage };
}

type DueValues = { node: string; depth: number; fromMs: number; toMs: number; limit: number; offset: number };

function forDue(db: Db) {
  const isDue = sql`${acquirable} and ${stamps.missingSinceBlock} is null and ${stamps.node} = ${compared('node')} and ${stamps.depth} = ${compared('depth')} and ${stamps.expiresAt} >= ${compared('fromMs')} and ${stamps.expiresAt} < ${compared('toMs')}`;
  const firstDue: Reads<DueValues, StampRow> = db
    .select()
    .from(stamps)
    .where(isDue)
    .orderBy(sql`${stamps.expiresAt}, ${stamps.batchId} ${boundLimit} offset ${compared('offset')}`)
    .prepare();
  /** From the other end, which saves the offset. */
  const lastDue: Reads<Omit<DueValues, 'offset'>, StampRow> = db
    .select()
    .from(stamps)
    .where(isDue)
    .orderBy(sql`${stamps.expiresAt} desc, ${stamps.batchId} desc ${boundLimit}`)
    .prepare();
  /** Of what `acquirableBetween` counts, what the node does not show at the moment. */
  const unseenBetween: Reads<Omit<DueValues, 'limit' | 'offset'>, { count: number }> = db
    .select({ count: sql<number>`count(*)` })
    .from(stamps)
    .where(
      sql`${needsAttention(stamps)} and ${stamps.state} = 'available' and ${stamps.withheld} is null and ${stamps.node} = ${compared('node')} and ${stamps.depth} = ${compared('depth')} and ${stamps.expiresAt} >= ${compared('fromMs')} and ${stamps.expiresAt} < ${compared('toMs')}`,
    )
    .prepare();
  return { firstDue, lastDue, unseenBetween, ...forDueInPool(db) };
}

type Position = { expiresAt: number | null; batchId: string };

/** For what is due on several nodes, and is not all kept. */
function forDueInPool(db: Db) {
  const isDueInPool = sql`${acquirable} and ${stamps.missingSinceBlock} is null and ${stamps.depth} = ${compared('depth')} and ${stamps.expiresAt} < ${compared('toMs')}`;
  /** The first that is kept: as many as `offset` expire later than it. The list of nodes is one value. */
  const firstKept: Reads<Omit<DueValues, 'node' | 'limit'> & { nodes: string }, Position> = db
    .select({ expiresAt: stamps.expiresAt, batchId: stamps.batchId })
    .from(stamps)
    .where(
      sql`${isDueInPool} and ${stamps.expiresAt} >= ${compared('fromMs')} and ${stamps.node} in (select value from json_each(${compared('nodes')}))`,
    )
    .orderBy(sql`${stamps.expiresAt} desc, ${stamps.batchId} desc limit 1 offset ${compared('offset')}`)
    .prepare();
  const dueFrom: Reads<Omit<DueValues, 'limit' | 'offset'> & { batchId: string }, { count: number }> = db
    .select({ count: sql<number>`count(*)` })
    .from(stamps)
    .where(
      sql`${isDueInPool} and ${stamps.node} = ${compared('node')} and (${stamps.expiresAt}, ${stamps.batchId}) >= (${compared('fromMs')}, ${compared('batchId')})`,
    )
    .prepare();
  return { firstKept, dueFrom };
}
