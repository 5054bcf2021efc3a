import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import type { Store } from '../../src/store/store.ts';
import { anOrder, aRequest, aStamp, batchId, hours, momentAt, T0 } from '../builders.ts';
import { acquireAll } from '../contracts/store-steps.ts';

let directory = '';
let store: Store;
/** Beside the store's own connection: reads what that has committed, and shows how it reads. */
let db: Database.Database;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'stamp-pool-schema-'));
  const file = join(directory, 'pool.db');
  store = await openSqliteStore({ file });
  db = new Database(file, { timeout: 0 });
});
afterEach(async () => {
  db.close();
  await store[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

test('every table is strict', () => {
  const tables = db
    .prepare(
      `SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%' ORDER BY name`,
    )
    .raw()
    .all();
  expect(tables).toEqual([
    ['__drizzle_migrations', 0], // Drizzle's own
    ['access', 1],
    ['acquisitions', 1],
    ['copies', 1],
    ['daily_usage', 1],
    ['demand', 1],
    ['due_incidents', 1],
    ['history', 1],
    ['last_known', 1],
    ['leases', 1],
    ['nodes', 1],
    ['orders', 1],
    ['over_transactions', 1],
    ['probe', 1],
    ['reported_conditions', 1],
    ['reporting_start', 1],
    ['schema_compatibility', 1],
    ['stamps', 1],
    ['tokens', 1],
    ['webhook_deliveries', 1],
  ]);
});

test.for([
  ['a state that is none', `state = 'sold'`, /CHECK constraint failed: stamps_state/],
  ['an available stamp without an expiry', `expires_at = NULL`, /CHECK constraint failed: stamps_available/],
  ['a text for a moment', `expires_at = 'soon'`, /cannot store TEXT value in INTEGER column/],
  ['a reason to withhold that is none', `withheld = 'moody'`, /CHECK constraint failed: stamps_withheld/],
] as const)('cannot hold %s', async ([, assignment, refusal]) => {
  await store.write([{ change: 'stampAdded', stamp: aStamp() }], T0);
  expect(() => db.exec(`UPDATE stamps SET ${assignment}`)).toThrow(refusal);
});

test.for([
  ['a state that is none', `state = 'lost'`, /CHECK constraint failed: orders_state/],
  ['a purpose that is none', `purpose = 'fun'`, /CHECK constraint failed: purpose/],
  ['a sent order without the moment', `state = 'sent'`, /CHECK constraint failed: orders_sent/],
  [
    'a rejected order that has not ended',
    `state = 'rejected', cause = ''`,
    /CHECK constraint failed: orders_ended/,
  ],
  [
    'a confirmed order without its batch',
    `state = 'confirmed', ended_at = 1`,
    /CHECK constraint failed: orders_confirmed/,
  ],
  [
    'an abandoned order without a cause',
    `state = 'abandoned', ended_at = 1`,
    /CHECK constraint failed: orders_cause/,
  ],
  [
    'a purchase that is neither mutable nor not',
    `immutable = NULL`,
    /CHECK constraint failed: orders_purchase/,
  ],
  ['a top-up of no batch', `kind = 'topUp'`, /CHECK constraint failed: orders_top_up/],
] as const)('cannot hold %s', async ([, assignment, refusal]) => {
  await store.write([{ change: 'orderPlanned', order: anOrder() }], T0);
  expect(() => db.exec(`UPDATE orders SET ${assignment}`)).toThrow(refusal);
});

test('cannot hold two acquisitions of one stamp, even if the stamp is marked as available again', async () => {
  await store.write([{ change: 'stampAdded', stamp: aStamp() }], T0);
  const moment = momentAt(T0);
  await acquireAll(store, [aRequest()], moment);
  db.exec(`UPDATE stamps SET state = 'available'`);
  await expect(acquireAll(store, [aRequest()], moment)).rejects.toThrow(
    /UNIQUE constraint failed: acquisitions.stamp_number/,
  );
  expect(await store.stamp(batchId(1))).toMatchObject({ state: 'available' });
});

test('writes none of several acquisitions if one of them cannot be written', async () => {
  const stamps = [1, 2].map((n) => aStamp({ n, ttlHours: 50 - n }));
  await store.write(
    stamps.map((stamp) => ({ change: 'stampAdded', stamp })),
    T0,
  );
  const moment = momentAt(T0);
  await acquireAll(store, [aRequest()], moment);
  db.exec(
    `UPDATE stamps SET state = 'available', expires_at = ${hours(90).getTime()} WHERE state = 'acquired'`,
  );
  await expect(acquireAll(store, [aRequest(), aRequest()], moment)).rejects.toThrow(/UNIQUE/);
  expect((await store.acquisitions({ first: 9, after: null })).items).toHaveLength(1);
  expect(await store.levels(moment)).toEqual(new Map([[17, 2]]));
  expect(await store.demandSince(T0)).toEqual([{ hour: T0, depth: 17, outcome: 'met', count: 1 }]);
});

test('states the values of a row that it cannot parse', async () => {
  await store.write([{ change: 'stampAdded', stamp: aStamp() }], T0);
  db.exec(`UPDATE stamps SET amount = '1e9'`);
  await expect(store.stamp(batchId(1))).rejects.toThrow(/invalid stamp on disk: .*"amount":"1e9"/);
});
