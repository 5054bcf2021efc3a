import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MIGRATION_LOCK } from '../../../src/store/postgres/advisory-locks.ts';
import { holdAlone } from '../../../src/store/postgres/hold-alone.ts';
import { whenMigrated } from '../../../src/store/postgres/migrations.ts';
import { openPostgresStore, openPostgresStoreAlone } from '../../../src/store/postgres/open.ts';
import { StoreInUseError } from '../../../src/store/store.ts';
import { aStamp, NODE } from '../../builders.ts';
import { add } from '../../contracts/store-steps.ts';
import { migratedDatabase } from '../../postgres/migrated-database.ts';
import {
  type Connected,
  connected,
  sharedPostgres,
  type TestDatabase,
} from '../../postgres/shared-server.ts';

const server = await sharedPostgres();
const IS_IN_USE = / is in use: a service starts on it, or a command uses it\.$/;
const WAITING = `from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;

describe.skipIf(server === null)('a database that a command uses alone', () => {
  let database: TestDatabase;
  let other: Connected;
  beforeEach(async () => {
    database = await migratedDatabase(server ?? '');
    other = await connected(database.url);
  });
  afterEach(async () => {
    await other[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });
  const untilOneWaits = async (): Promise<void> => {
    await expect.poll(async () => (await other.client.query(`select 1 ${WAITING}`)).rows.length).toBe(1);
  };
  const hold = (lockTimeout?: string) =>
    holdAlone({ url: database.url, applicationName: 'stamp-pool command' }, lockTimeout);

  test('is refused to it while a service is open, also one that does nothing', async () => {
    await using _ = await openPostgresStore({ url: database.url });
    const opening = openPostgresStoreAlone({ url: database.url });
    await expect(opening).rejects.toThrow(StoreInUseError);
    await expect(opening).rejects.toThrow(
      / is in use by stamp-pool\. Stop all replicas of the service, and wait until their connections have ended\.$/,
    );
  });

  test('is open for one command at a time', async () => {
    const first = await openPostgresStoreAlone({ url: database.url });
    await add(first.store, aStamp());
    const opening = openPostgresStoreAlone({ url: database.url });
    await untilOneWaits();
    await first[Symbol.asyncDispose]();
    await using second = await opening;
    expect(await second.store.stockedNodes()).toEqual([NODE]);
  });

  test('is in use, for a start as well, if another one keeps it too long, and not if its connection fails', async () => {
    await other.client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const tooLate = hold('1ms');
    await expect(tooLate).rejects.toThrow(StoreInUseError);
    await expect(tooLate).rejects.toMatchObject({
      message: expect.stringMatching(IS_IN_USE),
      cause: { code: '55P03' },
    });
    const start = whenMigrated({ url: database.url, applicationName: 'stamp-pool' }, async () => {}, '1ms');
    await expect(start).rejects.toThrow(StoreInUseError);
    await expect(start).rejects.toThrow(IS_IN_USE);
    const cancelTheWait = async (): Promise<void> => {
      await untilOneWaits();
      await other.client.query(`select pg_cancel_backend(pid) ${WAITING}`);
    };
    await Promise.all([expect(hold()).rejects.toMatchObject({ code: '57014' }), cancelTheWait()]);
  });
});
