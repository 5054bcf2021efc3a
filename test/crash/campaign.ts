import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createRandom, type Random } from '../../src/simulator/random.ts';
import { type Serving, serveSimulator } from '../../src/simulator/serve.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { Address } from './address.ts';
import { check, type Finding, type Incident } from './check.ts';
import { Clients } from './clients.ts';
import { isMigrated, readTables } from './database.ts';
import { watchLevels } from './levels.ts';
import { type PurchaseMoment, type WatchedSimulator, watchPurchases } from './moments.ts';
import { type ServiceRun, startProcess } from './service.ts';

const TARGETS = new Map([
  [17, 6],
  [20, 3],
]);
const BLOCK_MS = 20;
/** Taken in whenever stock is short, so that clients have something to acquire in the short lives of these processes. */
const FOUND_ON_NODE = 100;
const FOUND_AMOUNT = 24_000n * 2_000_000n;
const CLIENTS = 6;
const SETTLED_WITHIN_MS = 60_000;
/** Whoever waits for a purchase that does not come kills all the same. */
const MOMENT_WITHIN_MS = 3000;

/** When a process is killed. */
export const KILLS = [
  'migrating',
  'starting',
  'asked',
  'approved',
  'created',
  'mined',
  'acquiring',
  'stopping',
  'anytime',
] as const;
export type Kill = (typeof KILLS)[number];

/** What a campaign came to. */
export interface Report {
  readonly kills: Readonly<Record<Kill, number>>;
  readonly acquisitions: number;
  readonly retries: number;
  readonly purchases: number;
  /** From the start of a process to its being there for clients. */
  readonly slowestStartMs: number;
  readonly findings: readonly Finding[];
  /** Where the database is; removed unless something was found. */
  readonly directory: string;
}

/** Everything that outlives the processes. */
interface World {
  readonly simulator: Simulator;
  readonly watched: WatchedSimulator;
  readonly random: Random;
  readonly address: Address;
  readonly clients: Clients;
  readonly incidents: Incident[];
  readonly env: Readonly<Record<string, string>>;
  readonly file: string;
  readonly startMs: number[];
}

/** Runs the real service under load, kills it so often, starts it again each time, and holds all books against each other. */
export async function crashCampaign({
  kills,
  seed,
}: {
  readonly kills: number;
  readonly seed: number;
}): Promise<Report> {
  const directory = mkdtempSync(join(tmpdir(), 'crash-test-'));
  const random = createRandom(seed, 1);
  const simulator = createSimulator({
    seed,
    blockTimeMs: BLOCK_MS,
    beeBlockTimeSeconds: BLOCK_MS / 1000,
    bzzPlur: 10n ** 16n * 1_000_000n,
    xdaiWei: 10n ** 18n * 10_000n,
    gapBlocks: 1,
  });
  for (let i = 0; i < FOUND_ON_NODE; i++) {
    simulator.chain.createForeignBatch({ owner: simulator.wallet, amount: FOUND_AMOUNT, depth: 17 });
  }
  simulator.mineBlocks(40);
  const watched = watchPurchases(simulator);
  const bee = await serveSimulator(watched.simulator, { port: 0, blockTimeMs: BLOCK_MS });
  const address = new Address();
  const world: World = {
    simulator,
    watched,
    random,
    address,
    clients: new Clients({ address, random, depths: [...TARGETS.keys()] }),
    incidents: [],
    env: settings(bee, directory),
    file: join(directory, 'pool.db'),
    startMs: [],
  };
  const done: Record<Kill, number> = {
    migrating: 0,
    starting: 0,
    asked: 0,
    approved: 0,
    created: 0,
    mined: 0,
    acquiring: 0,
    stopping: 0,
    anytime: 0,
  };
  world.clients.start(CLIENTS);
  for (let kill = 0; kill < kills; kill++) {
    const kind = KILLS[kill % KILLS.length] ?? 'anytime';
    done[kind] += 1;
    if (kind === 'migrating') await killMigrating(world, join(directory, `migrating-${kill}`));
    else await killServing(world, kind);
  }
  const findings = await endOf(world);
  await bee.close();
  if (findings.length === 0) rmSync(directory, { recursive: true });
  return {
    kills: done,
    acquisitions: world.clients.records.filter(({ heard }) => heard.some(({ is }) => is === 'acquired'))
      .length,
    retries: world.clients.retries,
    purchases: paidBy(simulator).filter(({ kind }) => kind === 'create').length,
    slowestStartMs: Math.round(Math.max(...world.startMs)),
    findings,
    directory,
  };
}

