import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import type { Send } from '../../src/bee/transport.ts';
import { bzzToPlur, depth, nodeName } from '../../src/domain/units.ts';
import type { FaultName, FaultSettings } from '../../src/simulator/faults.ts';
import { type Store, StoreFailedError } from '../../src/store/store.ts';
import { aCaller } from '../builders.ts';
import { stockOf } from '../stock-of.ts';
import { withMembers } from '../store/with-members.ts';
import { ordersOf, paidFor } from '../virtual/purchases.ts';
import { foreignBatches, stocked } from '../virtual/stocked.ts';
import { STORE_ANSWERS_LATE, STORE_ON_POSTGRES, World } from '../virtual/world.ts';

const onlySmall = { targets: new Map([[depth(17), 1]]) };
const HOUR = 3600;
const HOUR_BLOCKS = 720;
const POST = { method: 'POST', times: 1 } as const;

const bought = (world: World): number => paidFor(world, 'create').length;

const statesOf = async (world: World) => (await ordersOf(world)).map(({ state }) => state);

interface Failure {
  readonly fault: FaultName;
  readonly settings: FaultSettings;
  /** The final states of the orders, oldest first. */
  readonly orders: readonly string[];
  /** How many batches the node's wallet paid for. */
  readonly bought: number;
  readonly incident: string | null;
}

/** Each way in which a purchase can fail, and the result. */
const FAILURES: readonly Failure[] = [
  { fault: 'busy429', settings: POST, orders: ['rejected', 'confirmed'], bought: 1, incident: 'BUSY' },
  {
    fault: 'syncing503',
    settings: POST,
    orders: ['rejected', 'confirmed'],
    bought: 1,
    incident: 'NODE_SYNCING',
  },
  {
    fault: 'down',
    settings: POST,
    orders: ['rejected', 'confirmed'],
    bought: 1,
    incident: 'NODE_UNREACHABLE',
  },
  {
    fault: 'error500BeforeBroadcast',
    settings: POST,
    orders: ['abandoned', 'confirmed'],
    bought: 1,
    incident: 'PURCHASE_ABANDONED',
  },
  {
    fault: 'error500AfterBroadcast',
    settings: POST,
    orders: ['confirmed'],
    bought: 1,
    incident: 'PURCHASE_UNKNOWN',
  },
  { fault: 'sendUnseen', settings: POST, orders: ['confirmed'], bought: 1, incident: 'PURCHASE_UNKNOWN' },
  {
    fault: 'reset',
    settings: { ...POST, stage: 'before' },
    orders: ['abandoned', 'confirmed'],
    bought: 1,
    incident: 'PURCHASE_ABANDONED',
  },
  {
    fault: 'reset',
    settings: { ...POST, stage: 'approve' },
    orders: ['abandoned', 'confirmed'],
    bought: 1,
    incident: 'PURCHASE_ABANDONED',
  },
  {
    fault: 'reset',
    settings: { ...POST, stage: 'create' },
    orders: ['confirmed'],
    bought: 1,
    incident: 'PURCHASE_UNKNOWN',
  },
  {
    fault: 'reset',
    settings: { ...POST, stage: 'mined' },
    orders: ['confirmed'],
    bought: 1,
    incident: 'PURCHASE_UNKNOWN',
  },
  { fault: 'truncated', settings: POST, orders: ['confirmed'], bought: 1, incident: 'PURCHASE_UNKNOWN' },
  { fault: 'nonJson', settings: POST, orders: ['confirmed'], bought: 1, incident: 'PURCHASE_UNKNOWN' },
  { fault: 'emptyReply', settings: POST, orders: ['confirmed'], bought: 1, incident: 'PURCHASE_UNKNOWN' },
  {
    fault: 'proxy502',
    settings: { ...POST, after: true },
    orders: ['confirmed'],
    bought: 1,
    incident: 'PURCHASE_UNKNOWN',
  },
  {
    fault: 'proxy503',
    settings: POST,
    orders: ['abandoned', 'confirmed'],
    bought: 1,
    incident: 'PURCHASE_ABANDONED',
  },
  {
    fault: 'proxy504',
    settings: { ...POST, after: true },
    orders: ['confirmed'],
    bought: 1,
    incident: 'PURCHASE_UNKNOWN',
  },
  {
    fault: 'proxy429',
    settings: POST,
    orders: ['abandoned', 'confirmed'],
    bought: 1,
    incident: 'PURCHASE_ABANDONED',
  },
  {
    fault: 'txReverted',
    settings: POST,
    orders: ['abandoned', 'confirmed'],
    bought: 1,
    incident: 'PURCHASE_ABANDONED',
  },
  {
    fault: 'hang',
    settings: POST,
    orders: ['abandoned', 'confirmed'],
    bought: 1,
    incident: 'PURCHASE_ABANDONED',
  },
  { fault: 'txDelayed', settings: { ...POST, blocks: 60 }, orders: ['confirmed'], bought: 1, incident: null },
  { fault: 'labelLost', settings: POST, orders: ['confirmed'], bought: 1, incident: null },
];

