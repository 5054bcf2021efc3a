import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';

const MIGRATIONS = fileURLToPath(new URL('../../migrations/sqlite', import.meta.url));
const NUMBERED = '0020_stamps_number.sql';
const FILES = readdirSync(MIGRATIONS)
  .filter((name) => name.endsWith('.sql'))
  .toSorted();

const insertStamp = (id: string, state: string): string =>
  `INSERT INTO stamps (batch_id, node, depth, amount, immutable, cost, origin, state, created_at, available_at, expires_at, ttl_at_creation_seconds)
   VALUES ('${id}', 'bee', 17, '1', 1, '1', 'adopted', '${state}', 0, 0, 0, 0)`;
const insertAcquisition = (id: string, batchId: string): string =>
  `INSERT INTO acquisitions (id, batch_id, acquired_at, caller, fingerprint, asked_depth, given_depth, cost, ttl_seconds)
   VALUES ('${id}', '${batchId}', 0, 'ann', '', 17, 17, '1', 0)`;

test('the stamps and acquisitions of an earlier version are numbered, and a stamp keeps its one acquisition', () => {
  using database = openMemory();
  const { db } = database;
  const run = (name: string): unknown => db.exec(readFileSync(`${MIGRATIONS}/${name}`, 'utf8'));
  for (const name of FILES.slice(0, FILES.indexOf(NUMBERED))) run(name);
  for (const id of ['c', 'a', 'b']) db.exec(insertStamp(id, id === 'a' ? 'available' : 'acquired'));
  for (const [id, batchId] of [
    ['1', 'b'],
    ['2', 'c'],
  ] as const)
    db.exec(insertAcquisition(id, batchId));
  run(NUMBERED);
  const numbers = db.prepare('SELECT batch_id, number FROM stamps ORDER BY number').raw().all();
  expect(numbers).toEqual([
    ['c', 1],
    ['a', 2],
    ['b', 3],
  ]);
  expect(db.prepare('SELECT batch_id, stamp_number FROM acquisitions ORDER BY id').raw().all()).toEqual([
    ['b', 3],
    ['c', 1],
  ]);
  const again = `UPDATE acquisitions SET stamp_number = 3 WHERE id = '2'`;
  expect(() => db.exec(again)).toThrow('UNIQUE constraint failed: acquisitions.stamp_number');
});

function openMemory(): Disposable & { readonly db: Database.Database } {
  const db = new Database(':memory:');
  return { db, [Symbol.dispose]: () => void db.close() };
}
