import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';
import { expect, test } from 'vitest';
import { prepareHistory } from '../../src/store/sqlite/history-statements.ts';
import { type OutboxStatements, prepareOutbox } from '../../src/store/sqlite/outbox-statements.ts';
import { prepareStatements, type Statements } from '../../src/store/sqlite/statements.ts';

const MIGRATIONS = fileURLToPath(new URL('../../migrations/sqlite', import.meta.url));

type AllStatements = Statements & OutboxStatements;

/** How SQLite goes about a statement that is prepared without Drizzle. */
function planOfSource(choose: (statements: Statements) => { readonly source: string }): readonly unknown[] {
  const client = new Database(':memory:');
  migrate(drizzle(client), { migrationsFolder: MIGRATIONS });
  const { source } = choose(prepareStatements(drizzle(client)));
  const values = Array.from(source.matchAll(/\?/g), () => 1);
  const steps = client.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${source}`).all(...values);
  return steps.map(({ detail }) => detail);
}

/** How SQLite goes about what `run` runs. */
function planOf(run: (statements: AllStatements) => unknown): readonly unknown[] {
  const asked: string[] = [];
  const client = new Database(':memory:', { verbose: (text) => asked.push(String(text)) }); // with its values
  const db = drizzle(client);
  migrate(db, { migrationsFolder: MIGRATIONS });
  run({ ...prepareStatements(db), ...prepareOutbox(db) });
  const steps = client.prepare<[], { detail: string }>(`EXPLAIN QUERY PLAN ${asked.at(-1)}`).all();
  return steps.map(({ detail }) => detail);
}

/** The texts of all statements. */
function preparedStatements(): readonly string[] {
  const client = new Database(':memory:');
  const prepared: string[] = [];
  const recorded = new Proxy(client, {
    get: (target, key) => {
      if (key === 'prepare') return (text: string) => (prepared.push(text), target.prepare(text));
      const member: unknown = Reflect.get(target, key);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
  migrate(drizzle(client), { migrationsFolder: MIGRATIONS });
  const db = drizzle(recorded);
  prepareStatements(db);
  prepareOutbox(db);
  prepareHistory(db);
  expect(prepared.length).toBeGreaterThan(70);
  client.close();
  return prepared;
}

test('no statement compares with or is limited by a parameter without "+": SQLite would prepare it again at each run', () => {
  const prepared = preparedStatements();
  const reads = prepared.map((text) => text.slice(Math.max(0, text.search(/ where | order by /i))));
  expect(reads.filter((text) => /(?:[=<>]|between|and|limit|offset|json_each\() ?[?:@]/i.test(text))).toEqual(
    [],
  );
});

test('no statement sets the key of the row that it writes: SQLite would search all rows that refer to it', () => {
  const prepared = preparedStatements();
  const upserts = prepared.map((text) =>
    /on conflict \((?:"\w+"\.)?"?(\w+)"?\) do update set (.*)/i.exec(text.replaceAll(/\s+/g, ' ')),
  );
  const sets = upserts.filter((found) => found !== null).map(([, key = '', set = '']) => ({ key, set }));
  expect(sets.length).toBeGreaterThan(4);
  expect(sets.filter(({ key, set }) => new RegExp(`(?:^|, )"?${key}"? = `).test(set))).toEqual([]);
});

const batchId = '0'.repeat(64);

test.for<[string, (statements: AllStatements) => unknown, readonly string[]]>([
  [
    'finds the next larger depth',
    ({ depthAbove }) => depthAbove.get({ node: 'bee', depth: 17 }),
    ['SEARCH stamps USING COVERING INDEX stamps_acquirable (node=? AND depth>?)'],
  ],
  [
    'finds the next node',
    ({ nodeAbove }) => nodeAbove.get({ node: 'bee' }),
    ['SEARCH stamps USING COVERING INDEX stamps_acquirable (node>?)'],
  ],
  [
    'finds what a key stands for',
    ({ acquisitionByKey }) => acquisitionByKey.get({ caller: 'a', idempotencyKey: 'k' }),
    ['SEARCH acquisitions USING INDEX acquisitions_idempotency (caller=? AND idempotency_key=?)'],
  ],
  [
    'pages through what may be acquired',
    ({ acquirablePage }) => acquirablePage.all({ node: 'bee', depth: 17, afterMs: 1, afterId: '', limit: 1 }),
    ['SEARCH stamps USING INDEX stamps_acquirable (node=? AND depth=? AND (expires_at,batch_id)>(?,?))'],
  ],
  [
    'pages through the acquisitions of a caller',
    ({ acquisitionsPageOf }) => acquisitionsPageOf.all({ caller: 'a', beforeId: '~', limit: 1 }),
    ['SEARCH acquisitions USING INDEX acquisitions_caller (caller=? AND id<?)'],
  ],
  [
    'counts what may be acquired of a depth',
    ({ countOfDepth }) => countOfDepth.get({ node: 'bee', depth: 17, expiresFromMs: 1 }),
    ['SEARCH stamps USING COVERING INDEX stamps_acquirable (node=? AND depth=? AND expires_at>?)'],
  ],
  [
    'finds what a subject has acquired on a day',
    ({ usageOfDay }) => usageOfDay.get({ subject: 'a', day: 0 }),
    ['SEARCH daily_usage USING INDEX sqlite_autoindex_daily_usage_1 (subject=? AND day=?)'],
  ],
  [
    'deletes what subjects have acquired on earlier days',
    ({ forgetUsage }) => forgetUsage.run({ beforeMs: 1, limit: 1 }),
    [
      'SEARCH daily_usage USING INTEGER PRIMARY KEY (rowid=?)',
      'LIST SUBQUERY 1',
      'SEARCH daily_usage USING COVERING INDEX daily_usage_day (day<?)',
    ],
  ],
  [
    'finds the next node with a live stamp',
    ({ liveNodeAbove }) => liveNodeAbove.get({ node: 'bee' }),
    ['SEARCH stamps USING INDEX stamps_live (node>?)'],
  ],
  [
    'counts what becomes too short-lived',
    ({ acquirableBetween }) => acquirableBetween.get({ node: 'bee', depth: 17, fromMs: 1, toMs: 2 }),
    [
      'SEARCH stamps USING COVERING INDEX stamps_acquirable (node=? AND depth=? AND expires_at>? AND expires_at<?)',
    ],
  ],
  [
    'counts what becomes too short-lived while it is missing',
    ({ missingBetween }) => missingBetween.get({ node: 'bee', depth: 17, fromMs: 1, toMs: 2 }),
    [
      'SEARCH stamps USING COVERING INDEX stamps_attention (node=? AND state=? AND withheld=? AND depth=? AND expires_at>? AND expires_at<?)',
    ],
  ],
  [
    'reads the live stamps of a node',
    ({ livePage }) => livePage.all({ node: 'bee', afterId: '', limit: 1 }),
    [
      'SEARCH stamps USING INDEX stamps_live (node=? AND number>?)',
      'SCALAR SUBQUERY 1',
      'SEARCH before USING INDEX sqlite_autoindex_stamps_1 (batch_id=?)',
    ],
  ],
])('%s by an index, however long the history', ([, run, plan]) => {
  expect(planOf(run)).toEqual(plan);
});

test.for<[string, (statements: Statements) => { readonly source: string }, readonly string[]]>([
  [
    'picks stamps',
    ({ pick }) => pick,
    ['SEARCH stamps USING INDEX stamps_acquirable (node=? AND depth=? AND expires_at>?)'],
  ],
  ['gives one out', ({ giveOut }) => giveOut(16), ['SEARCH stamps USING INDEX stamps_number (number=?)']],
])('%s by an index, without sorting', ([, choose, plan]) => {
  expect(planOfSource(choose)).toEqual(plan);
});

test.for<[string, (statements: AllStatements) => unknown, RegExp]>([
  [
    'the levels',
    ({ acquirableTotals }) => acquirableTotals.all({}),
    /^SCAN stamps USING COVERING INDEX stamps_acquirable$/,
  ],
  [
    'what is withheld',
    ({ attentionGroups }) => attentionGroups.all({ expiresFromMs: 1 }),
    /COVERING INDEX stamps_attention/,
  ],
  ['what is propagating', ({ firstPropagating }) => firstPropagating.all({}), /INDEX stamps_attention/],
  ['the open orders', ({ openOrders }) => openOrders.all({}), /INDEX orders_open/],
  ['those of a node', ({ openOrdersOf }) => openOrdersOf.all({ node: 'bee' }), /INDEX orders_open/],
  [
    'those given up',
    ({ abandonedOrdersOf }) => abandonedOrdersOf.all({ node: 'bee' }),
    /INDEX orders_abandoned/,
  ],
  [
    'the last purchase that was shown',
    ({ lastPurchaseShown }) => lastPurchaseShown.get({ node: 'bee' }),
    /COVERING INDEX orders_shown/,
  ],
  [
    'the top-ups that were shown',
    ({ topUpsShown }) => topUpsShown.all({ batchId, sinceBlock: 1 }),
    /^SEARCH orders USING INDEX orders_topped_up \(batch_id=\? AND ended_at_block>\?\)$/,
  ],
  [
    'the purchases with a mark',
    ({ purchasesMarked }) => purchasesMarked.all({ nodes: '[]', labels: '[]', amounts: '[]' }),
    /INDEX sqlite_autoindex_orders_1 \(id=\?\)[^]*INDEX orders_amount \(node=\? AND amount=\?\)/,
  ],
  [
    'the purchases of unknown outcome',
    ({ unknownPurchases }) => unknownPurchases.all({ limit: 1 }),
    /INDEX orders_open/,
  ],
  [
    'the purchases that failed lately',
    ({ failedPurchases }) => failedPurchases.all({ sinceMs: 1, limit: 1 }),
    /SEARCH orders USING INDEX orders_failed \(ended_at>\?\)/,
  ],
  ['the withheld stamps', ({ withheldStamps }) => withheldStamps.all({ limit: 1 }), /INDEX stamps_withheld/],
  ['the waiting webhooks', ({ waiting }) => waiting.all({ limit: 1 }), /INDEX webhook_deliveries_next/],
  ['how many are waiting', ({ waitingCount }) => waitingCount.get({}), /INDEX webhook_deliveries_next/],
  ['what was spent', ({ costsSince }) => costsSince.all({ node: 'bee', sinceMs: 1 }), /INDEX orders_planned/],
  [
    'the stamps to watch',
    ({ watchedPage }) => watchedPage.all({ node: 'bee', afterId: '', limit: 1 }),
    /INDEX stamps_watched \(node=\? AND batch_id>\?\)/,
  ],
  [
    'the stamps that are due first',
    ({ firstDue }) => firstDue.all({ node: 'bee', depth: 17, fromMs: 1, toMs: 2, limit: 1, offset: 0 }),
    /^SEARCH stamps USING INDEX stamps_acquirable \(node=\? AND depth=\? AND expires_at>\? AND expires_at<\?\)$/,
  ],
  [
    'the stamps that are due last',
    ({ lastDue }) => lastDue.all({ node: 'bee', depth: 17, fromMs: 1, toMs: 2, limit: 1 }),
    /^SEARCH stamps USING INDEX stamps_acquirable \(node=\? AND depth=\? AND expires_at>\? AND expires_at<\?\)$/,
  ],
  ['the lead times', ({ leadTimes }) => leadTimes.all({}), /INDEX stamps_bought/],
  [
    'the pooled batches',
    ({ pooled }) => pooled.all({ batchIds: '[]' }),
    /INDEX sqlite_autoindex_stamps_1 \(batch_id=\?\)/,
  ],
])('reads %s by an index', ([, run, plan]) => {
  expect(planOf(run).join('\n')).toMatch(plan);
});
