// This folder keeps the state in PostgreSQL: the schema, the statements, and the adapters of the ports in src/store.
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { AFTER_ALL } from '../page.ts';
import type { OpenedStore, ReadableStore, Store } from '../store.ts';
import { timeOrderedIds } from '../time-ordered-ids.ts';
import { forgetMarks } from './commit-mark.ts';
import { clientOptions, nameOf } from './connection.ts';
import { assertDatabaseNotCopied } from './copy-marks.ts';
import { Database } from './database.ts';
import { holdAlone } from './hold-alone.ts';
import { assertMigrated, migrateDatabase, whenMigrated } from './migrations.ts';
import { Notifications } from './notifications.ts';
import { acquisitionsPage } from './page-statements.ts';
import { PostgresStore } from './postgres-store.ts';
import { newestRevision } from './stock-reads.ts';
import { TIMES, type Times } from './times.ts';

export interface PostgresStoreOptions {
  /** postgres://user:password@host/database?sslmode=… */
  readonly url: string;
  /** Makes the ids of acquisitions, UUIDv7 that grow. Default: from the given time and random bits. */
  readonly newId?: (at: Date) => string;
  readonly times?: Partial<Times>;
}

/** As `pg_stat_activity` shows it. */
const APPLICATION_NAME = 'stamp-pool';

const COMMAND_NAME = `${APPLICATION_NAME} command`;

/** Opens the store, and brings its database up to date. @throws StoreUnusableError */
export const openPostgresStore = async (options: PostgresStoreOptions): Promise<Store> =>
  await whenMigrated({ url: options.url, applicationName: APPLICATION_NAME }, () =>
    open(options, async (database) => {
      await database.transact((transaction) => forgetMarks(transaction, {}));
    }),
  );

/** Opens the store as it is, for a command. @throws StoreUnusableError if the database is not up to date. */
export async function openPostgresStoreToRead(options: PostgresStoreOptions): Promise<ReadableStore> {
  await assertMigrated({ url: options.url, applicationName: COMMAND_NAME });
  return await open(options);
}

/** Opens the store for a command, while no service runs. @throws StoreInUseError, or StoreUnusableError. */
export async function openPostgresStoreAlone(options: PostgresStoreOptions): Promise<OpenedStore> {
  const { url } = options;
  await migrateDatabase(url, COMMAND_NAME);
  await using opening = new AsyncDisposableStack(); // closes what is open if a later step fails
  opening.use(await holdAlone({ url, applicationName: COMMAND_NAME }));
  const store = opening.use(await open(options));
  const opened = opening.move();
  return { store, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

async function open(
  { url, newId, times: ofTests }: PostgresStoreOptions,
  prepare: (database: Database) => Promise<void> = async () => {},
): Promise<Store> {
  await using opening = new AsyncDisposableStack(); // closes what is open if a later step fails
  const times = { ...TIMES, ...ofTests };
  const database = opening.use(new Database({ url, applicationName: APPLICATION_NAME }, times));
  await assertDatabaseNotCopied(
    database,
    nameOf(new Client(clientOptions({ url, applicationName: APPLICATION_NAME }))),
  );
  await prepare(database);
  const [newest] = await acquisitionsPage(database, { beforeId: AFTER_ALL, limit: 1 });
  const from = randomUUID();
  const notifications = new Notifications({
    url,
    applicationName: `${APPLICATION_NAME} (notifications)`,
    from,
    times,
    readRevision: () => newestRevision(database),
  });
  opening.move();
  return new PostgresStore({
    database,
    notifications,
    from,
    times,
    newId: newId ?? timeOrderedIds(newest?.id),
  });
}
