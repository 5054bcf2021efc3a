import { type BigIntStats, statSync } from 'node:fs';
import { StoreFailedError } from '../store.ts';

/** The files that this process has open, and the paths at which the next start would open them. */
export interface OpenFiles {
  /** @throws StoreFailedError if a path no longer leads to the open file: a restart would not find what is written to it. */
  assertInPlace(): void;
  /** The same of the files that hold what is committed. */
  assertHoldsCommits(): void;
}

interface OpenFile {
  readonly path: string;
  /** Names the file in the error message. */
  readonly role: string;
  readonly holdsCommits: boolean;
}

/**
 * Remembers the device and inode of each file, right after opening. The check is one `stat` per path: opening and closing
 * a path would release the POSIX locks of this process on the file.
 */
export function rememberOpenFiles(files: readonly OpenFile[]): OpenFiles {
  const all = files.map((file): RememberedFile => ({ file, opened: statOf(file) }));
  const holdCommits = all.filter(({ file }) => file.holdsCommits);
  return {
    assertInPlace: () => all.forEach(assertSame),
    assertHoldsCommits: () => holdCommits.forEach(assertSame),
  };
}

interface RememberedFile {
  readonly file: OpenFile;
  readonly opened: BigIntStats;
}

function assertSame({ file, opened }: RememberedFile): void {
  const { dev, ino } = statOf(file);
  if (ino !== opened.ino || dev !== opened.dev) throw noLongerOpen(file, 'was replaced by another file');
}

function statOf(file: OpenFile): BigIntStats {
  let stats: BigIntStats | undefined;
  try {
    stats = statSync(file.path, { bigint: true, throwIfNoEntry: false });
  } catch (cause) {
    throw noLongerOpen(file, `cannot be inspected: ${String(cause)}`, cause);
  }
  if (!stats) throw noLongerOpen(file, 'was deleted or moved away');
  return stats;
}

const noLongerOpen = ({ path, role }: OpenFile, what: string, cause?: unknown): StoreFailedError =>
  new StoreFailedError(
    `${path} is no longer the ${role} that this process has open: it ${what}. See docs/operating.md#database-file-replaced.`,
    { cause },
  );
