import { type BigIntStats, statSync } from 'node:fs';
import { messageOf } from '../../domain/message-of.ts';
import { OutcomeUnknownError, StoreFailedError } from '../store.ts';
import { openedPath } from './opened-path.ts';

/** The files that this process has open, and the paths at which the next start would open them. */
export interface OpenFiles {
  /** @throws StoreFailedError if a path no longer leads to the open file: a restart would not find what is written to it. */
  assertInPlace(): void;
  /**
   * The same of the files that hold what is committed, right after a commit.
   * @throws OutcomeUnknownError: the commit counts if the file is put back in its place, as this process still has it open.
   */
  assertHoldsCommits(): void;
}

interface OpenFile {
  readonly path: string;
  /** Names the file in the error message. */
  readonly role: string;
  readonly holdsCommits: boolean;
  /** Each commit writes and syncs it, and SQLite has no lock on it. */
  readonly isLog?: boolean;
}

/**
 * Remembers the device and inode of each file, right after opening. The check is one `stat` per path: opening and closing
 * a path would release the POSIX locks of this process on the file. The log is checked without `stat` where that makes the
 * next sync slower: see `openedPath`.
 */
export function rememberOpenFiles(files: readonly OpenFile[]): OpenFiles & Disposable {
  using opening = new DisposableStack();
  const all = files.map((file): RememberedFile => {
    const opened = file.isLog === true ? opening.use(openedPath(file.path)) : null;
    return { file, assertSame: opened ? () => assertPath(file, opened.now) : sameInode(file) };
  });
  const holdCommits = all.filter(({ file }) => file.holdsCommits);
  const held = opening.move();
  return {
    assertInPlace: () => all.forEach(({ assertSame }) => assertSame()),
    assertHoldsCommits: () => afterCommit(() => holdCommits.forEach(({ assertSame }) => assertSame())),
    [Symbol.dispose]: () => held[Symbol.dispose](),
  };
}

interface RememberedFile {
  readonly file: OpenFile;
  readonly assertSame: () => void;
}

function afterCommit(assert: () => void): void {
  try {
    assert();
  } catch (cause) {
    throw new OutcomeUnknownError(messageOf(cause), { cause });
  }
}

/** Remembers the file that is at the path now. */
function sameInode(file: OpenFile): () => void {
  const opened = statOf(file);
  return () => {
    const { dev, ino } = statOf(file);
    if (ino !== opened.ino || dev !== opened.dev) throw noLongerOpen(file, 'was replaced by another file');
  };
}

function statOf(file: OpenFile): BigIntStats {
  const stats = inspected(file, () => statSync(file.path, { bigint: true, throwIfNoEntry: false }));
  if (!stats) throw noLongerOpen(file, 'was deleted or moved away');
  return stats;
}

function assertPath(file: OpenFile, now: () => string): void {
  if (inspected(file, now) !== file.path) throw noLongerOpen(file, 'was deleted or moved away');
}

function inspected<Found>(file: OpenFile, inspect: () => Found): Found {
  try {
    return inspect();
  } catch (cause) {
    throw noLongerOpen(file, `cannot be inspected: ${String(cause)}`, cause);
  }
}

const noLongerOpen = ({ path, role }: OpenFile, what: string, cause?: unknown): StoreFailedError =>
  new StoreFailedError(
    `${path} is no longer the ${role} that this process has open: it ${what}. See docs/operating.md#database-file-replaced.`,
    { cause },
  );
