import type Database from 'better-sqlite3';
import { StoreUnusableError } from '../store.ts';

const PRAGMAS = [
  ['journal_mode', 'WAL', 'wal'],
  /** FULL: what was acknowledged outlives a power cut. In WAL mode better-sqlite3 would open with NORMAL, which does not. */
  ['synchronous', 'FULL', 2],
  ['foreign_keys', 'ON', 1],
] as const;

/**
 * SQLite ignores a pragma that it cannot follow, so each is read back.
 *
 * @throws StoreUnusableError when one is not as it must be.
 */
export function setPragmas(client: Database.Database): void {
  for (const [pragma, wanted, expected] of PRAGMAS) {
    client.pragma(`${pragma} = ${wanted}`);
    const found = client.pragma(pragma, { simple: true });
    if (found !== expected) {
      throw new StoreUnusableError(
        `${client.name} does not take ${pragma} = ${wanted}: it says ${String(found)}. Put it on a local file system.`,
      );
    }
  }
}
