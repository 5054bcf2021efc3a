import { sql } from 'drizzle-orm';
import { commitMarks } from './counter-schema.ts';
import { type Asks, given, serverMs, statement } from './statement.ts';
import type { Transaction } from './transaction.ts';

/** By which a later connection finds out whether a transaction was committed. */
export interface CommitMark {
  /** The connection of the transaction. No other one has the name. */
  readonly connection: string;
  readonly mark: string;
}

/** The id of the transaction, which the server knows as long as it may still commit. */
export const transactionId = statement<object, { xid: string }>(
  'transaction-id',
  sql`select pg_current_xact_id()::text as xid`,
);

/** Marks the transaction: if the mark is there, it was committed. */
export const sendMark = (transaction: Transaction, { connection, mark }: CommitMark): void =>
  void transaction.send(saveMark, { connection, mark });

/**
 * Whether the transaction was committed; null if it has not ended. Its id alone does not show that: after a crash of the
 * server, another transaction may get the same id.
 */
export async function wasCommitted(
  on: Asks,
  { xid, connection, mark }: CommitMark & { readonly xid: string },
): Promise<boolean | null> {
  const [state] = await transactionState(on, { xid });
  if (state?.inProgress !== false) return null;
  const [saved] = await markOf(on, { connection });
  return saved?.mark === mark;
}

const saveMark = statement<{ readonly connection: string; readonly mark: string }>(
  'save-commit-mark',
  sql`insert into ${commitMarks} (connection, mark, committed_at) values (${given('connection')}, ${given('mark')}, ${serverMs})
    on conflict (connection) do update set mark = excluded.mark, committed_at = excluded.committed_at`,
);

/** Only of an id that was given out: pg_xact_status refuses others. The bounds of a snapshot leave out the newest ones. */
const transactionState = statement<{ readonly xid: string }, { inProgress: boolean }>(
  'transaction-state',
  sql`select xid < pg_current_xact_id() and coalesce(pg_xact_status(xid), '') = 'in progress' as "inProgress"
    from (select (${given('xid')}::text)::xid8 as xid) as of_transaction`,
);

const markOf = statement<{ readonly connection: string }, { mark: string }>(
  'commit-mark',
  sql`select ${commitMarks.mark} as mark from ${commitMarks} where ${commitMarks.connection} = ${given('connection')}`,
);

/** A connection that has committed nothing for a day has ended, or writes a new mark. */
export const forgetMarks = statement<object>(
  'forget-commit-marks',
  sql`delete from ${commitMarks} where ${commitMarks.committedAt} < ${serverMs} - 86400000`,
);

/**
 * Writes the mark of a committed transaction again. When that is committed, the synchronous standby has both: the server
 * shows a commit that it has not waited for, because the wait was cancelled, or because the server crashed.
 */
export const renewMark = statement<Pick<CommitMark, 'connection'>>(
  'renew-commit-mark',
  sql`update ${commitMarks} set committed_at = ${serverMs} where ${commitMarks.connection} = ${given('connection')}`,
);
