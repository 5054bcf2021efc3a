import { accessSync, constants, copyFileSync, existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { z } from 'zod';
import { StoreUnusableError } from '../store.ts';
import { describeCause } from './describe-cause.ts';

/** @throws StoreUnusableError when the file or its directory may not be written to, or the file has a second name. */
export function assertWritable(file: string): void {
  const directory = dirname(file);
  try {
    assertMayWrite(directory);
  } catch (cause) {
    throw new StoreUnusableError(
      `The directory ${directory} cannot be written to (${describeCause(cause)}). Let this process write to it, or set DATABASE_URL to another place.`,
      { cause },
    );
  }
  if (!existsSync(file)) return;
  const stats = statSync(file);
  if (!stats.isFile()) {
    throw new StoreUnusableError(
      `${file} is not a file. Set DATABASE_URL to a file that is one, or that may be made.`,
    );
  }
  if (stats.nlink > 1) {
    throw new StoreUnusableError(
      `${file} has ${stats.nlink} hard links. Under another name the same database would have another lock and another write-ahead log. Remove the other names (find them with "find -samefile"), or copy the file.`,
    );
  }
  try {
    assertMayWrite(file);
  } catch (cause) {
    throw new StoreUnusableError(
      `${file} is read-only (${describeCause(cause)}). Let this process write to it.`,
      {
        cause,
      },
    );
  }
}

/** Root may write anything; that an operator took the right from everybody is respected all the same. */
function assertMayWrite(path: string): void {
  accessSync(path, constants.W_OK);
  if ((statSync(path).mode & 0o222) === 0) throw new Error(`nobody has the right to write to ${path}`);
}

/**
 * Looks whether the file is a sound database of ours. It looks at a copy: merely reading a database in WAL mode makes
 * files beside it, and closing it moves pages, while what is refused here must be left as it was found.
 *
 * @throws StoreUnusableError
 */
export function assertOurs(file: string, migrationHashes: ReadonlySet<string>): void {
  if (!existsSync(file)) return;
  const scratch = `${file}.check`; // ours alone: the instance lock is held; what a crash left here is no use to anyone
  rmSync(scratch, { recursive: true, force: true });
  try {
    const copy = join(scratch, basename(file));
    copyAll(file, copy);
    assertSound(file, copy, migrationHashes);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The file with its log. Makes the directory of the copy. */
function copyAll(file: string, copy: string): void {
  try {
    mkdirSync(dirname(copy));
    for (const suffix of ['', '-wal', '-journal']) {
      if (existsSync(file + suffix)) copyFileSync(file + suffix, copy + suffix, constants.COPYFILE_FICLONE);
    }
  } catch (cause) {
    throw new StoreUnusableError(
      `${file} cannot be checked: it cannot be copied (${describeCause(cause)}). The check needs room for a copy beside the file, and the right to read it.`,
      { cause },
    );
  }
}

function assertSound(file: string, copy: string, migrationHashes: ReadonlySet<string>): void {
  let db: Database.Database | undefined;
  try {
    db = new Database(copy);
    const findings = quickCheck.parse(db.pragma('quick_check'));
    if (findings.some((finding) => finding !== 'ok')) throw new Error(describeFindings(findings));
    assertMigrationsKnown(db, { file, migrationHashes });
  } catch (cause) {
    if (cause instanceof StoreUnusableError) throw cause;
    throw new StoreUnusableError(
      `${file} is damaged, or no SQLite database at all: ${describeCause(cause)}. It was left as it is. Restore a backup, or recover it with the sqlite3 shell's .recover.`,
      { cause },
    );
  } finally {
    db?.close();
  }
}

/** The first say what kind of damage it is; there may be a hundred. */
function describeFindings(findings: readonly string[]): string {
  const [first, ...more] = findings;
  return `SQLite's quick_check found: ${first}${more.length > 0 ? ` (and ${more.length} more)` : ''}`;
}

const quickCheck = z.array(z.object({ quick_check: z.string() }).transform((row) => row.quick_check));

function assertMigrationsKnown(
  db: Database.Database,
  { file, migrationHashes }: { readonly file: string; readonly migrationHashes: ReadonlySet<string> },
): void {
  const tables = names.parse(db.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).all());
  if (tables.length === 0) return;
  if (!tables.includes('__drizzle_migrations')) {
    throw new StoreUnusableError(
      `${file} is a database of something else: it has the table ${tables[0]}, and no migrations of ours. It was left as it is. Set DATABASE_URL to another file.`,
    );
  }
  const applied = hashes.parse(db.prepare('SELECT hash FROM __drizzle_migrations').all());
  const unknown = applied.filter((hash) => !migrationHashes.has(hash));
  if (unknown.length > 0) {
    throw new StoreUnusableError(
      `${file} was written by a newer version of this service: ${unknown.length} of its ${applied.length} migrations are not known here. It was left as it is. Run that version, or restore a backup of before.`,
    );
  }
}

const names = z.array(z.object({ name: z.string() }).transform((row) => row.name));
const hashes = z.array(z.object({ hash: z.string() }).transform((row) => row.hash));
