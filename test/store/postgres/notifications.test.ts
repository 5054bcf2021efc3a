import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseNotification } from '../../../src/store/postgres/notification.ts';
import { Notifications } from '../../../src/store/postgres/notifications.ts';
import { migratedDatabase } from '../../postgres/migrated-database.ts';
import { connected, onServer, sharedPostgres, type TestDatabase } from '../../postgres/shared-server.ts';

const server = await sharedPostgres();
/** No test waits as long. */
const NEVER_MS = 600_000;

test.for(['', 'text', 'null', '7', '{"is":"report"}', '{"is":"later","from":"a"}'])(
  'a notification of another program or of a later version is passed over: %s',
  (payload) => {
    expect(parseNotification(payload)).toBeNull();
  },
);

describe.skipIf(server === null)('the notifications of other processes', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await migratedDatabase(server ?? '');
  });
  afterEach(async () => {
    await database[Symbol.asyncDispose]();
  });

  const watching = () => {
    const notifications = new Notifications({
      url: database.url,
      applicationName: 'listener',
      from: 'this process',
      times: { heartbeatMs: NEVER_MS },
      readRevision: async () => 7,
    });
    const received: unknown[] = [];
    const watch = () => notifications.watch((one) => void received.push(one));
    const first = watch();
    return { notifications, received, watch, first };
  };
  const ALL_CHANGED = [{ is: 'commit', revision: 0 }, { is: 'report' }, { is: 'runRequest', dryRun: false }];
  const connections = async (): Promise<number> => {
    await using own = await connected(database.url);
    const listening = `select 1 from pg_stat_activity where datname = current_database() and application_name = 'listener'`;
    return (await own.client.query(listening)).rows.length;
  };

  test('arrive on one connection, which ends with the service, however long its pauses are', async () => {
    const { notifications, received, watch, first } = watching();
    const second = watch();
    await expect.poll(() => received).toEqual(ALL_CHANGED.flatMap((one) => [one, one]));
    second[Symbol.dispose]();
    expect(await connections()).toBe(1);
    await onServer(database.url, `notify stamp_pool, 'of another program'`);
    for (const from of ['this process', 'another one'])
      await onServer(database.url, `notify stamp_pool, '{"is":"report","from":"${from}"}'`);
    await onServer(database.url, `notify stamp_pool, '{"is":"report","from":"a third one"}'`);
    await expect
      .poll(() => received.slice(6))
      .toEqual([
        { is: 'report', from: 'another one' },
        { is: 'report', from: 'a third one' },
      ]);
    first[Symbol.dispose]();
    await notifications[Symbol.asyncDispose]();
    await expect.poll(connections).toBe(0);
  });

  test('arrive again after the connection was lost, with the revision that is read on another one', async () => {
    const { notifications, received } = watching();
    await expect.poll(() => received).toEqual(ALL_CHANGED);
    await onServer(
      server ?? '',
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database.name}'`,
    );
    await expect
      .poll(() => received)
      .toEqual([...ALL_CHANGED, { is: 'commit', revision: 7 }, ...ALL_CHANGED]);
    await notifications[Symbol.asyncDispose]();
    expect(received).toHaveLength(7); // nothing more at the end
  });
});
