import { sql } from 'drizzle-orm';
import { dailyUsage, stamps } from './schema.ts';
import {
  acquirable,
  boundLimit,
  compared,
  type Db,
  type Reads,
  type Writes,
  written,
} from './statement-types.ts';

type UsageRow = typeof dailyUsage.$inferSelect;

/** What limits acquisitions. */
export function prepareAcquireLimits(db: Db) {
  const usageOfDay: Reads<{ subject: string; day: number }, UsageRow> = db
    .select()
    .from(dailyUsage)
    .where(sql`${dailyUsage.subject} = ${compared('subject')} and ${dailyUsage.day} = ${compared('day')}`)
    .prepare();
  const setUsage: Writes<UsageRow> = db
    .insert(dailyUsage)
    .values({
      subject: written('subject'),
      day: written('day'),
      stamps: written('stamps'),
      cost: written('cost'),
    })
    .onConflictDoUpdate({
      target: [dailyUsage.subject, dailyUsage.day],
      set: { stamps: sql`excluded.stamps`, cost: sql`excluded.cost` },
    })
    .prepare();
  /** Some rows of earlier days. */
  const forgetUsage: Writes<{ beforeMs: number; limit: number }> = db
    .delete(dailyUsage)
    .where(
      sql`rowid in (select rowid from ${dailyUsage} where ${dailyUsage.day} < ${compared('beforeMs')} ${boundLimit})`,
    )
    .prepare();
  const countOfDepth: Reads<{ node: string; depth: number; expiresFromMs: number }, { count: number }> = db
    .select({ count: sql<number>`count(*)` })
    .from(stamps)
    .where(
      sql`${acquirable} and ${stamps.node} = ${compared('node')} and ${stamps.depth} = ${compared('depth')} and ${stamps.expiresAt} >= ${compared('expiresFromMs')}`,
    )
    .prepare();
  return { usageOfDay, setUsage, forgetUsage, countOfDepth };
}
