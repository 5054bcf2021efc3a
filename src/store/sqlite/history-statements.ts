import { sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { RangeValues, StoredHistoryRow } from '../rows/history-row.ts';
import { history } from './history-schema.ts';
import { demand } from './schema.ts';
import { compared, type NoValues, type Reads, type Writes, written } from './statement-types.ts';

export type HistoryStatements = ReturnType<typeof prepareHistory>;

/** Everything that is asked about the history and written to it. */
export function prepareHistory(db: BetterSQLite3Database) {
  const rows: Reads<RangeValues, StoredHistoryRow> = db
    .select()
    .from(history)
    .where(
      sql`${history.stepSeconds} = ${compared('stepSeconds')} and ${history.at} between ${compared('fromMs')} and ${compared('toMs')}`,
    )
    .orderBy(history.at, history.depth)
    .prepare();
  const depths: Reads<NoValues, { depth: number }> = db
    .selectDistinct({ depth: history.depth })
    .from(history)
    .orderBy(history.depth)
    .prepare();
  const lastSampled: Reads<{ beforeMs: number }, { at: number | null }> = db
    .select({ at: sql<number | null>`max(${history.at})` })
    .from(history)
    .where(sql`${history.available} is not null and ${history.at} <= ${compared('beforeMs')}`)
    .prepare();
  const save: Writes<StoredHistoryRow> = db
    .insert(history)
    .values({
      stepSeconds: written('stepSeconds'),
      at: written('at'),
      depth: written('depth'),
      available: written('available'),
      target: written('target'),
      acquired: written('acquired'),
      refused: written('refused'),
    })
    .onConflictDoUpdate({
      target: [history.stepSeconds, history.at, history.depth],
      set: {
        available: sql`excluded.available`,
        target: sql`excluded.target`,
        acquired: sql`excluded.acquired`,
        refused: sql`excluded.refused`,
      },
    })
    .prepare();
  const prune: Writes<RangeValues> = db
    .delete(history)
    .where(
      sql`${history.stepSeconds} = ${compared('stepSeconds')} and ${history.at} not between ${compared('fromMs')} and ${compared('toMs')}`,
    )
    .prepare();
  const forgetDemand: Writes<{ beforeMs: number }> = db
    .delete(demand)
    .where(sql`${demand.hour} < ${compared('beforeMs')}`)
    .prepare();
  return { rows, depths, lastSampled, save, prune, forgetDemand };
}