/** Before this step the process has only read the store. */
const STARTED = 7;

/**
 * Every step of a purchase that leaves another world behind than the step before: another time, database or node, or a
 * request for money that has begun or ended. What a process has read is lost with it.
 */
async function stepsOfPurchase(): Promise<number[]> {
  let requestsForMoney = 0;
  const counted =
    (send: Send): Send =>
    async (request) => {
      if (request.method === 'GET') return await send(request);
      requestsForMoney += 1;
      try {
        return await send(request);
      } finally {
        requestsForMoney += 1;
      }
    };
  using database = new DisposableStack();
  await using world = new World({ policy: onlySmall, through: counted });
  let client: Database.Database | null = null;
  const version = (step: number): number => {
    if (STORE_ON_POSTGRES) return step;
    client ??= database.adopt(new Database(world.file, { readonly: true }), (open) => void open.close());
    return Number(client.pragma('data_version', { simple: true }));
  };
  const firstSteps = new Map<string, number>();
  await world.start({
    onStep: (step) => {
      if (step < STARTED) return;
      const left = `${world.clock.monotonicMs()} ${version(step)} ${requestsForMoney}`;
      if (!firstSteps.has(left)) firstSteps.set(left, step);
    },
  });
  await world.full();
  return [...firstSteps.values()];
}

