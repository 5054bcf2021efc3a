import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { npmVersion } from 'drizzle-orm/version';

/**
 * Before all tests: bundles Drizzle ORM for the workers, once per version. Node parses the package.json of a package for each
 * module of it that it loads. That of Drizzle has 180 kB, and it has 300 modules, so that each worker would take 0.5 s of CPU
 * time. Without this file and the alias in vitest.config.ts the tests are the same.
 */
export async function setup(): Promise<void> {
  if (existsSync(DIRECTORY)) return;
  const { build } = await import('esbuild');
  mkdirSync(dirname(DIRECTORY), { recursive: true });
  const directory = mkdtempSync(`${DIRECTORY}.`);
  await build({
    entryPoints: Object.fromEntries(
      ENTRIES.map((entry) => [entry, entry === 'index' ? 'drizzle-orm' : `drizzle-orm/${entry}`]),
    ),
    outdir: directory,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    external: ['better-sqlite3', 'pg', '@opentelemetry/*'],
  });
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
  try {
    renameSync(directory, DIRECTORY);
  } catch (error) {
    if (!existsSync(DIRECTORY)) throw error;
    rmSync(directory, { recursive: true }); // another test run was faster
  }
}

const ENTRIES = [
  'index',
  'migrator',
  'sqlite-core',
  'better-sqlite3',
  'better-sqlite3/migrator',
  'pg-core',
  'node-postgres',
  'node-postgres/migrator',
];

const DIRECTORY = join(
  import.meta.dirname,
  '../node_modules/.cache/drizzle-orm',
  `${npmVersion}-${ENTRIES.length}`,
);

/** What the workers import in place of Drizzle ORM. */
export const BUNDLED_DRIZZLE = [
  { find: /^drizzle-orm$/, replacement: join(DIRECTORY, 'index.js') },
  {
    find: new RegExp(`^drizzle-orm/(${ENTRIES.join('|')})$`),
    replacement: join(DIRECTORY, '$1.js'),
  },
];
