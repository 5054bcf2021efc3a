import { copyFile, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { aStamp, momentAt, T0 } from '../builders.ts';
import { add } from '../contracts/store-steps.ts';
import { migratedFile } from './migrated-file.ts';

test('a write of another program that a crash interrupted is undone, as its journal shows, before the file is judged', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'stamp-pool-journal-'));
  const file = join(directory, 'pool.db');
  await migratedFile(file);
  {
    await using store = await openSqliteStore({ file });
    await add(store, ...Array.from({ length: 300 }, (_, n) => aStamp({ n: n + 1 })));
  }
  const other = new Database(file);
  other.pragma('journal_mode = DELETE');
  other.pragma('cache_size = 1'); // so that it writes pages before it commits
  other.exec('BEGIN; DELETE FROM stamps WHERE number % 2 = 0');
  for (const end of ['', '-journal']) await copyFile(file + end, `${file}.crashed${end}`);
  other.close();
  for (const end of ['', '-journal']) await rename(`${file}.crashed${end}`, file + end);
  {
    await using store = await openSqliteStore({ file });
    expect(await store.levels(momentAt(T0))).toEqual(new Map([[17, 300]]));
  }
  expect((await readdir(directory)).toSorted()).toEqual(['pool.db', 'pool.db.lock']);
  await rm(directory, { recursive: true });
});