describe('no purchase is made twice for one need', () => {
  it.each(FAILURES)(
    'settles a purchase after $fault $settings.stage: $orders',
    async ({ fault, settings, ...expected }) => {
      await using world = new World({ policy: onlySmall });
      world.simulator.faults.set(fault, settings);
      await world.start();
      await world.full(900);
      await world.passBlocks(60);
      expect({ orders: await statesOf(world), bought: bought(world) }).toEqual({
        orders: expected.orders,
        bought: expected.bought,
      });
      expect(world.incidents.find((code) => code === expected.incident) ?? null).toBe(expected.incident);
    },
  );

  it('buys exactly one batch if the process dies at any step of the purchase', async () => {
    const steps = await stepsOfPurchase();
    expect(steps.length).toBeGreaterThan(50);
    const stride = STORE_ANSWERS_LATE ? 4 : 1; // the first pass has taken each step
    for (const step of steps.filter((_, index) => index % stride === 0)) {
      await using world = new World({ policy: onlySmall });
      const { life } = await world.start({ dieAt: step });
      await world.until('it dies', () => life.dead, 40);
      await world.kill();
      await world.start();
      await world.full();
      await world.passBlocks(60);
      expect(bought(world), `killed at step ${step}`).toBe(1);
    }
  });

  it('adds a purchase that is mined long after it was abandoned to the pool as surplus, and reports it', async () => {
    await using world = new World({ policy: onlySmall });
    const { faults } = world.simulator;
    faults.set('sendUnseen', { ...POST });
    faults.set('txDelayed', { times: 1, blocks: 300 });
    await world.start();
    await world.until('the late stamp is in the pool', () => world.incidents.includes('PURCHASE_LATE'), 600);
    await world.passBlocks(30);
    const [level] = world.run.engine.levels.current.depths;
    expect(level).toMatchObject({ target: 1, available: 2, surplus: 1 });
    expect(await statesOf(world)).toEqual(['confirmed', 'confirmed']);
  });

  it('adds a batch that the node paid for and missed, once the node reads the chain again', async () => {
    await using world = new World({ policy: onlySmall });
    const { faults, node } = world.simulator;
    faults.set('eventMissed', { times: 1 });
    faults.set('reset', { stage: 'create', ...POST });
    await world.start();
    await world.until('it is abandoned', () => world.incidents.includes('PURCHASE_ABANDONED'), 100);
    await world.full();
    node.resync();
    await world.until('it is in the pool', () => world.incidents.includes('PURCHASE_LATE'), 600);
    await world.passBlocks(30);
    expect(world.run.engine.levels.current.depths).toMatchObject([{ target: 1, available: 2, surplus: 1 }]);
    expect(bought(world)).toBe(2);
  });

  it('does not confirm a top-up that was answered while the node could not be read', async () => {
    await using world = new World({
      policy: {
        ...onlySmall,
        defaultDurationSeconds: 26 * HOUR,
        minTtlSeconds: 28 * HOUR,
        maxSpendPerDay: bzzToPlur('10') ?? null,
      },
    });
    const { faults, chain } = world.simulator;
    const topUps = () => chain.ledger.filter(({ kind }) => kind === 'topUp').length;
    await world.start();
    await world.full();
    await world.until('a top-up is pending', () => chain.mempool.size > 0, 100);
    faults.set('down', { method: 'GET' });
    faults.set('blockLag', { blocks: 10 });
    await world.until('it is mined', () => topUps() > 0, 100);
    await world.passBlocks(1);
    faults.clear('down');
    await world.passBlocks(10);
    faults.clear('blockLag');
    await world.passBlocks(60);
    expect(topUps()).toBe(1);
    expect(await statesOf(world)).toEqual(['confirmed', 'confirmed']);
  });

  it('sends nothing right after a refusal, also if the node shows that what it refused was done', async () => {
    const refusal = Promise.withResolvers<void>(); // a proxy has sent the purchase again while the node made it
    const body = '{"code":429,"message":"simultaneous on-chain operations not supported"}';
    await using world = new World({
      policy: onlySmall,
      through: (send) => async (request) => {
        const answer = await send(request);
        if (request.method === 'GET') return answer;
        await refusal.promise;
        return { status: 429, contentType: 'application/json', body };
      },
    });
    const { engine } = await world.start();
    await world.full();
    await world.passBlocks(20);
    refusal.resolve();
    await engine.pool.acquire({}, aCaller('client'));
    await world.until('a run has decided', () => world.log.at(-1)?.includes('0 available') ?? false, 1);
    expect(world.log.at(-1)).toContain('hold (BACKING_OFF)');
    await world.until('the next is sent', async () => (await statesOf(world)).at(-1) === 'sent', 10);
    expect(await statesOf(world)).toEqual(['confirmed', 'sent']);
  });

  it('settles an order that is on disk as sent although the write seemed to fail', async () => {
    await using world = new World({ policy: onlySmall });
    let failures = 1;
    /** Commits, and then fails once. */
    const write = async (
      store: Store,
      ...[changes, at, condition]: Parameters<Store['write']>
    ): ReturnType<Store['write']> => {
      const written = await store.write(changes, at, condition);
      if (failures === 0 || changes[0]?.change !== 'orderSent') return written;
      failures -= 1;
      throw new StoreFailedError('the file was replaced');
    };
    await world.start({
      around: (store) => withMembers(store, { write: (...given) => write(store, ...given) }),
    });
    await world.full(300);
    expect(await statesOf(world)).toEqual(['abandoned', 'confirmed']);
    expect(bought(world)).toBe(1);
  });

  it('does not start if the stock belongs to a node with another name', async () => {
    await using world = new World({ policy: onlySmall });
    await world.start();
    await world.full();
    await world.stop();
    await expect(world.start({ nodeCalled: 'renamed' })).rejects.toThrow(
      /stock of the Bee node "bee".*SWARM_BEE_API_URL=bee=<url>.*stamp-pool node retire bee/,
    );
  });

  it('starts without a node that was retired, counts none of its stock, and buys in its place', async () => {
    await using world = new World({ policy: onlySmall });
    await world.start();
    await world.full();
    await world.stop();
    {
      await using store = await world.openStore();
      await store.write([{ change: 'nodeRetired', node: nodeName('bee') }], world.clock.now());
    }
    await world.start({ nodeCalled: 'renamed' });
    expect(world.run.engine.levels.current.totalAvailable).toBe(0);
    await world.full();
    const [given] = (await world.run.engine.pool.availableStamps({ first: 9, after: null, depth: null }))
      .items;
    expect(given?.item.node).toBe('renamed');
  });

  it('reports the batch of a purchase that was retired while it was open, if the node is used again', async () => {
    await using world = new World({ policy: onlySmall });
    await world.start();
    await world.until('its creation is pending', () => world.simulator.chain.mempool.size > 0);
    await world.passBlocks(1);
    await world.stop();
    {
      await using store = await world.openStore();
      await store.write([{ change: 'nodeRetired', node: nodeName('bee') }], world.clock.now());
    }
    await world.start();
    await world.full();
    await world.passBlocks(100);
    const [retired, another] = paidFor(world, 'create').map(({ batchId }) => batchId);
    const { stamps } = await stockOf(world.run.store);
    expect(stamps.map(({ batchId }) => batchId)).toEqual([another]);
    const { errors } = await world.run.engine.pool.status();
    expect(errors).toMatchObject([{ code: 'PURCHASE_UNACCOUNTED', subject: retired }]);
  });

  it('adopts no batch for a need that it pays a top-up for', async () => {
    const limits = { minTtlSeconds: 162 * HOUR, acquireMinTtlSeconds: 161 * HOUR };
    await using world = new World({ policy: { ...onlySmall, ...limits, adoption: { from: 'any' } } });
    const [first] = foreignBatches(world.simulator, { 17: 1 }, 'mine'); // for 169 hours
    await world.start();
    await world.full();
    await world.passBlocks(4 * HOUR_BLOCKS);
    foreignBatches(world.simulator, { 17: 1 }, 'mine');
    world.simulator.faults.set('down', {});
    await world.passBlocks(4.5 * HOUR_BLOCKS); // until the first one is below the promise
    world.simulator.faults.clearAll();
    world.simulator.node.start();
    await world.passBlocks(300);
    const { stamps } = await stockOf(world.run.store);
    expect(stamps.map(({ batchId }) => batchId)).toEqual([first]);
    expect([paidFor(world, 'topUp').length, bought(world)]).toEqual([1, 0]);
  });

  it('counts what is on order as stock: it buys only for the clients that acquire in the meantime', async () => {
    await using world = new World({ policy: onlySmall });
    await world.start();
    await world.passBlocks(10);
    const { pool } = world.run.engine;
    for (let i = 0; i < 20; i++) await pool.acquire({ size: 'small' }, aCaller(`client ${i}`));
    await world.full();
    await world.passBlocks(60);
    expect(bought(world)).toBe(1);
  });
});

