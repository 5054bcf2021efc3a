import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { serveSimulator } from '../../src/simulator/serve.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import type { Store } from '../../src/store/store.ts';
import { ADDRESS, anOrder, aStamp, momentAt, NODE, OTHER_ADDRESS, T0 } from '../builders.ts';
import { bundledCommand, ROOT, type Spawned, spawned } from '../process/spawned.ts';
import { foreignBatches } from '../virtual/stocked.ts';
import { type Ran, runWith } from './run-cli.ts';

interface TestDatabase extends Disposable {
  readonly DATABASE_URL: string;
  readonly file: string;
}

function place(): TestDatabase {
  const directory = mkdtempSync(join(tmpdir(), 'stamp-pool-cli-'));
  const file = join(directory, 'pool.db');
  return {
    file,
    DATABASE_URL: `file:${file}`,
    [Symbol.dispose]: () => rmSync(directory, { recursive: true }),
  };
}

/** A database with a node that owns a stamp and has an open order. */
async function stockedPlace(): Promise<TestDatabase> {
  const at = place();
  await writing(at, (store) =>
    store.write(
      [
        { change: 'nodePinned', node: NODE, address: ADDRESS, chainId: 100 },
        // expires late: the command uses the system clock
        { change: 'stampAdded', stamp: aStamp({ ttlHours: 24 * 365 * 50 }) },
        { change: 'orderPlanned', order: anOrder() },
      ],
      T0,
    ),
  );
  return at;
}

async function writing<Value>(
  { file }: TestDatabase,
  what: (store: Store) => Promise<Value>,
): Promise<Value> {
  await using store = await openSqliteStore({ file });
  return await what(store);
}

/** In this process. */
const run = (
  { DATABASE_URL }: Pick<TestDatabase, 'DATABASE_URL'>,
  ...args: readonly string[]
): Promise<Ran> => runWith({ DATABASE_URL }, args);

async function spawn(
  { DATABASE_URL }: Pick<TestDatabase, 'DATABASE_URL'>,
  ...args: readonly string[]
): Promise<Omit<Ran, 'exit'> & { readonly exit: number | string }> {
  await using command = spawned({ command: bundledCommand(...args), env: { DATABASE_URL } });
  const exit = await command.ended;
  return { exit, ...command.output() };
}

const accept = (address: string, name: string = NODE): string[] => [
  'node',
  'accept',
  '--name',
  name,
  '--address',
  address,
];

describe('node show', () => {
  test('lists the address that owns the stock, another address that answered, and retired stock', async () => {
    using at = await stockedPlace();
    await writing(at, (store) =>
      store.write([{ change: 'nodeChanged', node: NODE, other: OTHER_ADDRESS, otherChainId: 5 }], T0),
    );
    expect(await run(at, 'node', 'show')).toEqual({
      exit: 0,
      err: '',
      out: [
        `bee  ${ADDRESS} on chain 100  1 live stamp, 1 open order\n`,
        `  another node has answered since ${T0.toISOString()}: ${OTHER_ADDRESS} on chain 5; no stamps are given out\n`,
      ].join(''),
    });
    await run(at, ...accept(OTHER_ADDRESS));
    const { out } = await run(at, 'node', 'show', '--json');
    expect(JSON.parse(out)).toEqual({
      nodes: [
        {
          name: 'bee',
          address: OTHER_ADDRESS,
          pinnedAt: expect.any(String),
          chainId: 100,
          changed: null,
          liveStamps: 0,
          openOrders: 0,
          retired: [{ address: ADDRESS, liveStamps: 1, openOrders: 1 }],
        },
      ],
    });
  });

  test('reports a missing database, and does not create it', async () => {
    using at = place();
    expect(await run(at, 'node', 'show')).toMatchObject({ exit: 0, out: expect.stringMatching(/not exist/) });
    expect(await run(at, ...accept(ADDRESS))).toMatchObject({
      exit: 1,
      err: expect.stringMatching(/not exist/),
    });
    expect(await run(at, 'node', 'show', '--json')).toMatchObject({ exit: 0, out: '{\n  "nodes": []\n}\n' });
  });
});

