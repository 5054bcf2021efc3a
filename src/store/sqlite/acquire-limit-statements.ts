import { sql } from 'drizzle-orm';
import { dailyUsage } from './schema.ts';
import { at, type Db, type Reads, to, type Writes } from './statement-types.ts';

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
  return { usageOfDay, setUsage };
}
