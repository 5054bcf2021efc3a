import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { openPostgresStore } from '../../src/store/postgres/open.ts';
import { issue, VALID } from '../access/credentials.ts';
import { runWith } from '../cli/run-cli.ts';
import { type CrashNode, createCrashNode } from '../crash/crash-node.ts';
import { type DatabaseProxy, startDatabaseProxy } from '../crash/replicas/database-proxy.ts';
import { followLevels, type LevelFollower } from '../crash/replicas/level-followers.ts';
import { startService } from '../crash/service-process.ts';
import { createDatabase, sharedPostgres } from '../postgres/shared-server.ts';
import type { Spawned } from '../process/spawned.ts';

const DEPTH = 19;
const STAMPS = 150;
const REQUESTS = 600;
const DAILY_LIMIT = 50;

const server = await sharedPostgres();

/** One of three services on one database, with a subscriber. */
interface Replica {
  readonly url: string;
  readonly proxy: DatabaseProxy;
  readonly levels: LevelFollower;
}

describe.skipIf(server === null)('three replicas on one PostgreSQL, with two nodes', () => {
  const started = new AsyncDisposableStack();
  let nodes: readonly CrashNode[] = [];
  let replicas: readonly Replica[] = [];
  let [token, limited] = ['', ''];

  beforeAll(async () => {
    const { url: database } = started.use(await createDatabase(server ?? ''));
    nodes = [started.use(await createCrashNode(1)), started.use(await createCrashNode(2))];
    for (const { stock } of nodes) stock(STAMPS / 2);
    const beeUrls = nodes.map(({ url }, n) => `${'ab'[n]}=${url}`).join();
    [token, limited] = await createTokens(database);
    replicas = await Promise.all(
      [1, 2, 3].map(async () => {
        const proxy = started.use(await startDatabaseProxy(database));
        const service: Spawned = started.use(
          startService({ beeUrls, database: proxy.url, targets: new Map([[DEPTH, STAMPS]]), env: SETTINGS }),
        );
        const url = await service.url();
        return { url, proxy, levels: started.use(followLevels(async () => url, token)) };
      }),
    );
    await until(() => replicas.every(({ levels }) => levels.available().get(DEPTH) === STAMPS));
  });
  afterAll(async () => await started.disposeAsync());

  const at = (n: number): Replica => {
    const replica = replicas[n % replicas.length];
    if (replica === undefined) throw new Error('no replica was started');
    return replica;
  };

  test('all show the same runs, and each node has one holder', async () => {
    const shownHolders = async () => {
      const statuses = await Promise.all(replicas.map(({ url }) => poolStatus(url, token)));
      const holders = statuses.map(({ nodes: shown }) => shown.map(({ name, holder }) => [name, holder]));
      return Map.groupBy(holders, (one) => JSON.stringify(one))
        .values()
        .map(([one]) => one)
        .toArray();
    };
    // the levels of a node are shown before the report of its first run, and a lease may end on a busy machine
    await expect.poll(shownHolders).toEqual([
      [
        ['a', expect.any(String)],
        ['b', expect.any(String)],
      ],
    ]);
    for (const { url } of replicas) {
      expect((await fetch(`${url}/readyz`)).status).toBe(200);
      const headers = { Authorization: `Bearer ${token}` };
      const metrics = await (await fetch(`${url}/metrics`, { headers })).text();
      for (const shown of ['a', 'b']) {
        expect(metrics).toMatch(new RegExp(`^stamp_pool_last_run_age_seconds{node="${shown}"} \\d`, 'm'));
        expect(metrics).toMatch(new RegExp(`^stamp_pool_lease_held{node="${shown}"} [01]$`, 'm'));
      }
    }
  });

  test('status and doctor say which replica makes the runs of each node, and which one answers', async () => {
    const { url } = at(0);
    const { replica, nodes: shown } = await poolStatus(url, token);
    const settings = { STAMP_POOL_URL: url, STAMP_POOL_TOKEN: token };
    const { out } = await runWith(settings, ['status']);
    for (const { holder } of shown)
      expect(out).toContain(
        `its runs are made by ${holder}${holder === replica ? ', the replica that answers' : ''}\n`,
      );
    const doctor = await runWith(settings, ['doctor']);
    for (const { name, holder } of shown)
      expect(doctor.out).toContain(`The runs of node ${name} are made by the replica ${holder}`);
  });

  test('a run that is requested of any of them is made', async () => {
    const runs = await Promise.all(
      replicas.map(async ({ url }) => await post(`${url}/api/v1/pool/check`, token, {})),
    );
    expect(runs.map(({ status, body }) => [status, body])).toEqual(
      Array.from({ length: 3 }, () => [200, expect.objectContaining({ checked_at: expect.any(String) })]),
    );
  });

  test('a daily limit of 50 is 50 over all of them', async () => {
    const answers = await Promise.all(Array.from({ length: 150 }, (_, n) => acquire(at(n), limited)));
    expect(countBy(answers)).toEqual({ 200: DAILY_LIMIT, 429: 150 - DAILY_LIMIT });
  });

  test('600 requests at once get each stamp that is left once, and a retry elsewhere gets the same', async () => {
    const keyOf = (n: number): string => `key ${n}`;
    const answers = await Promise.all(
      Array.from({ length: REQUESTS }, (_, n) => acquire(at(n), token, keyOf(n))),
    );
    expect(countBy(answers)).toEqual({ 200: STAMPS - DAILY_LIMIT, 409: REQUESTS - STAMPS + DAILY_LIMIT });
    const given = answers.flatMap(({ batchId }, n) => (batchId === null ? [] : { batchId, n }));
    expect(new Set(given.map(({ batchId }) => batchId)).size).toBe(STAMPS - DAILY_LIMIT);
    const retried = given.slice(0, 20);
    const again = await Promise.all(retried.map(({ n }) => acquire(at(n + 1), token, keyOf(n))));
    expect(again.map(({ batchId }) => batchId)).toEqual(retried.map(({ batchId }) => batchId));
    await until(() => replicas.every(({ levels }) => !levels.available().get(DEPTH)));
  });

  test('a replica whose connections to the database are cut shows the new levels after it has them again', async () => {
    at(2).proxy.cut(1_000);
    for (const { stock } of nodes) stock(5);
    const full = (): boolean => replicas.every(({ levels }) => levels.available().get(DEPTH) === 10);
    while (!full()) await post(`${at(2).url}/api/v1/pool/check`, token, {}); // it takes some blocks
    const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => acquire(at(n), token)));
    expect(countBy(answers)).toEqual({ 200: 10 });
  });
});

