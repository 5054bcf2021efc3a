import { type Client, DatabaseError } from 'pg';
import { StoreInUseError } from '../store.ts';
import { nameOf } from './connection.ts';

/** Held by the process that brings the database up to date, and by a command that uses it alone. */
export const MIGRATION_LOCK = 7_301_986_001;
const LOCK_NOT_AVAILABLE = '55P03';

/** Waits for the lock, which is kept until the connection ends. @throws StoreInUseError if another process keeps it longer. */
export async function lockMigrations(client: Client, lockTimeout: string): Promise<void> {
  try {
    await client.query(`set lock_timeout = '${lockTimeout}'`);
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
  } catch (cause) {
    if (!(cause instanceof DatabaseError && cause.code === LOCK_NOT_AVAILABLE)) throw cause;
    const message = `${nameOf(client)} is in use: a service starts on it, or a command uses it.`;
    throw new StoreInUseError(message, { cause });
  }
}
