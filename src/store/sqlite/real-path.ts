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
  const directory = realDirectoryOf(path);
  if (!isSymbolicLink(path)) return join(directory, basename(path));
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
