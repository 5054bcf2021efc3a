import type Database from 'better-sqlite3';
import { packageVersion } from '../../package-version.ts';
import { type AppliedMigration, newerSchema } from '../schema-compatibility.ts';
import { StoreUnusableError } from '../store.ts';
import { appliedMigrations, migrationHashes } from './migrations.ts';

/** @throws StoreUnusableError if the file lacks a migration of this version, or this version must not use it. */
export function assertMigrated(client: Database.Database): void {
  const applied = migrationsOf(client);
  const hashes = migrationHashes();
  const newer = newerSchema(applied, { version: packageVersion(), hashes });
  if (newer !== null) throw new StoreUnusableError(`${client.name} ${newer}`);
  if (hashes.isSubsetOf(new Set(applied.map(({ hash }) => hash)))) return;
  throw new StoreUnusableError(
    `${client.name} was written by an older version of this service. Start this version once, or use that one.`,
  );
}

function migrationsOf(client: Database.Database): readonly AppliedMigration[] {
  try {
    return appliedMigrations(client);
  } catch (cause) {
    throw new StoreUnusableError(
      `${client.name} cannot be read as a database of this service: ${String(cause)}`,
      { cause },
    );
  }
}
