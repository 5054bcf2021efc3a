import { type BigIntStats, statSync } from 'node:fs';
import { StoreFailedError } from '../store.ts';

/** The files that this process has open, by the paths at which the next start would look for them. */
export interface OpenFiles {
  /** @throws StoreFailedError when a path no longer leads to the open file: what is written there, a restart has forgotten. */
  assertInPlace(): void;
}

interface OpenFile {
  readonly path: string;
  /** What the file is, for the error message. */
  readonly role: string;
}

/**
 * Remembers device and inode of each file as they are now, right after the opening. The check is one `stat` per path:
 * opening a path and closing it again would drop this process's POSIX locks on the file.
 */
export function rememberOpenFiles(files: readonly OpenFile[]): OpenFiles {
  const remembered = files.map((file) => ({ ...file, opened: identityOf(file) }));
  return {
    assertInPlace: () => {
      for (const { opened, ...file } of remembered) {
        if (identityOf(file) !== opened) throw noLongerOpen(file, 'was replaced by another file');
      }
    },
  };
}

function identityOf(file: OpenFile): string {
  const { dev, ino } = statOf(file);
  return `${dev}:${ino}`;
}

function statOf(file: OpenFile): BigIntStats {
  let stats: BigIntStats | undefined;
  try {
    stats = statSync(file.path, { bigint: true, throwIfNoEntry: false });
  } catch (cause) {
    throw noLongerOpen(file, `cannot be looked at: ${String(cause)}`, cause);
  }
  if (!stats) throw noLongerOpen(file, 'was deleted or moved away');
  return stats;
}

const noLongerOpen = ({ path, role }: OpenFile, what: string, cause?: unknown): StoreFailedError =>
  new StoreFailedError(
    `${path} is no longer the ${role} that this process has open: it ${what}. See docs/operating.md#database-file-replaced.`,
    { cause },
  );
