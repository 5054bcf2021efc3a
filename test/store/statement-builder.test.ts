import Database from 'better-sqlite3';
import { sql } from 'drizzle-orm';
import { integer, sqliteTable } from 'drizzle-orm/sqlite-core';
import { expect, test, vi } from 'vitest';
import { statementBuilder } from '../../src/store/sqlite/statement-builder.ts';
import { compared } from '../../src/store/sqlite/statement-types.ts';

const numbers = sqliteTable('numbers', { n: integer('n').notNull() });

function opened() {
  const client = new Database(':memory:');
  client.exec('create table numbers (n integer not null) strict; insert into numbers values (1), (2), (3)');
  return { db: statementBuilder(client), prepare: vi.spyOn(client, 'prepare') };
}

test('a statement is prepared once, at its first use', () => {
  const { db, prepare } = opened();
  const above = db
    .select()
    .from(numbers)
    .where(sql`${numbers.n} > ${compared('n')}`)
    .orderBy(numbers.n)
    .prepare();
  expect(prepare).not.toHaveBeenCalled();
  expect(above.all({ n: 1 })).toEqual([{ n: 2 }, { n: 3 }]);
  expect(above.get({ n: 2 })).toEqual({ n: 3 });
  expect(prepare).toHaveBeenCalledOnce();
});

test('a statement that is run without being prepared is refused, and does not get lost', () => {
  const { db } = opened();
  expect(() => db.delete(numbers).run()).toThrow('run: prepare the statement first');
});
