import { chmodSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Before all tests: their files go into memory, if there is room. A commit then waits for no disk, so that the suite does not
 * depend on how busy the disk is..
 */
export function setup(): (() => void) | undefined {
  if (process.platform !== 'linux' || process.env['TMPDIR'] !== undefined || freeBytes(MEMORY) < NEEDED_BYTES)
    return undefined;
  const directory = mkdtempSync(join(MEMORY, 'stamp-pool-tests-'));
  chmodSync(directory, 0o1777); // like /tmp: a server of PostgreSQL runs as another user
  process.env['TMPDIR'] = directory;
  return () => rmSync(directory, { recursive: true, force: true });
}

/** Of Linux. In a container it often has 64 MB, which is too small. */
const MEMORY = '/dev/shm';
const NEEDED_BYTES = 2 ** 30;

function freeBytes(path: string): number {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    return 0; // there is none
  }
}
