import { type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import { nodeName } from '../../domain/units.ts';
import { given, statement } from './statement.ts';

/** What a process sends to the other processes on the same database. */
export type Notification = z.infer<typeof notification>;

/** All of them have one channel. PostgreSQL delivers after the commit, in the order of commits, to the sender too. */
export const CHANNEL = 'stamp_pool';

const from = z.string();
const notification = z.discriminatedUnion('is', [
  z.object({ is: z.literal('commit'), from, revision: z.number() }),
  z.object({ is: z.literal('report'), from }),
  z.object({ is: z.literal('runRequest'), from, dryRun: z.boolean() }),
  z.object({ is: z.literal('settingsDiffer'), from, node: z.string().transform(nodeName) }),
  z.object({
    is: z.literal('runFailed'),
    from,
    node: z.string().transform(nodeName),
    code: z.enum(['STORE_FAILED', 'RUN_FAILED']),
    message: z.string(),
  }),
]);

/** null if it is of another program, or of a version that sends others. */
export function parseNotification(payload: string): Notification | null {
  try {
    return notification.safeParse(JSON.parse(payload)).data ?? null;
  } catch {
    return null;
  }
}

/** Sends a notification with these fields. Its statement has the placeholder `from`. */
function notify(is: Notification['is'], fields: Readonly<Record<string, SQL>> = {}): SQL {
  const all = { is: sql.raw(`'${is}'`), from: text('from'), ...fields };
  const pairs = Object.entries(all).map(([name, value]) => sql`${sql.raw(`'${name}'`)}, ${value}`);
  return sql`pg_notify(${sql.raw(`'${CHANNEL}'`)}, json_build_object(${sql.join(pairs, sql`, `)})::text)`;
}

const text = (name: string): SQL => sql`${given(name)}::text`;

/** For the statement that takes the revision of a commit. It has the placeholder `from`. */
export const notifyCommit = (revision: SQL): SQL => notify('commit', { revision });

/** For the statement that writes a report. It has the placeholder `from`. */
export const notifyReport: SQL = notify('report');

export const notifyRunRequest = statement<{ readonly from: string; readonly dryRun: boolean }>(
  'notify-run-request',
  sql`select ${notify('runRequest', { dryRun: sql`${given('dryRun')}::boolean` })}`,
);

export const notifySettings = statement<{ readonly from: string; readonly node: string }>(
  'notify-settings',
  sql`select ${notify('settingsDiffer', { node: text('node') })}`,
);

export const notifyRunFailure = statement<{
  readonly from: string;
  readonly node: string;
  readonly code: string;
  readonly message: string;
}>(
  'notify-run-failure',
  sql`select ${notify('runFailed', { node: text('node'), code: text('code'), message: text('message') })}`,
);
