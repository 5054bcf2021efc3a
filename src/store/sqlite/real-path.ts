import { lstatSync, mkdirSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { StoreUnusableError } from '../store.ts';
import { describeCause } from './describe-cause.ts';

/**
 * Resolves symbolic links. The lock and the write-ahead log are named after the resolved path, so that two paths to one
 * file are the same store. Creates the directory.
 *
 * @throws StoreUnusableError
 */
export function realPathOf(file: string): string {
  const path = resolve(file);
  assertNameFits(path);
  const directory = realDirectoryOf(path);
  const real = isSymbolicLink(path) ? targetOf(path) : join(directory, basename(path));
  assertPathFits(real);
  return real;
}

/** A name has at most 255 bytes, and SQLite appends "-journal". */
const MAX_NAME_BYTES = 247;
/** A path has at most 512 bytes for SQLite, with "-journal", and the check of the file appends ".check/db" (validate-file.ts). */
const MAX_PATH_BYTES = 495;

function assertNameFits(path: string): void {
  const bytes = Buffer.byteLength(basename(path));
  if (bytes <= MAX_NAME_BYTES) return;
  throw new StoreUnusableError(
    `The name of the database file has ${bytes} bytes, and at most ${MAX_NAME_BYTES} are possible. Set DATABASE_URL to a file with a shorter name.`,
  );
}

/** Refused before the file is made: it could be opened once, and not again. */
function assertPathFits(path: string): void {
  assertNameFits(path);
  const bytes = Buffer.byteLength(path);
  if (bytes <= MAX_PATH_BYTES) return;
  throw new StoreUnusableError(
    `The path of the database file has ${bytes} bytes, and at most ${MAX_PATH_BYTES} are possible. Set DATABASE_URL to a file with a shorter path.`,
  );
}

/** The file that a symbolic link leads to. */
function targetOf(path: string): string {
  try {
    return realpathSync(path);
  } catch (cause) {
    // A new database there would lose the stock of the intended one, which may be on a disk that is not mounted.
    throw new StoreUnusableError(
      `${path} is a symbolic link to ${readlinkSync(path)}, which does not exist. Check that its disk is mounted, or set DATABASE_URL to the path itself.`,
      { cause },
    );
  }
}

function isSymbolicLink(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
  } catch (cause) {
    throw new StoreUnusableError(
      `${path} cannot be inspected (${describeCause(cause)}). Give this process access to its directory.`,
      {
        cause,
      },
    );
  }
}

function realDirectoryOf(path: string): string {
  const directory = dirname(path);
  try {
    mkdirSync(directory, { recursive: true });
    return realpathSync(directory);
  } catch (cause) {
    throw new StoreUnusableError(
      `The directory ${directory} cannot be created (${describeCause(cause)}). Give this process write access to its parent, or set DATABASE_URL to another place.`,
      { cause },
    );
  }
}
