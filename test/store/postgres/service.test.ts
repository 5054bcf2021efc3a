import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { NODE } from '../../builders.ts';
import { runWith } from '../../cli/run-cli.ts';
import { startTestApp, type TestApp } from '../../harness.ts';
import { migratedDatabase } from '../../postgres/migrated-database.ts';
import { sharedPostgres, type TestDatabase } from '../../postgres/shared-server.ts';

const server = await sharedPostgres();
const acquired = z.object({ success: z.boolean(), batch_id: z.string().nullable() });

describe.skipIf(server === null)('a service on PostgreSQL', () => {
  let database: TestDatabase;
  let app: TestApp;
  let env: { readonly DATABASE_URL: string };
  beforeAll(async () => {
    database = await migratedDatabase(server ?? '');
    env = { DATABASE_URL: database.url };
    app = await startTestApp({
      env: {
        ...env,
        STAMP_POOL_ALLOW_ANONYMOUS: 'true',
        STAMP_POOL_RESERVE_SMALL: '2',
        STAMP_POOL_RESERVE_MEDIUM: '0',
      },
      onNode: { 17: 2 },
    });
    await app.full();
  });
  afterAll(async () => {
    await app[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });
  const acquire = async (headers = {}, url = app.url) => {
    const response = await fetch(`${url}/api/v1/pool/acquire`, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json', ...headers },
    });
    return acquired.parse(await response.json()).batch_id;
  };

  test('buys what is acquired, and gives a retry that another replica gets the same stamp', async () => {
    const key = { 'idempotency-key': '"a"' };
    const first = await acquire(key);
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    await using replica = await startTestApp({ env: { ...env, STAMP_POOL_ENABLED: 'true' } });
    expect(await acquire(key, replica.url)).toBe(first);
    await app.full(); // bought again
    const others = [await acquire(), await acquire({}, replica.url)];
    expect(new Set([first, ...others]).size).toBe(3);
  });

  test('refuses a key with U+0000, which the database cannot store, and serves the requests beside it', async () => {
    const acquireWith = async (input: object): Promise<unknown> => {
      const query = `mutation ($input: AcquireStampInput!) { acquireStamp(input: $input) { __typename } }`;
      const response = await fetch(`${app.url}/graphql`, {
        method: 'POST',
        body: JSON.stringify({ query, variables: { input } }),
        headers: { 'content-type': 'application/json' },
      });
      return await response.json();
    };
    const refused = { data: { acquireStamp: { __typename: 'InvalidInput' } } };
    for (let time = 0; time < 2; time += 1) {
      await app.full();
      const poisoned = acquireWith({ idempotencyKey: 'a\0' });
      const beside = acquireWith({ idempotencyKey: `beside ${time}` });
      expect(await Promise.all([poisoned, beside])).toEqual([
        refused,
        { data: { acquireStamp: { __typename: 'AcquireStampSuccess' } } },
      ]);
    }
    expect(await acquireWith({ clientRef: '\0' })).toEqual(refused);
  });

  test('is served by the commands on the database, beside the service', async () => {
    const { out } = await runWith(env, ['node', 'show', '--json']);
    expect(JSON.parse(out)).toMatchObject({ nodes: [{ name: NODE, address: expect.any(String) }] });
    const accept = ['node', 'accept', '--name', NODE, '--address', `0x${'12'.repeat(20)}`];
    expect(await runWith(env, accept)).toMatchObject({
      exit: 1,
      err: expect.stringContaining('Stop all replicas'),
    });
    expect(await runWith(env, ['token', 'create', '--name', 'web', '--scope', 'acquire'])).toMatchObject({
      exit: 0,
    });
    expect((await runWith(env, ['token', 'list'])).out).toContain('web');
  });
});
