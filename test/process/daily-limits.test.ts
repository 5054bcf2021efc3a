import { expect, test } from 'vitest';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import type { Store } from '../../src/store/store.ts';
import { aStamp } from '../builders.ts';
import { type Cli, cli } from '../cli/run-cli.ts';
import { spawned } from './spawned.ts';

const REQUESTS = 500;
const STAMPS = 80;
const COST = 10n ** 16n;

const dayOf = (at: Date): string => at.toISOString().slice(0, 10);

/** Repeats what began on one UTC day and ended on the next. */
async function withinOneDay(work: () => Promise<void>): Promise<void> {
  const day = dayOf(new Date());
  try {
    await work();
  } catch (error) {
    if (dayOf(new Date()) === day) throw error;
    await work();
  }
}

async function inStore<Result>({ file }: Cli, work: (store: Store) => Promise<Result>): Promise<Result> {
  await using store = await openSqliteStore({ file });
  return await work(store);
}

async function createToken(at: Cli, limit: readonly string[]): Promise<string> {
  const { out } = await at.run('token', 'create', '--name', 'web', '--scope', 'acquire', '--json', ...limit);
  const { token }: { token: string } = JSON.parse(out);
  return token;
}

const service = (at: Cli) =>
  spawned({
    env: {
      DATABASE_URL: at.DATABASE_URL,
      STAMP_POOL_ENABLED: 'true',
      SWARM_BEE_API_URL: 'http://127.0.0.1:1', // stock is given out while the node does not answer
      STAMP_POOL_MAX_CONNECTIONS_PER_ADDRESS: '1000',
      STAMP_POOL_RATE_PER_OWNER: '1000',
      PORT: '0',
    },
  });

/** How many requests of all that are sent at once got each status, by one token after the other. */
function sendAll(
  url: string,
  tokens: readonly string[],
  onStatus: (status: number) => void,
): Promise<unknown> {
  const send = async (token = ''): Promise<void> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const response = await fetch(`${url}/api/v1/pool/acquire`, { method: 'POST', headers, body: '{}' });
    onStatus(response.status);
  };
  return Promise.allSettled(Array.from({ length: REQUESTS }, (_, n) => send(tokens[n % tokens.length])));
}

test.each([
  ['50 stamps', ['--daily-limit', '50']],
  ['50 times the cost of a stamp', ['--daily-limit-bzz', '50']],
] as const)(
  'a daily limit of %s holds over 500 requests at once with two tokens, a kill and a restart',
  async (_limit, limit) => {
    await withinOneDay(async () => {
      using at = cli();
      const tokens = [await createToken(at, limit), await createToken(at, limit)];
      const ttlHours = (Date.now() - aStamp().createdAt.getTime()) / 3_600_000 + 1000;
      const stamps = Array.from({ length: STAMPS }, (_, n) =>
        aStamp({ n: n + 1, ttlHours: Math.ceil(ttlHours), cost: COST }),
      );
      await inStore(at, (store) =>
        store.write(
          stamps.map((stamp) => ({ change: 'stampAdded', stamp })),
          new Date(),
        ),
      );
      await using killed = service(at);
      await sendAll(await killed.url(), tokens, () => killed.child.kill('SIGKILL'));
      expect(await killed.ended).toBe('SIGKILL');
      await using restarted = service(at);
      const statuses: number[] = [];
      await sendAll(await restarted.url(), tokens, (status) => void statuses.push(status));
      expect(statuses).toHaveLength(REQUESTS);
      expect(new Set(statuses).has(429)).toBe(true);
      restarted.child.kill('SIGKILL');
      await restarted.ended;
      const { items } = await inStore(at, (store) => store.acquisitions({ first: 1000, after: null }));
      expect(items.map(({ item }) => item.caller)).toEqual(Array.from({ length: 50 }, () => 'web'));
    });
  },
);
