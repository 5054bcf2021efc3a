import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import Database from 'better-sqlite3';
import { z } from 'zod';

const text = z.string();
const nullableText = z.string().nullable();
const money = z.string().transform(BigInt);

export const tables = z.object({
  stamps: z.array(
    z.object({ batchId: text, depth: z.number(), state: text, origin: text, orderId: nullableText }),
  ),
  acquisitions: z.array(z.object({ batchId: text, key: nullableText, givenDepth: z.number() })),
  orders: z.array(
    z.object({
      id: text,
      kind: text,
      state: text,
      depth: z.number(),
      cost: money,
      batchId: nullableText,
    }),
  ),
});

export type Tables = z.infer<typeof tables>;

/** Reads the database with statements that are independent of the service. @throws Error if it is damaged. */
export function readTables(file: string): Tables {
  const db = new Database(file, { readonly: true, fileMustExist: true });
  try {
    const damage = [db.pragma('integrity_check', { simple: true }), ...rows(db, 'PRAGMA foreign_key_check')];
    if (damage.length !== 1 || damage[0] !== 'ok')
      throw new Error(`${file} is damaged: ${JSON.stringify(damage)}`);
    return tables.parse({
      stamps: rows(db, 'SELECT batch_id AS batchId, depth, state, origin, order_id AS orderId FROM stamps'),
      acquisitions: rows(
        db,
        'SELECT batch_id AS batchId, idempotency_key AS key, given_depth AS givenDepth FROM acquisitions',
      ),
      orders: rows(db, 'SELECT id, kind, state, depth, cost, batch_id AS batchId FROM orders'),
    });
  } finally {
    db.close();
  }
}

const rows = (db: Database.Database, sql: string): unknown[] => db.prepare(sql).all();

/** Whether the migrations are complete. Reads a copy, because opening the file would recover it. */
export function isMigrated(file: string): boolean {
  if (!existsSync(file)) return false;
  const scratch = mkdtempSync(join(tmpdir(), 'crash-copy-'));
  try {
    for (const suffix of ['', '-wal', '-journal']) {
      if (existsSync(file + suffix)) copyFileSync(file + suffix, join(scratch, basename(file) + suffix));
    }
    const db = new Database(join(scratch, basename(file)));
    try {
      const names = rows(db, `SELECT name FROM sqlite_schema WHERE name = '__drizzle_migrations'`);
      return names.length > 0 && rows(db, 'SELECT hash FROM __drizzle_migrations').length > 0;
    } finally {
      db.close();
    }
  } finally {
    rmSync(scratch, { recursive: true });
  }
}
