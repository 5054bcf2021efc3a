import { openPostgresStore } from '../../src/store/postgres/open.ts';
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

/** An empty database with the tables of the service, on the server of the test run. */
export async function takeDatabase(): Promise<TestDatabase> {
  const server = await sharedPostgres();
  if (server === null) throw new Error('there is no PostgreSQL');
  return unused.pop() ?? (await migratedDatabase(server));
}

/** Empties it, so that another test can take it. */
export async function giveBack(database: TestDatabase): Promise<void> {
  const connecting = connections.get(database) ?? connected(database.url);
  connections.set(database, connecting);
  await (await connecting).client.query(EMPTY);
  unused.push(database);
}

/** Drops the databases. After the tests of a file. */
export async function dropUnused(): Promise<void> {
  await Promise.all(
    unused.splice(0).map(async (database) => {
      await (await connections.get(database))?.[Symbol.asyncDispose]();
      connections.delete(database);
      await database[Symbol.asyncDispose]();
    }),
  );
}
