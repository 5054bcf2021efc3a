import { fileURLToPath } from 'node:url';
import type Database from 'better-sqlite3';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { z } from 'zod';
import type { AppliedMigration } from '../schema-compatibility.ts';

export const MIGRATIONS = {
  migrationsFolder: fileURLToPath(new URL('../../../migrations/sqlite', import.meta.url)),
};

/** The hashes by which a database records its migrations. Their files are read once in a process. */
export function migrationHashes(): ReadonlySet<string> {
  hashes ??= new Set(readMigrationFiles(MIGRATIONS).map(({ hash }) => hash));
  return hashes;
}

let hashes: ReadonlySet<string> | null = null;

const tableNames = z.array(z.string());
const migrations = z.array(z.object({ hash: z.string(), oldestVersion: z.string().nullable() }));

/** Oldest first. @throws if the file has none. */
export function appliedMigrations(db: Database.Database): readonly AppliedMigration[] {
  const tables = tableNames.parse(
    db.prepare(`SELECT name FROM sqlite_schema WHERE name = 'schema_compatibility'`).pluck().all(),
  );
  const oldestVersion =
    tables.length === 0
      ? 'NULL'
      : '(SELECT oldest_version FROM schema_compatibility WHERE migration = created_at)';
  const statement = `SELECT hash, ${oldestVersion} AS oldestVersion FROM __drizzle_migrations ORDER BY id`;
  return migrations.parse(db.prepare(statement).all());
}