describe('node accept', () => {
  test('retires the stock of the node, and restores it with its address', async () => {
    using at = await stockedPlace();
    const levels = (): Promise<ReadonlyMap<number, number>> =>
      writing(at, (store) => store.levels(momentAt(T0)));
    const moved = await run(at, ...accept(OTHER_ADDRESS.toUpperCase().replace('0X', '0x')));
    expect(moved).toEqual({
      exit: 0,
      err: '',
      out: [
        `bee now has the address ${OTHER_ADDRESS}.\n`,
        `Retired with ${ADDRESS}: 1 live stamp, 1 open order.\n`,
        `Restored with ${OTHER_ADDRESS}: 0 live stamps, 0 open orders.\n`,
      ].join(''),
    });
    expect(await levels()).toEqual(new Map());
    const again = await run(at, ...accept(OTHER_ADDRESS));
    expect(again).toMatchObject({
      exit: 0,
      out: expect.stringMatching(/already has the address .* Nothing was changed/),
    });
    const back = await run(at, ...accept(ADDRESS), '--json');
    expect(JSON.parse(back.out)).toEqual({
      name: 'bee',
      address: ADDRESS,
      before: OTHER_ADDRESS,
      retired: { liveStamps: 0, openOrders: 0 },
      restored: { liveStamps: 1, openOrders: 1 },
    });
    expect(await levels()).toEqual(new Map([[17, 1]]));
  });

  test('refuses an unknown name, and lists the known ones', async () => {
    using at = await stockedPlace();
    expect(await run(at, ...accept(OTHER_ADDRESS, 'hive'))).toEqual({
      exit: 1,
      out: '',
      err: 'The database has no node "hive". Its nodes: bee.\n',
    });
  });

  test('refuses an invalid DATABASE_URL', async () => {
    const wrong = { DATABASE_URL: 'mysql://x' };
    expect(await run(wrong, ...accept(ADDRESS))).toMatchObject({
      exit: 1,
      err: expect.stringMatching(/^The settings have 1 mistake:\n {2}DATABASE_URL=/),
    });
  });
});

describe('node retire', () => {
  const retire = (at: TestDatabase, ...options: readonly string[]) =>
    run(at, 'node', 'retire', NODE, ...options);

  test('retires the stock of a node, which is neither given out nor counted, and says how to restore it', async () => {
    using at = await stockedPlace();
    expect(await retire(at)).toEqual({
      exit: 0,
      err: '',
      out: [
        'bee is retired: 1 live stamp, 1 open order.\n',
        `To restore it: stamp-pool node accept --name bee --address ${ADDRESS}\n`,
      ].join(''),
    });
    expect(await writing(at, async (store) => await store.stockedNodes())).toEqual([]);
    const again = await retire(at, '--json');
    expect([again.exit, JSON.parse(again.out)]).toEqual([
      0,
      { name: 'bee', address: null, retired: { liveStamps: 0, openOrders: 0 } },
    ]);
    expect(await run(at, ...accept(ADDRESS))).toMatchObject({
      exit: 0,
      out: expect.stringContaining(`Restored with ${ADDRESS}: 1 live stamp, 1 open order.`),
    });
    expect(await writing(at, async (store) => await store.stockedNodes())).toEqual([NODE]);
  });

  test('asks on a terminal, and warns if the settings still name the node', async () => {
    using at = await stockedPlace();
    const settings = { DATABASE_URL: at.DATABASE_URL, SWARM_BEE_API_URL: 'http://bee:1633' };
    const asked: string[] = [];
    const person = (answer: string) => ({
      ask: async (question: string) => {
        asked.push(question);
        return answer;
      },
    });
    expect(await runWith(settings, ['node', 'retire', NODE], person(''))).toMatchObject({
      exit: 1,
      err: expect.stringMatching(/^SWARM_BEE_API_URL still names bee[^]*Nothing was retired\.$/m),
    });
    expect(asked).toEqual([
      'Retire bee with 1 live stamp, 1 open order? They are not given out any more. [y/N] ',
    ]);
    expect(await runWith(settings, ['node', 'retire', NODE, '--yes'], person('no'))).toMatchObject({
      exit: 0,
    });
  });

  test('refuses an unknown node, a missing database, and one that is in use', async () => {
    using missing = place();
    expect(await retire(missing)).toMatchObject({ exit: 1, err: expect.stringMatching(/does not exist/) });
    using at = await stockedPlace();
    expect(await run(at, 'node', 'retire', 'hive')).toMatchObject({
      exit: 1,
      err: 'The database has no node "hive". Its nodes: bee.\n',
    });
    const inUse = await writing(at, async () => await retire(at));
    expect(inUse).toMatchObject({ exit: 1, err: expect.stringMatching(/in use by another instance/) });
  });
});

