import type Database from 'better-sqlite3';
import { z } from 'zod';
import { StoreUnusableError } from '../store.ts';
import { migrationHashes } from './migrations.ts';

/** @throws StoreUnusableError if the file was not written by exactly this version. */
export function assertMigrated(client: Database.Database): void {
  const applied = appliedMigrations(client);
  const known = migrationHashes();
  if (applied.size === known.size && [...applied].every((hash) => known.has(hash))) return;
  throw new StoreUnusableError(
    `${client.name} was written by another version of this service. Start this version once, or use that one.`,
  );
}

function appliedMigrations(client: Database.Database): ReadonlySet<string> {
  try {
    const rows: unknown[] = client.prepare('SELECT hash FROM __drizzle_migrations').pluck().all();
    return new Set(z.array(z.string()).parse(rows));
  } catch (cause) {
    throw new StoreUnusableError(
      `${client.name} cannot be read as a database of this service: ${String(cause)}`,
      { cause },
    );
  }
}
