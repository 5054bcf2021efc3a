import {
  accessSync,
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { z } from 'zod';
import { packageVersion } from '../../package-version.ts';
import { newerSchema } from '../schema-compatibility.ts';
import { StoreUnusableError } from '../store.ts';
import { describeCause } from './describe-cause.ts';
import { appliedMigrations } from './migrations.ts';

/** @throws StoreUnusableError if the file or its directory is not writable. */
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
  if (!statSync(file).isFile()) {
    throw new StoreUnusableError(
      `${file} is not a regular file. Set DATABASE_URL to a file that is one, or that does not exist yet.`,
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
 * Checks that the file is an undamaged database of this service. Reading a database in WAL mode creates files beside it, and
 * closing it moves pages, but a rejected file must stay unchanged: so it is read through a second name, in a directory where
 * the copy of its write-ahead log is. Call it with the instance lock held.
 *
 * @returns the hashes of the migrations that it has had.
 * @throws StoreUnusableError, or the error of a disk that is full, for example.
 */
export function assertOurs(file: string, migrationHashes: ReadonlySet<string>): ReadonlySet<string> {
  if (!existsSync(file)) return new Set();
  const scratch = `${file}.check`; // the instance lock is held, so what is there was left by a crash
  rmSync(scratch, { recursive: true, force: true });
  assertOneName(file);
  try {
    const checked = join(scratch, 'db');
    giveSecondName(file, checked);
    return assertSound(file, checked, migrationHashes);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function assertOneName(file: string): void {
  const { nlink } = statSync(file);
  if (nlink > 1) {
    throw new StoreUnusableError(
      `${file} has ${nlink} hard links. Under each name the same database has another lock and another write-ahead log. Remove the other names (find them with "find -samefile"), or copy the file.`,
    );
  }
}

/** Creates the directory of the second name. */
function giveSecondName(file: string, second: string): void {
  try {
    mkdirSync(dirname(second));
    if (existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, `${second}-wal`);
    // SQLite must undo a write that a journal shows, and to that end change the file
    if (existsSync(`${file}-journal`)) copyFileSync(`${file}-journal`, `${second}-journal`);
    else if (isLinked(file, second)) return;
    copyFileSync(file, second, constants.COPYFILE_FICLONE);
  } catch (cause) {
    throw new StoreUnusableError(
      `${file} cannot be copied for its check (${describeCause(cause)}). The check needs space for a copy beside the file, and read access to it.`,
      { cause },
    );
  }
}

/** False on a file system without hard links. */
function isLinked(file: string, second: string): boolean {
  try {
    linkSync(file, second);
    return true;
  } catch {
    return false;
  }
}

function assertSound(
  file: string,
  second: string,
  migrationHashes: ReadonlySet<string>,
): ReadonlySet<string> {
  let db: Database.Database | undefined;
  try {
    db = new Database(second, { readonly: !existsSync(`${second}-journal`) });
    db.pragma('ignore_check_constraints = ON'); // each write checks them; they are two thirds of the time
    const findings = quickCheck.parse(db.pragma('quick_check'));
    if (findings.some((finding) => finding !== 'ok')) throw new Error(describeFindings(findings));
    return knownMigrations(db, { file, migrationHashes });
  } catch (cause) {
    if (cause instanceof StoreUnusableError || !isDamage(cause)) throw cause;
    throw new StoreUnusableError(
      `${file} is damaged, or is not an SQLite database: ${describeCause(cause)}. It was not changed. Restore a backup, or recover it with the sqlite3 shell's .recover.`,
      { cause },
    );
  } finally {
    db?.close();
  }
}

/** A full disk or a missing permission also ends the check. A backup in place of the file would lose acquisitions. */
const isDamage = (cause: unknown): boolean =>
  !(cause instanceof Database.SqliteError) || !NO_DAMAGE.test(cause.code);

const NO_DAMAGE = /^SQLITE_(BUSY|CANTOPEN|FULL|IOERR|LOCKED|NOMEM|PERM|PROTOCOL|READONLY)(_|$)/;

/** The first finding shows the kind of damage; there may be a hundred. */
function describeFindings(findings: readonly string[]): string {
  const [first, ...more] = findings;
  return `SQLite's quick_check found: ${first}${more.length > 0 ? ` (and ${more.length} more)` : ''}`;
}

const quickCheck = z.array(z.object({ quick_check: z.string() }).transform((row) => row.quick_check));

/** The hashes of those that the database has had. @throws StoreUnusableError if the database is not of this service, or too new. */
function knownMigrations(
  db: Database.Database,
  { file, migrationHashes }: { readonly file: string; readonly migrationHashes: ReadonlySet<string> },
): ReadonlySet<string> {
  const tables = names.parse(db.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).all());
  if (tables.length === 0) return new Set();
  if (!tables.includes('__drizzle_migrations')) {
    throw new StoreUnusableError(
      `${file} is a database of another program: it has the table ${tables[0]}, and no migrations of this service. It was not changed. Set DATABASE_URL to another file.`,
    );
  }
  const applied = appliedMigrations(db);
  const newer = newerSchema(applied, { version: packageVersion(), hashes: migrationHashes });
  if (newer !== null) throw new StoreUnusableError(`${file} ${newer}`);
  return new Set(applied.map(({ hash }) => hash));
}

const names = z.array(z.object({ name: z.string() }).transform((row) => row.name));