test.each([
  ['an unknown command', ['nodes']],
  ['no command', []],
  ['a group alone', ['node']],
  ['a missing option', ['node', 'accept', '--name', 'bee']],
  ['an invalid address', accept('0x12')],
  ['an invalid name', accept(ADDRESS, 'a b')],
  ['an excess argument', ['node', 'show', 'bee']],
  ['no node to retire', ['node', 'retire']],
])('exits with 2 for %s, and prints nothing on standard output', async (_what, args) => {
  using at = place();
  expect(await run(at, ...args)).toMatchObject({ exit: 2, out: '', err: expect.stringMatching(/\S/) });
});

test('prints its help through npm', async () => {
  await using command = spawned({ command: ['npm', 'run', '-s', 'stamp-pool', '--', '--help'], cwd: ROOT });
  expect(await command.ended).toBe(0);
  expect(command.output().out).toMatch(/Exit codes: 0 done, 1 refused/);
});

test('a command ends normally when its output is closed early, as by head', async () => {
  await using command = spawned({ command: bundledCommand('--help') });
  command.child.stdout?.destroy();
  expect([await command.ended, command.output().err]).toEqual([0, '']);
});

const BLOCK_MS = 20;

/** Starts the service with the node at `beeUrl`. It adopts every stamp of the node. */
const serve = ({ DATABASE_URL }: TestDatabase, beeUrl: string): Spawned =>
  spawned({
    env: {
      DATABASE_URL,
      PORT: '0',
      STAMP_POOL_ENABLED: 'true',
      STAMP_POOL_ADOPT: 'any',
      STAMP_POOL_RESERVE: '17:2',
      STAMP_POOL_MAX_SPEND_BZZ_PER_DAY: '0',
      STAMP_POOL_DEFAULT_DURATION_HOURS: '1',
      STAMP_POOL_MIN_TTL_HOURS: '0',
      STAMP_POOL_ACQUIRE_MIN_TTL_HOURS: '0',
      SWARM_BLOCK_TIME_SECONDS: String(BLOCK_MS / 1000),
      SWARM_BEE_API_URL: beeUrl,
    },
  });

const stop = async (service: Spawned): Promise<void> => {
  service.child.kill('SIGTERM');
  await service.ended;
};

async function acquire(service: Spawned): Promise<string | null> {
  const response = await fetch(`${await service.url()}/api/v1/pool/acquire`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  return z.object({ batch_id: z.string().nullable() }).parse(await response.json()).batch_id;
}

/** A simulated node with `count` stamps, served over HTTP. */
async function served(seed: number, count: number) {
  const simulator: Simulator = createSimulator({
    seed,
    blockTimeMs: BLOCK_MS,
    beeBlockTimeSeconds: BLOCK_MS / 1000,
  });
  const batchIds = foreignBatches(simulator, { 17: count }, 'from before');
  const serving = await serveSimulator(simulator, { port: 0, blockTimeMs: BLOCK_MS });
  return {
    url: serving.url,
    address: `0x${simulator.wallet}`,
    batchIds,
    [Symbol.asyncDispose]: () => serving.close(),
  };
}

test('the pool moves to another node and back, and gives out only stamps of the current node', async () => {
  using at = place();
  await using first = await served(1, 2);
  await using second = await served(2, 2);
  {
    await using service = serve(at, first.url);
    await service.outputMatch(/"event":"nodePinned"/);
    await service.outputMatch(/"msg":"hold \(NOTHING_TO_DO\)/);
    expect(first.batchIds).toContain(await acquire(service));
    const refused = await run(at, ...accept(second.address));
    expect(refused).toMatchObject({ exit: 1, err: expect.stringMatching(/in use by another instance/) });
    expect((await run(at, 'node', 'show')).out).toContain(`bee  ${first.address}`);
    await stop(service);
  }
  {
    await using service = serve(at, second.url);
    await service.outputMatch(/"event":"nodeChanged"/);
    expect(await acquire(service)).toBeNull();
    await stop(service);
  }
  expect(await spawn(at, ...accept(second.address))).toMatchObject({ exit: 0 });
  {
    await using service = serve(at, second.url);
    await service.outputMatch(/"msg":"hold \(NOTHING_TO_DO\)/);
    expect(second.batchIds).toContain(await acquire(service));
    await stop(service);
  }
  expect(await run(at, ...accept(first.address))).toMatchObject({ exit: 0 });
  await using service = serve(at, first.url);
  await service.outputMatch(/"msg":"hold \(BUDGET\)/); // what was restored is withheld until the node is observed
  expect(first.batchIds).toContain(await acquire(service));
});
