import { lstatSync, mkdirSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { StoreUnusableError } from '../store.ts';
import { describeCause } from './describe-cause.ts';

/**
 * The path of the file itself, whatever links lead to it: its lock and its write-ahead log are named after it, so that
 * two paths to one file cannot be two stores. Makes the directory.
 *
 * @throws StoreUnusableError
 */
export function realPathOf(file: string): string {
  const path = resolve(file);
  const directory = realDirectoryOf(path);
  if (!isSymbolicLink(path)) return join(directory, basename(path));
  try {
    return realpathSync(path);
  } catch (cause) {
    // Making a new database there would forget the stock of the one that is meant, such as on a disk that is not mounted.
    throw new StoreUnusableError(
      `${path} is a symbolic link to ${readlinkSync(path)}, which cannot be found. Check that its disk is mounted, or set DATABASE_URL to the path itself.`,
      { cause },
    );
  }
}

function isSymbolicLink(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
  } catch (cause) {
    throw new StoreUnusableError(
      `${path} cannot be looked at (${describeCause(cause)}). Let this process into its directory.`,
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
      `The directory ${directory} cannot be made (${describeCause(cause)}). Let this process write to its place, or set DATABASE_URL to another place.`,
      { cause },
    );
  }
}
