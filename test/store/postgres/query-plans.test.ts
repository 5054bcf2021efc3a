import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as acquiring from '../../../src/store/postgres/acquire-statements.ts';
import * as counting from '../../../src/store/postgres/count-statements.ts';
import * as paging from '../../../src/store/postgres/page-statements.ts';
import * as reading from '../../../src/store/postgres/read-statements.ts';
import type { Asks, BoundStatement } from '../../../src/store/postgres/statement.ts';
import { migratedDatabase } from '../../postgres/migrated-database.ts';
import { sharedPostgres, type TestDatabase } from '../../postgres/shared-server.ts';

const server = await sharedPostgres();

/** 10,000 stamps in stock, 20,000 that were acquired, 500 that need attention, as many orders, and 10,000 subjects of quotas. */
const FILL = `
  insert into orders (id, node, kind, depth, amount, cost, reason, state, planned_at, planned_at_block, immutable, sent_at, ended_at, ended_at_block, batch_id)
    select 'order ' || n, 'node ' || n % 5, 'purchase', 17, n, n, '', 'confirmed', n, 1, true, 1, 1, n, 'batch ' || n from generate_series(1, 30500) n;
  insert into stamps (batch_id, node, depth, amount, immutable, cost, origin, order_id, state, created_at, available_at, expires_at, ttl_at_creation_seconds, withheld)
    select 'batch ' || n, 'bee', 17 + n % 3, 1, true, 1, 'bought', 'order ' || n,
      case when n <= 20000 then 'acquired' else 'available' end, 1, n, 1000 * n, 1, case when n > 30000 then 'missing' end
    from generate_series(1, 30500) n;
  insert into acquisitions (id, batch_id, acquired_at, caller, idempotency_key, fingerprint, asked_depth, given_depth, cost, ttl_seconds)
    select 'id ' || n, 'batch ' || n, 1, 'caller ' || n % 100, 'key ' || n, '', 17, 17, 1, 1 from generate_series(1, 20000) n;
  insert into daily_usage (subject, day, stamps, cost) select 'subject ' || n, 86400000 * (n % 3), 1, 1 from generate_series(1, 10000) n;
  insert into stock_counts (node, depth, state, withheld, count)
    select node, depth, state, withheld, count(*) from stamps where state = 'available' group by node, depth, state, withheld`;

/** Of these tables, only a few rows are read or exist. */
const SMALL = /^(all of )?(nodes|stock_counts|pool_revision)/;

