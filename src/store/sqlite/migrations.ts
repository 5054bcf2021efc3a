import { fileURLToPath } from 'node:url';
import { readMigrationFiles } from 'drizzle-orm/migrator';

export const MIGRATIONS = {
  migrationsFolder: fileURLToPath(new URL('../../../migrations/sqlite', import.meta.url)),
};

/** How a database names the migrations that it has had. */
export const migrationHashes = (): ReadonlySet<string> =>
  new Set(readMigrationFiles(MIGRATIONS).map(({ hash }) => hash));
