import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { memoryDirectory } from './memory-directory.ts';

/**
 * Before all tests: their files go into memory, if there is room. A commit then waits for no disk, so that the suite does not
 * depend on how busy the disk is.
 */
export function setup(): (() => void) | undefined {
  const memory = memoryDirectory(NEEDED_BYTES);
  if (memory === null || process.env['TMPDIR'] !== undefined) return undefined;
  const directory = mkdtempSync(join(memory, 'stamp-pool-tests-'));
  chmodSync(directory, 0o1777); // like /tmp: a server of PostgreSQL runs as another user
  process.env['TMPDIR'] = directory;
  return () => rmSync(directory, { recursive: true, force: true });
}

const NEEDED_BYTES = 2 ** 30;
