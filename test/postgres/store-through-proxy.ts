import { openPostgresStore } from '../../src/store/postgres/open.ts';
import type { Times } from '../../src/store/postgres/times.ts';
import type { Store } from '../../src/store/store.ts';
import { type CuttingProxy, cuttingProxy } from './cutting-proxy.ts';
import { migratedDatabase } from './migrated-database.ts';
import type { TestDatabase } from './shared-server.ts';

/** A new database, and a store that reaches it through a proxy. */
export async function storeThroughProxy(server: string | null, times: Partial<Times>): Promise<Reached> {
  await using opening = new AsyncDisposableStack();
  const database = opening.use(await migratedDatabase(server ?? ''));
  const proxy = opening.use(await cuttingProxy(database.url));
  const store = opening.use(await openPostgresStore({ url: proxy.url, times }));
  const opened = opening.move();
  return { database, proxy, store, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

interface Reached extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly proxy: CuttingProxy;
  readonly store: Store;
}
