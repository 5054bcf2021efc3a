import { expect, test } from 'vitest';
import { openPostgresStore } from '../../../src/store/postgres/open.ts';
import { OutcomeUnknownError } from '../../../src/store/store.ts';
import { aRequest, aStamp } from '../../builders.ts';
import { add, allAcquisitions, PROMISE } from '../../contracts/store-steps.ts';
import { postgresPrograms, startPostgres } from '../../postgres/server.ts';
import { type Connected, connected } from '../../postgres/shared-server.ts';

/** The wait for a standby that does not come ends after `answerMs`. */
const TIMES = { acquireMs: 300_000, answerMs: 5_000, settleMs: 200, heartbeatMs: 300_000 };

/** Waits until a commit in this database waits for the standby, and selects this of its process. */
async function selectOfWaiting({ client }: Connected, database: string, what: string): Promise<void> {
  const waiting = `from pg_stat_activity where wait_event = 'SyncRep' and datname = '${database}'`;
  const done = async () => (await client.query(`select ${what} ${waiting}`)).rows.length;
  await expect.poll(done).toBeGreaterThan(0);
}

/** Resolves when commits wait for a standby that does not exist. The processes of the server learn of it one after the other. */
async function standbyIsNeeded(operator: Connected, url: string): Promise<void> {
  await operator.client.query(`alter system set synchronous_standby_names = 'absent'`);
  await operator.client.query('select pg_reload_conf()');
  await using other = await connected(url);
  const waits = new AbortController();
  const committing = (async () => {
    while (!waits.signal.aborted) await other.client.query(`comment on database postgres is 'changed'`);
  })();
  await selectOfWaiting(operator, 'postgres', 'pid');
  waits.abort();
  await selectOfWaiting(operator, 'postgres', 'pg_cancel_backend(pid)');
  await committing;
}

async function standbyIsNotNeeded({ client }: Connected): Promise<void> {
  await client.query('set synchronous_commit = local');
  await client.query('alter system reset synchronous_standby_names');
  await client.query('select pg_reload_conf()');
}

test.skipIf(postgresPrograms === undefined)(
  'an acquisition is not confirmed while no synchronous standby has it, if an operator cancels the wait or ends the connection',
  async () => {
    await using server = await startPostgres({ fsync: false });
    await using operator = await connected(server.url);
    const ends = await Promise.all(
      ['pg_cancel_backend', 'pg_terminate_backend'].map(async (end) => {
        await operator.client.query(`create database ${end}`);
        const url = Object.assign(new URL(server.url), { pathname: end }).href;
        return { end, url, request: aRequest({ idempotencyKey: 'k' }) };
      }),
    );
    await using stores = new AsyncDisposableStack();
    const acquirers = await Promise.all(
      ends.map(async ({ end, url, request }) => {
        const store = stores.use(await openPostgresStore({ url, times: TIMES }));
        await add(store, ...[1, 2, 3].map((n) => aStamp({ n })));
        return { end, acquire: () => store.acquire([request], PROMISE) };
      }),
    );
    await standbyIsNeeded(operator, server.url);
    await Promise.all(
      acquirers.map(async ({ end, acquire }) => {
        const acquiring = acquire();
        acquiring.catch(() => {}); // it may fail before it is looked at
        await selectOfWaiting(operator, end, `${end}(pid)`);
        await expect(acquiring).rejects.toThrow(OutcomeUnknownError);
      }),
    );
    await standbyIsNotNeeded(operator);
    for (const { url, request } of ends) {
      await using store = await openPostgresStore({ url });
      const { outcomes } = await store.acquire([request], PROMISE);
      expect(outcomes).toMatchObject([{ is: 'acquired', replayed: true }]);
      expect(await allAcquisitions(store)).toHaveLength(1);
    }
  },
);
