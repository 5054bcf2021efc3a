import { accessSync, constants, copyFileSync, existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { z } from 'zod';
import { packageVersion } from '../../package-version.ts';
import { newerSchema } from '../schema-compatibility.ts';
import { StoreUnusableError } from '../store.ts';
import { describeCause } from './describe-cause.ts';
import { appliedMigrations } from './migrations.ts';

/** @throws StoreUnusableError if the file or its directory is not writable, or if the file has hard links. */
export function assertWritable(file: string): void {
  const directory = dirname(file);
  try {
    assertMayWrite(directory);
  } catch (cause) {
    throw new StoreUnusableError(
      `The directory ${directory} is not writable (${describeCause(cause)}). Give this process write access, or set DATABASE_URL to another place.`,
      { cause },
    );
  }
  if (!existsSync(file)) return;
  const stats = statSync(file);
  if (!stats.isFile()) {
    throw new StoreUnusableError(
      `${file} is not a regular file. Set DATABASE_URL to a file that is one, or that does not exist yet.`,
    );
  }
  if (stats.nlink > 1) {
    throw new StoreUnusableError(
      `${file} has ${stats.nlink} hard links. Under each name the same database has another lock and another write-ahead log. Remove the other names (find them with "find -samefile"), or copy the file.`,
    );
  }
  try {
    assertMayWrite(file);
  } catch (cause) {
    throw new StoreUnusableError(
      `${file} is read-only (${describeCause(cause)}). Give this process write access.`,
      {
        cause,
      },
    );
  }
}

/** access(W_OK) always passes for root, so a file whose mode has no write bit is rejected too. */
function assertMayWrite(path: string): void {
  accessSync(path, constants.W_OK);
  if ((statSync(path).mode & 0o222) === 0) throw new Error(`${path} has no write permission`);
}

/**
 * Checks that the file is an undamaged database of this service. It reads a copy: reading a database in WAL mode creates
 * files beside it, and closing it moves pages, but a rejected file must stay unchanged.
 *
 * @throws StoreUnusableError
 */
export function assertOurs(file: string, migrationHashes: ReadonlySet<string>): void {
  if (!existsSync(file)) return;
  const scratch = `${file}.check`; // the instance lock is held, so what is there was left by a crash
  rmSync(scratch, { recursive: true, force: true });
  try {
    const copy = join(scratch, basename(file));
    copyAll(file, copy);
    assertSound(file, copy, migrationHashes);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Copies the file with its write-ahead log. Creates the directory of the copy. */
function copyAll(file: string, copy: string): void {
  try {
    mkdirSync(dirname(copy));
    for (const suffix of ['', '-wal', '-journal']) {
      if (existsSync(file + suffix)) copyFileSync(file + suffix, copy + suffix, constants.COPYFILE_FICLONE);
    }
  } catch (cause) {
    throw new StoreUnusableError(
      `${file} cannot be copied for its check (${describeCause(cause)}). The check needs space for a copy beside the file, and read access to it.`,
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
      `${file} is damaged, or is not an SQLite database: ${describeCause(cause)}. It was not changed. Restore a backup, or recover it with the sqlite3 shell's .recover.`,
      { cause },
    );
  } finally {
    db?.close();
  }
}

/** The first finding shows the kind of damage; there may be a hundred. */
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
      `${file} is a database of another program: it has the table ${tables[0]}, and no migrations of this service. It was not changed. Set DATABASE_URL to another file.`,
    );
  }
  const newer = newerSchema(appliedMigrations(db), { version: packageVersion(), hashes: migrationHashes });
  if (newer !== null) throw new StoreUnusableError(`${file} ${newer}`);
}

const names = z.array(z.object({ name: z.string() }).transform((row) => row.name));