/** The indexes that a statement uses for any values, as it is planned after its first executions. */
async function indexesOf(client: Client, read: (on: Asks) => Promise<unknown>): Promise<readonly string[]> {
  const bound: BoundStatement[] = [];
  const record: Asks = {
    ask: async (one) => {
      bound.push(one);
      return [];
    },
  };
  await read(record);
  const [{ text, values } = { text: '', values: [] }] = bound;
  await client.query(`prepare planned as ${text}`);
  const nulls = values.length === 0 ? '' : `(${values.map(() => 'null').join(', ')})`;
  const { rows } = await client.query(`explain (format json) execute planned${nulls}`);
  await client.query('deallocate planned');
  const plan = JSON.stringify(rows);
  const scans = [...plan.matchAll(/"Node Type":"Seq Scan"[^{]*?"Relation Name":"(\w+)"/g)];
  const indexes = [...plan.matchAll(/"Index Name":"(\w+)"/g)].map(([, index = '']) => index);
  const found = [...scans.map(([, table]) => `all of ${table}`), ...indexes];
  return [...new Set(found)].filter((name) => !SMALL.test(name)).toSorted((a, b) => (a < b ? -1 : 1));
}

const node = 'bee';
const wanted = { observedFromMs: 0, depths: [17], expiresFromMs: [0], limits: [9] };
const range = { depth: 17, fromMs: 0, toMs: 9 };
const ofNode = { node, afterId: '', limit: 9 };

describe.skipIf(server === null)('on PostgreSQL with 30,500 stamps', () => {
  let database: TestDatabase;
  let client: Client;
  let plansWithoutStatistics: readonly string[];
  beforeAll(async () => {
    database = await migratedDatabase(server ?? '');
    client = new Client({ connectionString: database.url });
    await client.connect();
    await client.query(FILL);
    plansWithoutStatistics = await indexesOf(client, (on) =>
      acquiring.giveOut(on, { batchIds: ['a'], rows: '[]' }),
    );
    await client.query('analyze');
    await client.query('set plan_cache_mode = force_generic_plan');
  });
  afterAll(async () => {
    await client.end();
    await database[Symbol.asyncDispose]();
  });

  test('gives out by the key of the stamps, also before the tables were analyzed', () => {
    expect(plansWithoutStatistics).toEqual(['stamps_pkey']);
  });

  test.for<[string, (on: Asks) => Promise<unknown>, readonly string[]]>([
    ['locks what is given out', (on) => acquiring.lockWanted(on, wanted), ['stamps_acquirable']],
    ['reads it without locks', (on) => acquiring.readWanted(on, wanted), ['stamps_acquirable']],
    [
      'finds an acquisition by its key',
      (on) => acquiring.acquisitionsByKey(on, { callers: ['a'], keys: ['k'] }),
      ['acquisitions_idempotency'],
    ],
    [
      'deletes what subjects have acquired on earlier days',
      (on) => acquiring.forgetUsage(on, { beforeMs: 1, limit: 1 }),
      ['daily_usage_day'],
    ],
    [
      'finds what subjects have acquired on a day',
      (on) => acquiring.usageOfDay(on, { subjects: ['a'], day: 1 }),
      ['daily_usage_subject_day_pk'],
    ],
    [
      'counts the stock',
      (on) => counting.stockGroups(on, { expiresFromMs: 0 }),
      ['stamps_acquirable', 'stamps_attention'],
    ],
    [
      'counts what is due for a top-up',
      (on) => counting.dueCounts(on, { ...range, promisedMs: 5 }),
      ['stamps_acquirable', 'stamps_attention'],
    ],
    [
      'reads what is due',
      (on) => counting.firstDue(on, { ...range, node, limit: 9, offset: 0 }),
      ['stamps_acquirable'],
    ],
    [
      'lists what can be acquired',
      (on) => paging.acquirablePage(on, { nodes: [node], depth: null, afterMs: 0, afterId: '', limit: 9 }),
      ['stamps_acquirable'],
    ],
    [
      'lists orders',
      (on) => paging.ordersPage(on, { beforeId: '~', states: ['sent'], limit: 9 }),
      ['orders_pkey'],
    ],
    [
      'lists acquisitions',
      (on) => paging.acquisitionsPage(on, { beforeId: '~', limit: 9 }),
      ['acquisitions_pkey'],
    ],
    [
      'lists those of a caller',
      (on) => paging.acquisitionsPageOf(on, { caller: 'a', beforeId: '~', limit: 9 }),
      ['acquisitions_caller'],
    ],
    ['reads open orders', (on) => reading.openOrders(on, {}), ['orders_open']],
    ['reads live stamps', (on) => reading.livePage(on, ofNode), ['stamps_live']],
    ['reads watched stamps', (on) => reading.watchedPage(on, ofNode), ['stamps_watched']],
    ['names the nodes with stock', (on) => reading.liveNodes(on, {}), ['stamps_live']],
    ['finds what a node last showed', (on) => reading.lastPurchaseShown(on, { node }), ['orders_shown']],
    [
      'adds up what was spent',
      (on) => reading.costInPoolSince(on, { sinceMs: 0 }),
      ['orders_planned_in_pool'],
    ],
    ['reads lead times', (on) => reading.leadTimes(on, {}), ['orders_pkey', 'stamps_bought']],
    ['finds what was in the pool', (on) => reading.pooled(on, { batchIds: ['a'] }), ['stamps_pkey']],
    [
      'finds purchases by a mark',
      (on) => reading.purchasesMarked(on, { nodes: [node], labels: ['a'], amounts: ['1'] }),
      ['orders_amount', 'orders_pkey'],
    ],
  ])('%s by an index', async ([, read, indexes]) => {
    expect(await indexesOf(client, read)).toEqual(indexes);
  });
});
