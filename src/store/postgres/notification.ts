import { type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import { nodeName } from '../../domain/units.ts';
import { statement } from './statement.ts';

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

const channel = sql.raw(`'${CHANNEL}'`);

/** For the statement that takes the revision of a commit. It has the placeholder `from`. */
export const notifyCommit = (revision: SQL): SQL =>
  sql`pg_notify(${channel}, json_build_object('is', 'commit', 'from', ${sql.placeholder('from')}::text, 'revision', ${revision})::text)`;

/** For the statement that writes a report. It has the placeholder `from`. */
export const notifyReport: SQL = sql`pg_notify(${channel}, json_build_object('is', 'report', 'from', ${sql.placeholder('from')}::text)::text)`;

export const notifyRunRequest = statement<{ readonly from: string; readonly dryRun: boolean }>(
  'notify-run-request',
  sql`select pg_notify(${channel}, json_build_object('is', 'runRequest', 'from', ${sql.placeholder('from')}::text, 'dryRun', ${sql.placeholder('dryRun')}::boolean)::text)`,
);

export const notifySettings = statement<{ readonly from: string; readonly node: string }>(
  'notify-settings',
  sql`select pg_notify(${channel}, json_build_object('is', 'settingsDiffer', 'from', ${sql.placeholder('from')}::text, 'node', ${sql.placeholder('node')}::text)::text)`,
);

export const notifyRunFailure = statement<{
  readonly from: string;
  readonly node: string;
  readonly code: string;
  readonly message: string;
}>(
  'notify-run-failure',
  sql`select pg_notify(${channel}, json_build_object('is', 'runFailed', 'from', ${sql.placeholder('from')}::text, 'node', ${sql.placeholder('node')}::text, 'code', ${sql.placeholder('code')}::text, 'message', ${sql.placeholder('message')}::text)::text)`,
);
