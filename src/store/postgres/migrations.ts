import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import { Client } from 'pg';
import { MIGRATION_LOCK } from './advisory-locks.ts';

const MIGRATIONS = {
  migrationsFolder: fileURLToPath(new URL('../../../migrations/postgres', import.meta.url)),
};
const CONNECT_TIMEOUT_MS = 5_000;

/** Brings the database up to date. Of several processes that start at once, one does; the others wait for it. */
export async function migrateDatabase(url: string, applicationName: string): Promise<void> {
  const client = new Client({
    connectionString: url,
    application_name: applicationName,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]); // held until the connection ends
    await migrate(drizzle(client), MIGRATIONS);
  } finally {
    await client.end();
  }
}
