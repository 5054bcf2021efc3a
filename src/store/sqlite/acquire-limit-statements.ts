import { sql } from 'drizzle-orm';
import { dailyUsage, stamps } from './schema.ts';
import { acquirable, at, type Db, type Reads, to, type Writes } from './statement-types.ts';

type UsageRow = typeof dailyUsage.$inferSelect;

/** What limits acquisitions. */
export function prepareAcquireLimits(db: Db) {
  const usageOfDay: Reads<{ subject: string; day: number }, UsageRow> = db
    .select()
    .from(dailyUsage)
    .where(sql`${dailyUsage.subject} = ${at('subject')} and ${dailyUsage.day} = ${at('day')}`)
    .prepare();
  const setUsage: Writes<UsageRow> = db
    .insert(dailyUsage)
    .values({ subject: to('subject'), day: to('day'), stamps: to('stamps'), cost: to('cost') })
    .onConflictDoUpdate({
      target: [dailyUsage.subject, dailyUsage.day],
      set: { stamps: sql`excluded.stamps`, cost: sql`excluded.cost` },
    })
    .prepare();
  const countOfDepth: Reads<{ node: string; depth: number; expiresFromMs: number }, { count: number }> = db
    .select({ count: sql<number>`count(*)` })
    .from(stamps)
    .where(
      sql`${acquirable} and ${stamps.node} = ${at('node')} and ${stamps.depth} = ${at('depth')} and ${stamps.expiresAt} >= ${at('expiresFromMs')}`,
    )
    .prepare();
  return { usageOfDay, setUsage, countOfDepth };
}
