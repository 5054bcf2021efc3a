import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  generateDrizzleJson,
  generateMigration,
  generateSQLiteDrizzleJson,
  generateSQLiteMigration,
} from 'drizzle-kit/api';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

/** The tables that the migrations make are those that the code reads and writes. */
test.for(['sqlite', 'postgres'] as const)('the migrations of %s lead to its schema', async (dialect) => {
  const schema = await schemaOf(dialect);
  expect(Object.keys(schema)).not.toEqual([]);
  expect(await missingStatements(dialect, schema)).toEqual([]);
});

async function missingStatements(
  dialect: 'sqlite' | 'postgres',
  schema: Record<string, unknown>,
): Promise<readonly string[]> {
  const last = globSync(`migrations/${dialect}/meta/*_snapshot.json`, { cwd: ROOT }).toSorted().at(-1);
  const migrated = JSON.parse(readFileSync(join(ROOT, String(last)), 'utf8'));
  return dialect === 'sqlite'
    ? await generateSQLiteMigration(migrated, await generateSQLiteDrizzleJson(schema))
    : await generateMigration(migrated, generateDrizzleJson(schema));
}

async function schemaOf(dialect: string): Promise<Record<string, unknown>> {
  const files = globSync(`src/store/${dialect}/*schema.ts`, { cwd: ROOT }).toSorted();
  const modules: Record<string, unknown>[] = await Promise.all(
    files.map(async (file) => await import(join(ROOT, file))),
  );
  return Object.assign({}, ...modules);
}
