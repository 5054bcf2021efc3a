import { afterEach, beforeEach } from 'vitest';
import { openPostgresStore } from '../../src/store/postgres/open.ts';
import type { Times } from '../../src/store/postgres/times.ts';
import type { Store } from '../../src/store/store.ts';
import { type CuttingProxy, cuttingProxy } from './cutting-proxy.ts';
import { migratedDatabase } from './migrated-database.ts';
import type { TestDatabase } from './shared-server.ts';

/** For each test a new database, and a store that reaches it through a proxy. */
export function storeThroughProxy(server: string | null, times: Partial<Times>): () => Reached {
  let opened: { readonly reached: Reached; readonly stack: AsyncDisposableStack } | null = null;
  beforeEach(async () => {
    await using opening = new AsyncDisposableStack();
    const database = opening.use(await migratedDatabase(server ?? ''));
    const proxy = opening.use(await cuttingProxy(database.url));
    const store = opening.use(await openPostgresStore({ url: proxy.url, times }));
    opened = { reached: { database, proxy, store }, stack: opening.move() };
  });
  afterEach(async () => await opened?.stack.disposeAsync());
  return () => {
    if (opened === null) throw new Error('no test runs');
    return opened.reached;
  };
}

interface Reached {
  readonly database: TestDatabase;
  readonly proxy: CuttingProxy;
  readonly store: Store;
}
