import type { Client } from 'pg';
import { StoreInUseError } from '../store.ts';
import { lockMigrations } from './advisory-locks.ts';
import { connect, type DatabaseOptions, nameOf } from './connection.ts';

/**
 * Connects while no service and no other command uses the database. Until it is disposed of, none can start: each start
 * waits for the same lock. `applicationName` is that of the command.
 * @throws StoreInUseError, or StoreUnusableError.
 */
export async function holdAlone(
  options: DatabaseOptions,
  lockTimeout = LOCK_TIMEOUT,
): Promise<Client & AsyncDisposable> {
  await using opening = new AsyncDisposableStack(); // closes the connection if a later step fails
  const client = opening.use(await connect(options));
  await lockMigrations(client, lockTimeout);
  const [other] = (await client.query<{ name: string }>(OTHERS)).rows;
  if (other)
    throw new StoreInUseError(
      `${nameOf(client)} is in use by ${other.name}. Stop all replicas of the service, and wait until their connections have ended.`,
    );
  opening.move();
  return client;
}

/** The server ends the connection of a command within this time. */
const LOCK_TIMEOUT = '5s';
/** A service has a connection that waits for notifications, so it is seen also when it does nothing. */
const OTHERS = `select split_part(application_name, ' (', 1) as name from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid() and application_name like 'stamp-pool%'
    and application_name <> current_setting('application_name') limit 1`;
