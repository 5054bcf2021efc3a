import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Database } from '../../../src/store/postgres/database.ts';
import { PostgresCanaryStore } from '../../../src/store/postgres/postgres-canary-store.ts';
import { PostgresOutboxStore } from '../../../src/store/postgres/postgres-outbox-store.ts';
import { PostgresTokenStore } from '../../../src/store/postgres/postgres-token-store.ts';
import { timeOrderedIds } from '../../../src/store/time-ordered-ids.ts';
import { aToken, batchId, hours, NODE, T0 } from '../../builders.ts';
import { connected, sharedPostgres, type TestDatabase } from '../../postgres/shared-server.ts';
import { dropUnused, giveBack, takeDatabase } from '../../postgres/temporary-store.ts';

const server = await sharedPostgres();

/** The ports of one replica. */
const portsOf = (database: Database) => ({
  tokens: new PostgresTokenStore(database),
  canaries: new PostgresCanaryStore(database),
  outbox: new PostgresOutboxStore(database, timeOrderedIds()),
});

describe.skipIf(server === null)('the ports of PostgreSQL that are apart from the store', () => {
  let own: TestDatabase;
  let opened: Database[];
  let store: ReturnType<typeof portsOf>;
  const replica = (): ReturnType<typeof portsOf> => {
    const database = new Database({ url: own.url, applicationName: 'test' });
    opened.push(database);
    return portsOf(database);
  };
  beforeEach(async () => {
    own = await takeDatabase();
    opened = [];
    store = replica();
  });
  afterEach(async () => {
    for (const database of opened) await database[Symbol.asyncDispose]();
    await giveBack(own);
  });
  afterAll(dropUnused);

  test('a database without orders has no canaries', async () => {
    expect(await store.canaries.ofNode(NODE)).toEqual([]);
    expect(await store.canaries.filterCanaries([batchId(1)])).toEqual(new Set());
  });

  test('two replicas agree on when the first comparison was', async () => {
    await using blocking = await connected(own.url);
    await blocking.client.query('begin; lock table reporting_start in share mode');
    const [one, other] = [store, replica()];
    const asked = [one.outbox.reportingSince(T0), other.outbox.reportingSince(hours(5))];
    await using observer = await connected(own.url);
    const waiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    await expect.poll(async () => (await observer.client.query(waiting)).rows.length).toBe(2);
    await blocking.client.query('rollback');
    const [first, second] = await Promise.all(asked);
    expect([T0, hours(5)]).toContainEqual(first);
    expect(second).toEqual(first);
  });

  test('two replicas report a state once, and change the revision of the tokens with each token', async () => {
    const replicas = [store, replica(), replica()];
    const low = (subject: number) => ({
      kind: 'reserve' as const,
      subject: String(subject),
      state: 'low',
      event: { type: 'webhook.test', data: {} } as const,
    });
    await Promise.all(replicas.map(({ outbox }) => outbox.report([17, 18, 19].map(low), T0)));
    expect(await store.outbox.waitingCount()).toBe(3);
    const ok = { ...low(17), state: 'ok' };
    await Promise.all(replicas.map(({ outbox }) => outbox.report([ok], T0)));
    expect(await store.outbox.waitingCount()).toBe(4);
    await Promise.all(replicas.map(({ tokens }, n) => tokens.addToken(aToken({ n }))));
    expect(await store.tokens.access()).toEqual({ tokensRequiredSince: T0, revision: 3 });
  });
});
