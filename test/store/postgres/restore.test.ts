import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openPostgresStore } from '../../../src/store/postgres/open.ts';
import { anOrder, aRequest, aStamp } from '../../builders.ts';
import { add, NOW } from '../../contracts/store-steps.ts';
import { migratedDatabase } from '../../postgres/migrated-database.ts';
import { onServer, sharedPostgres } from '../../postgres/shared-server.ts';

const server = await sharedPostgres();

/** What docs/scaling.md has psql execute after a restore. */
const STATEMENTS = [
  ...readFileSync(join(import.meta.dirname, '../../../docs/scaling.md'), 'utf8').matchAll(
    /-c "((?:UPDATE|DELETE)[^"]+)"/g,
  ),
].map(([, statement = '']) => statement);

describe.skipIf(server === null)('a restored database', () => {
  test('gives out nothing of its stock after the statements of docs/scaling.md, and goes on', async () => {
    await using database = await migratedDatabase(server ?? '');
    await using before = await openPostgresStore({ url: database.url });
    await add(before, aStamp({ n: 1 }), aStamp({ n: 2 }), aStamp({ n: 3 }));
    await before.acquire([aRequest()], NOW);
    const [order, other] = [anOrder({ n: 1 }), anOrder({ n: 2 })];
    for (const each of [order, other])
      await before.write([{ change: 'orderPlanned', order: each }], NOW.wallClock);
    await before.write([{ change: 'orderSent', id: other.id }], NOW.wallClock);
    await onServer(database.url, `begin; ${STATEMENTS.join('; ')}; commit`);
    await using store = await openPostgresStore({ url: database.url });
    expect((await store.snapshot(NOW)).depths).toEqual([]);
    const exhausted = await store.acquire([aRequest()], NOW);
    expect(exhausted.outcomes).toMatchObject([{ is: 'exhausted' }]);
    const { openOrders, abandonedOrders } = await store.nodeStock(order.node, NOW);
    expect([openOrders, abandonedOrders]).toEqual([[], []]);
    await add(store, aStamp({ n: 4 }));
    expect((await store.snapshot(NOW)).depths).toMatchObject([{ available: 1 }]);
  });
});
