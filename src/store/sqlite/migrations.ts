import { fileURLToPath } from 'node:url';
import { readMigrationFiles } from 'drizzle-orm/migrator';

export const MIGRATIONS = {
  migrationsFolder: fileURLToPath(new URL('../../../migrations/sqlite', import.meta.url)),
};

/** The hashes by which a database records its migrations. */
export const migrationHashes = (): ReadonlySet<string> =>
  new Set(readMigrationFiles(MIGRATIONS).map(({ hash }) => hash));
