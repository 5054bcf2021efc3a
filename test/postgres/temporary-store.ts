import { openPostgresStore } from '../../src/store/postgres/open.ts';
import type { Store } from '../../src/store/store.ts';
import type { OpenedStore } from '../contracts/store.ts';
import { migratedDatabase } from './migrated-database.ts';
import { type Connected, connected, EMPTY, sharedPostgres, type TestDatabase } from './shared-server.ts';

/** Databases that no test uses at the moment: to empty one is quicker than to make one. */
const unused: TestDatabase[] = [];
/** By which they are emptied. A new connection costs the server as much as the rest of a test. */
const connections = new Map<TestDatabase, Promise<Connected>>();

/** A store in a database that only its test uses, on the server of the test run. */
export async function temporaryPostgresStore(): Promise<OpenedStore & { readonly url: string }> {
  const database = await takeDatabase();
  const { url } = database;
  let store = await openPostgresStore({ url });
  return {
    url,
    store,
    reopen: async () => {
      await store[Symbol.asyncDispose]();
      store = await openPostgresStore({ url });
      return store;
    },
    cleanUp: async () => {
      await store[Symbol.asyncDispose]();
      await giveBack(database);
    },
  };
}

/** Open stores that no test uses at the moment, on empty databases. */
const idle: { store: Store; readonly database: TestDatabase }[] = [];

/**
 * The same, and the next test gets the store, on an empty database. To open one costs the server three connections, which is
 * more than most tests do.
 */
export async function keptPostgresStore(): Promise<OpenedStore> {
  const kept = idle.pop() ?? (await openStore(await takeDatabase()));
  return {
    store: kept.store,
    reopen: async () => {
      await kept.store[Symbol.asyncDispose]();
      kept.store = await openPostgresStore({ url: kept.database.url });
      return kept.store;
    },
    cleanUp: async () => {
      await empty(kept.database);
      await kept.store.stockedNodes().then(
        () => idle.push(kept),
        () => unused.push(kept.database), // the test has ended the store
      );
    },
  };
}

const openStore = async (database: TestDatabase) => ({
  store: await openPostgresStore({ url: database.url }),
  database,
});

/** An empty database with the tables of the service, on the server of the test run. */
export async function takeDatabase(): Promise<TestDatabase> {
  const server = await sharedPostgres();
  if (server === null) throw new Error('there is no PostgreSQL');
  return unused.pop() ?? (await migratedDatabase(server));
}

/** Empties it, so that another test can take it. */
export async function giveBack(database: TestDatabase): Promise<void> {
  await empty(database);
  unused.push(database);
}

async function empty(database: TestDatabase): Promise<void> {
  const connecting = connections.get(database) ?? connected(database.url);
  connections.set(database, connecting);
  await (await connecting).client.query(EMPTY);
}

/** Drops the databases. After the tests of a file. */
export async function dropUnused(): Promise<void> {
  for (const { store, database } of idle.splice(0)) {
    await store[Symbol.asyncDispose]();
    unused.push(database);
  }
  await Promise.all(
    unused.splice(0).map(async (database) => {
      await (await connections.get(database))?.[Symbol.asyncDispose]();
      connections.delete(database);
      await database[Symbol.asyncDispose]();
    }),
  );
}
