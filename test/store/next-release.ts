import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface NextRelease extends AsyncDisposable {
  readonly migrationsFolder: string;
}

/**
 * The migrations of the next release: those of this one, and one that only adds to the schema. `oldestVersion`: which
 * versions it lets run beside it; null: it is not marked.
 */
export async function nextRelease(
  dialect: 'sqlite' | 'postgres',
  oldestVersion: string | null,
): Promise<NextRelease> {
  const migrationsFolder = await mkdtemp(join(tmpdir(), 'stamp-pool-migrations-'));
  await cp(join(import.meta.dirname, '../../migrations', dialect), migrationsFolder, { recursive: true });
  const file = join(migrationsFolder, 'meta/_journal.json');
  const journal = JSON.parse(await readFile(file, 'utf8'));
  const when = journal.entries.at(-1).when + 1;
  const entry = { idx: journal.entries.length, version: '7', when, tag: 'next', breakpoints: true };
  await writeFile(file, JSON.stringify({ ...journal, entries: [...journal.entries, entry] }));
  const mark = `INSERT INTO schema_compatibility VALUES (${when}, '${oldestVersion}')`;
  const statements = [
    `ALTER TABLE stamps ADD COLUMN colour text`,
    `ALTER TABLE orders ADD COLUMN urgency integer NOT NULL DEFAULT 0`,
    `CREATE TABLE news (id integer PRIMARY KEY, headline text NOT NULL)`,
    ...(oldestVersion === null ? [] : [mark]),
  ];
  await writeFile(join(migrationsFolder, 'next.sql'), statements.join(';\n--> statement-breakpoint\n'));
  return { migrationsFolder, [Symbol.asyncDispose]: () => rm(migrationsFolder, { recursive: true }) };
}
