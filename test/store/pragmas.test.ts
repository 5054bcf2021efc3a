import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { openSqliteFile } from '../../src/store/sqlite/open-file.ts';
import { setPragmas } from '../../src/store/sqlite/pragmas.ts';
import { StoreUnusableError } from '../../src/store/store.ts';

test('a connection has a write-ahead log, syncs each commit to the disk, and enforces foreign keys', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'stamp-pool-pragmas-'));
  const db = new Database(join(directory, 'pool.db'));
  setPragmas(db);
  const read = (pragma: string): unknown => db.pragma(pragma, { simple: true });
  expect(['journal_mode', 'synchronous', 'foreign_keys', 'wal_autocheckpoint'].map(read)).toEqual([
    'wal',
    2,
    1,
    1000,
  ]);
  db.close();
  await rm(directory, { recursive: true });
});

test.each([
  [undefined, 5_000],
  [1_234, 1_234],
])(
  'a connection waits for other writers as long as is asked for, or five seconds: %s',
  async (busyTimeoutMs, waits) => {
    const directory = await mkdtemp(join(tmpdir(), 'stamp-pool-pragmas-'));
    const file = join(directory, 'pool.db');
    {
      using opened = openSqliteFile(busyTimeoutMs === undefined ? { file } : { file, busyTimeoutMs });
      expect(opened.client.pragma('busy_timeout', { simple: true })).toBe(waits);
    }
    await rm(directory, { recursive: true });
  },
);

test('a database that does not accept a pragma is rejected', () => {
  const db = new Database(':memory:'); // cannot write ahead
  expect(() => setPragmas(db)).toThrow(StoreUnusableError);
  expect(() => setPragmas(db)).toThrow(/does not accept journal_mode = WAL: it has memory/);
});