const settings = (bee: Serving, directory: string): Readonly<Record<string, string>> => ({
  STAMP_POOL_ENABLED: 'true',
  STAMP_POOL_RESERVE: [...TARGETS].map(([depth, count]) => `${depth}:${count}`).join(),
  STAMP_POOL_ADOPT: 'any',
  STAMP_POOL_DEFAULT_DURATION_HOURS: '1',
  STAMP_POOL_ACQUIRE_MIN_TTL_HOURS: '0',
  STAMP_POOL_MIN_TTL_HOURS: '0',
  STAMP_POOL_MAX_SPEND_BZZ_PER_DAY: '1000000',
  STAMP_POOL_CHECK_INTERVAL_SECONDS: '1',
  SWARM_BLOCK_TIME_SECONDS: String(BLOCK_MS / 1000),
  SWARM_BEE_API_URL: bee.url,
  DATABASE_URL: `file:${join(directory, 'pool.db')}`,
  PORT: '0',
});

const paidBy = ({ chain, wallet }: Simulator) => chain.ledger.filter(({ payer }) => payer === wallet);

function start({ env, incidents }: World): ServiceRun {
  return startProcess(env, (incident) => incidents.push(incident));
}

/** Waits until it serves, and lets the clients in. False when it ended before. */
async function open({ address, startMs }: World, run: ServiceRun): Promise<boolean> {
  const began = performance.now();
  const url = await run.url;
  if (url === null) return false;
  startMs.push(performance.now() - began);
  address.open(url);
  return true;
}

/** A fresh file each time, and no Bee: only whether it can be taken up again after a death within the migrations. */
async function killMigrating(world: World, name: string): Promise<void> {
  const env = { ...world.env, STAMP_POOL_ENABLED: 'false', DATABASE_URL: `file:${name}.db` };
  const run = startProcess(env, () => {});
  for (let tries = 0; tries < 5000 && !isBegun(`${name}.db`); tries++) await delay(1);
  await delay(world.random.below(12));
  run.kill('SIGKILL');
  await run.ended;
  const again = startProcess(env, () => {});
  if ((await again.url) === null)
    throw new Error(`${name}.db cannot be opened after a death while it was made`);
  again.kill('SIGTERM');
  await again.ended;
  if (!isMigrated(`${name}.db`)) throw new Error(`${name}.db was not migrated by the second start`);
}

const isBegun = (file: string): boolean => {
  try {
    readTables(file);
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'SQLITE_CANTOPEN');
  }
};

async function killServing(world: World, kind: Exclude<Kill, 'migrating'>): Promise<void> {
  const run = start(world);
  if (kind === 'starting') await delay(world.random.below(600));
  else if (!(await open(world, run))) throw new Error(`the service ended by itself: ${await run.ended}`);
  await ARRIVE[kind](world, run);
  run.kill('SIGKILL');
  world.address.close();
  await run.ended;
}

/** Brings about the moment, and kills at once where it must be at once. */
const ARRIVE: Readonly<Record<Exclude<Kill, 'migrating'>, (world: World, run: ServiceRun) => Promise<void>>> =
  {
    starting: async () => {},
    asked: (world, run) => atPurchase('asked', world, run),
    approved: (world, run) => atPurchase('approved', world, run),
    created: (world, run) => atPurchase('created', world, run),
    mined: (world, run) => atPurchase('mined', world, run),
    acquiring: async ({ clients, random }) => {
      clients.burst(20);
      await delay(random.below(15));
    },
    stopping: async ({ random }, run) => {
      await delay(random.below(300));
      run.kill('SIGTERM');
      await delay(random.below(60));
    },
    anytime: async ({ random }) => await delay(random.below(1000)),
  };

async function atPurchase(moment: PurchaseMoment, { watched }: World, run: ServiceRun): Promise<void> {
  const { promise: reached, resolve } = Promise.withResolvers<void>();
  const callOff = watched.at(moment, () => {
    run.kill('SIGKILL');
    resolve();
  });
  await Promise.race([reached, delay(MOMENT_WITHIN_MS)]);
  callOff();
}

/** No more kills: every key gets its answer, the reserve fills, and the books are compared. */
async function endOf(world: World): Promise<readonly Finding[]> {
  const run = start(world);
  if (!(await open(world, run))) throw new Error(`the service does not start any more: ${await run.ended}`);
  const url = (await run.url) ?? '';
  await world.clients.stop();
  await using levels = watchLevels(url);
  const full = await levels.until(
    ({ depths }) => depths.every(({ available, target, onOrder }) => available >= target && onOrder === 0),
    SETTLED_WITHIN_MS,
  );
  for (let waited = 0; waited < SETTLED_WITHIN_MS && hasOpenOrders(world.file); waited += 100)
    await delay(100);
  run.kill('SIGTERM');
  const ended = await run.ended;
  const { simulator, clients, incidents, file } = world;
  const books = {
    records: clients.records,
    paid: paidBy(simulator),
    tables: readTables(file),
    targets: TARGETS,
    incidents,
  };
  const other: Finding[] = [];
  if (!full)
    other.push({ rule: 'other faults', words: `the targets were not met within ${SETTLED_WITHIN_MS} ms` });
  if (ended !== 0) other.push({ rule: 'other faults', words: `the last stop ended with ${ended}` });
  return [...check(books), ...other];
}

const hasOpenOrders = (file: string): boolean =>
  readTables(file).orders.some(({ state }) => ['planned', 'sent', 'unknown'].includes(state));
