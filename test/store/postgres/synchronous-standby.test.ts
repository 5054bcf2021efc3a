import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openPostgresStore } from '../../../src/store/postgres/open.ts';
import { OutcomeUnknownError, type Store } from '../../../src/store/store.ts';
import { aRequest, aStamp } from '../../builders.ts';
import { add, allAcquisitions, PROMISE } from '../../contracts/store-steps.ts';
import { type PostgresServer, postgresPrograms, startPostgres } from '../../postgres/server.ts';
import { type Connected, connected } from '../../postgres/shared-server.ts';

const TIMES = { acquireMs: 300_000, answerMs: 1_000, settleMs: 200, heartbeatMs: 300_000 };

describe.skipIf(postgresPrograms === undefined)('a server whose synchronous standby is away', () => {
  let server: PostgresServer;
  let operator: Connected;
  let store: Store;
  beforeEach(async () => {
    server = await startPostgres({ fsync: false });
    operator = await connected(server.url);
    store = await openPostgresStore({ url: server.url, times: TIMES });
    await add(store, ...[1, 2, 3].map((n) => aStamp({ n })));
  });
  afterEach(async () => {
    await store[Symbol.asyncDispose]();
    await operator[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });
  const waiting = `from pg_stat_activity where wait_event = 'SyncRep' and application_name = 'stamp-pool'`;
  const waitFor = async (standby: string): Promise<void> => {
    await operator.client.query('set synchronous_commit = local');
    await operator.client.query(`alter system set synchronous_standby_names = '${standby}'`);
    await operator.client.query('select pg_reload_conf()');
    const isSet = async () => (await operator.client.query('show synchronous_standby_names')).rows;
    await expect.poll(isSet).toEqual([{ synchronous_standby_names: standby }]);
  };

  test.for(['pg_terminate_backend', 'pg_cancel_backend'])(
    'an acquisition that no standby has is not confirmed after %s',
    async (end) => {
      await waitFor('absent');
      const request = aRequest({ idempotencyKey: 'k' });
      const ended = async () => (await operator.client.query(`select ${end}(pid) ${waiting}`)).rows.length;
      const acquiring = store.acquire([request], PROMISE);
      acquiring.catch(() => {}); // it may fail before it is looked at
      await expect.poll(ended).toBeGreaterThan(0);
      await expect(acquiring).rejects.toThrow(OutcomeUnknownError);
      await waitFor('');
      const { outcomes } = await store.acquire([request], PROMISE);
      expect(outcomes).toMatchObject([{ is: 'acquired', replayed: true }]);
      expect(await allAcquisitions(store)).toHaveLength(1);
    },
  );
});
