import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sendMark, transactionId, wasCommitted } from '../../../src/store/postgres/commit-mark.ts';
import { Database } from '../../../src/store/postgres/database.ts';
import { openPostgresStore } from '../../../src/store/postgres/open.ts';
import { statement } from '../../../src/store/postgres/statement.ts';
import { migratedDatabase } from '../../postgres/migrated-database.ts';
import { onServer, sharedPostgres, type TestDatabase } from '../../postgres/shared-server.ts';

const server = await sharedPostgres();
const marked = statement<object, { connection: string }>(
  'test-marked',
  sql`select connection from commit_marks order by connection`,
);

describe.skipIf(server === null)('the mark of a transaction', () => {
  let own: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    own = await migratedDatabase(server ?? '');
    database = new Database({ url: own.url, applicationName: 'test' });
  });
  afterAll(async () => {
    await database[Symbol.asyncDispose]();
    await own[Symbol.asyncDispose]();
  });

  test('shows whether it was committed, once it has ended', async () => {
    const connection = 'a connection';
    let xid = '';
    const outcome = (mark: string) => wasCommitted(database, { xid, connection, mark });
    const transact = (mark: string, fail?: RangeError): Promise<void> =>
      database.transact(async (transaction) => {
        [{ xid } = { xid: '' }] = await transactionId(transaction, {});
        sendMark(transaction, { connection, mark });
        expect(await outcome(mark)).toBeNull();
        if (fail) throw fail;
      });
    await expect(transact('first', new RangeError('rolled back'))).rejects.toThrow(RangeError);
    expect(await outcome('first')).toBe(false);
    await transact('second');
    expect(await outcome('second')).toBe(true);
    await expect(transact('third', new RangeError('rolled back'))).rejects.toThrow(RangeError);
    expect(await outcome('third')).toBe(false);
    xid = String(BigInt(xid) + 1_000_000n); // lost by a crash of the server, which has not counted as far
    expect(await outcome('second')).toBe(true);
  });

  test('is forgotten when a service starts more than a day later', async () => {
    const agoMs = (hours: number): string =>
      `extract(epoch from now())::bigint * 1000 - ${hours * 3_600_000}`;
    await onServer(
      own.url,
      `insert into commit_marks values ('23 hours ago', '', ${agoMs(23)}), ('25 hours ago', '', ${agoMs(25)})`,
    );
    await using _ = await openPostgresStore({ url: own.url });
    const connections = (await marked(database, {})).map(({ connection }) => connection);
    expect(connections).toContain('23 hours ago');
    expect(connections).not.toContain('25 hours ago');
  });
});
