import type Database from 'better-sqlite3';
import { StoreUnusableError } from '../store.ts';

const PRAGMAS = [
  ['journal_mode', 'WAL', 'wal'],
  /** FULL: what was acknowledged survives a power failure. In WAL mode better-sqlite3 defaults to NORMAL, which does not. */
  ['synchronous', 'FULL', 2],
  ['foreign_keys', 'ON', 1],
] as const;

/**
 * Sets the pragmas and reads each back, because SQLite ignores one that it cannot apply.
 *
 * @throws StoreUnusableError if one was not applied.
 */
export function setPragmas(client: Database.Database): void {
  for (const [pragma, wanted, expected] of PRAGMAS) {
    client.pragma(`${pragma} = ${wanted}`);
    const found = client.pragma(pragma, { simple: true });
    if (found !== expected) {
      throw new StoreUnusableError(
        `${client.name} does not accept ${pragma} = ${wanted}: it has ${String(found)}. Put it on a local file system.`,
      );
    }
  }
}
