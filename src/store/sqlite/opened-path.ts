import { closeSync, openSync, readlinkSync, statfsSync } from 'node:fs';

/** The types of file systems that keep exact times, and that no other machine changes: ext4, XFS and Btrfs. */
const EXACT_TIMES: ReadonlySet<number> = new Set([0xef53, 0x58465342, 0x9123683e]);

/** A file that stays open to ask where it is. */
export interface OpenedPath extends Disposable {
  /** The path of the file; another text if it was deleted, replaced or moved. */
  readonly now: () => string;
}

/**
 * An optimization: asks Linux for the path of an open file in place of inspecting what is at the path. Since Linux 6.13, after
 * a `stat` the next write of the file gets an exact time, and its sync has to write that time to the journal of the file
 * system. A commit takes 190 instead of 250 µs without it (`npm run bench -- acquire`, 1 connection;
 * docs/performance.md#durable-commits). test/store/replaced-files.test.ts holds that the same accidents are noticed.
 * To remove it, compare inodes.
 *
 * Returns null where the path cannot be asked for, or need not be. SQLite must have no lock on the file: closing it here would
 * release the lock.
 */
export function openedPath(path: string): OpenedPath | null {
  if (process.platform !== 'linux' || !EXACT_TIMES.has(statfsSync(path).type)) return null;
  const descriptor = openSync(path, 'r');
  const now = (): string => readlinkSync(`/proc/self/fd/${descriptor}`);
  const opened = { now, [Symbol.dispose]: () => closeSync(descriptor) };
  if (isReadable(now, path)) return opened;
  opened[Symbol.dispose]();
  return null;
}

/** Not where /proc is missing, or shows other paths than this process uses. */
function isReadable(now: () => string, path: string): boolean {
  try {
    return now() === path;
  } catch {
    return false;
  }
}