const SETTINGS = {
  STAMP_POOL_REST_CONTRACT: '2026-04',
  STAMP_POOL_MAX_SPEND_BZZ_PER_DAY: '0',
  STAMP_POOL_MAX_CONNECTIONS_PER_ADDRESS: '10000',
  STAMP_POOL_RATE_PER_OWNER: '100000',
};

/** With all scopes, for two owners. */
async function createTokens(database: string): Promise<readonly [string, string]> {
  await using store = await openPostgresStore({ url: database });
  return [
    await issue(store.tokens, { scopes: VALID.all, owner: 'client' }),
    await issue(store.tokens, { scopes: VALID.all, owner: 'limited', limits: { dailyStamps: DAILY_LIMIT } }),
  ];
}

async function post(
  url: string,
  token: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

const acquired = z.object({ batch_id: z.string() });

/** Asks again after a 503, as a client should: a replica on a busy machine refuses what would wait for too long. */
async function acquire({ url }: Replica, token: string, key: string = randomUUID()) {
  for (;;) {
    const headers = { 'Idempotency-Key': key };
    const { status, body } = await post(`${url}/api/v1/pool/acquire`, token, { depth: DEPTH }, headers);
    if (status !== 503) return { status, batchId: acquired.safeParse(body).data?.batch_id ?? null };
  }
}

const status = z.object({
  data: z.object({
    poolStatus: z.object({
      lastRunAt: z.string(),
      replica: z.string(),
      nodes: z.array(z.object({ name: z.string(), holder: z.string() })),
    }),
  }),
});

async function poolStatus(url: string, token: string) {
  const query = '{ poolStatus { lastRunAt replica nodes { name holder } } }';
  return status.parse((await post(`${url}/graphql`, token, { query })).body).data.poolStatus;
}

const countBy = (answers: readonly { readonly status: number }[]): Record<number, number> =>
  Object.fromEntries(
    Map.groupBy(answers, (answer) => answer.status)
      .entries()
      .map(([code, same]) => [code, same.length]),
  );

/** Subscribers have no event of their own here: they are asked until all agree. The test's timeout is the bound. */
async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 20));
}
