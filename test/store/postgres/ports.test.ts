import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Database } from '../../../src/store/postgres/database.ts';
import { PostgresCanaryStore } from '../../../src/store/postgres/postgres-canary-store.ts';
import { PostgresOutboxStore } from '../../../src/store/postgres/postgres-outbox-store.ts';
import { PostgresTokenStore } from '../../../src/store/postgres/postgres-token-store.ts';
import { timeOrderedIds } from '../../../src/store/time-ordered-ids.ts';
import { aToken, batchId, NODE, T0 } from '../../builders.ts';
import { sharedPostgres, type TestDatabase } from '../../postgres/shared-server.ts';
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
    expect(await store.tokens.access()).toEqual({ shutAt: T0, revision: 3 });
  });
});