describe('a node that was not read for hours, and does not list all at once after its start', () => {
  /** No process runs for hours, and the first list after that is empty. */
  async function afterHours(world: World, clockSetByMs = 0): Promise<void> {
    await world.stop();
    world.clock.jump(clockSetByMs);
    await world.passBlocks(3 * 720);
    world.simulator.faults.set('stampsEmpty', { times: 1 });
    await world.start();
    await world.passBlocks(20);
  }

  it('does not make a purchase be abandoned and made again', async () => {
    await using world = new World({ policy: onlySmall });
    world.simulator.faults.set('reset', { ...POST, stage: 'create' });
    await world.start();
    await world.until('it is mined', () => bought(world) === 1);
    world.simulator.faults.set('stampsEmpty', {});
    await world.passBlocks(5); // no transaction of the node is pending
    await afterHours(world);
    await world.full();
    expect([await statesOf(world), bought(world)]).toEqual([['confirmed'], 1]);
  });

  it('does not make stamps expire, if the clock of the machine is also wrong', async () => {
    await using world = await stocked({ 17: 2 });
    world.simulator.faults.set('stampsEmpty', { times: 1 });
    await world.maintain();
    await afterHours(world, 30 * 24 * HOUR * 1000);
    const { stamps } = await stockOf(world.run.store);
    const adopted = stamps.filter(({ origin }) => origin === 'adopted');
    expect(adopted.map(({ state }) => state)).toEqual(['available', 'available']);
  });

  it('does not make stamps be lost and bought again', async () => {
    await using world = await stocked({ 17: 2 });
    world.simulator.faults.set('stampsEmpty', { times: 1 });
    await world.maintain();
    await afterHours(world);
    expect([bought(world), new Set(world.incidents)]).toEqual([0, new Set(['STAMP_WITHHELD'])]);
    expect(world.run.engine.levels.current).toMatchObject({ totalAvailable: 2 });
  });
});
