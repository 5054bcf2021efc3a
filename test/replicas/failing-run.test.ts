import { expect, test } from 'vitest';
import { type Store, StoreFailedError } from '../../src/store/store.ts';
import { startTestApp } from '../harness.ts';
import { createDatabase, sharedPostgres } from '../postgres/shared-server.ts';
import { withMembers } from '../store/with-members.ts';

const server = await sharedPostgres();
const FAILED = 'The service is temporarily unavailable. No stamp was given out. Retry later.';
const CAUSE = 'could not read block 7 of relation "stamps"';

test.skipIf(server === null)(
  'a caller of any replica is answered at once by the failure of the run',
  async () => {
    await using database = await createDatabase(server ?? '');
    let fails = false;
    const around = (store: Store): Store =>
      withMembers(store, {
        nodeStock: async (...given) => {
          if (fails) throw new StoreFailedError(CAUSE);
          return await store.nodeStock(...given);
        },
      });
    const env = { DATABASE_URL: database.url, STAMP_POOL_RESERVE: '17:1' };
    await using holder = await startTestApp({ env, around });
    const check = (url: string) => fetch(`${url}/api/v1/pool/check`, { method: 'POST' });
    expect((await check(holder.url)).status).toBe(200);
    await using other = await startTestApp({ env: { ...env, SWARM_BEE_API_URL: holder.beeUrl } });
    expect((await check(other.url)).status).toBe(200);
    fails = true;
    const answer = await check(other.url);
    // not that no replica makes the runs, which is answered after 45 s
    expect([answer.status, await answer.json()]).toEqual([503, { detail: FAILED }]);
    const graphql = await fetch(`${other.url}/graphql`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ query: 'mutation { runMaintenance { __typename } }' }),
    });
    expect(await graphql.json()).toMatchObject({ errors: [{ extensions: { code: 'STORE_FAILED' } }] });
    const causes = holder.log.filter(
      (line) => line.includes('"code":"STORE_FAILED"') && line.includes(CAUSE.slice(0, 20)),
    );
    expect(causes).toHaveLength(1);
    fails = false;
    expect((await check(other.url)).status).toBe(200);
  },
);
