import { appendFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom, type Random } from '../../src/simulator/random.ts';
import { serveSimulator } from '../../src/simulator/serve.ts';
import {
  createSimulator,
  PLUR_PER_BZZ,
  type Simulator,
  WEI_PER_XDAI,
} from '../../src/simulator/simulator.ts';
import { type Spawned, spawned } from '../process/spawned.ts';
import { Clients } from './clients.ts';
import { type ObservedSimulator, observePurchases } from './purchase-steps.ts';
import { ServiceAddress } from './service-address.ts';

/** Depths 17 and 20 are bought. Depth 19 is adopted, which is fast, so that there are many stamps to acquire. */
export const TARGETS: ReadonlyMap<number, number> = new Map([
  [17, 3],
  [19, 12],
  [20, 2],
]);
const ADOPTED_DEPTH = 19;
const BLOCK_MS = 20;
/** Lasts for hours at the simulator's price and block time. */
const ADOPTED_AMOUNT = 24_000n * 1_000_000n;

/** What outlives the killed process: the simulated node, the database file and the clients. */
export interface World extends AsyncDisposable {
  readonly file: string;
  readonly observed: ObservedSimulator;
  readonly simulator: Simulator;
  readonly address: ServiceAddress;
  readonly clients: Clients;
  readonly random: Random;
  /** Starts a new process on the same file. */
  readonly start: () => Spawned;
  /** Waits until the process has ended, and appends its output to the log beside the database file. */
  readonly waitForEnd: (service: Spawned) => Promise<Ended>;
  /** Adds `count` unused batches to the node. */
  readonly stock: (count: number) => void;
}

export interface Ended {
  /** The exit code, or the name of the signal. */
  readonly how: number | string;
  readonly out: string;
  readonly err: string;
}

export async function createWorld({
  directory,
  seed,
}: {
  readonly directory: string;
  readonly seed: number;
}): Promise<World> {
  await using making = new AsyncDisposableStack();
  const simulator = createSimulator({
    seed,
    blockTimeMs: BLOCK_MS,
    beeBlockTimeSeconds: BLOCK_MS / 1000,
    gapBlocks: 2,
    bzzPlur: 1_000_000n * PLUR_PER_BZZ,
    xdaiWei: 1_000n * WEI_PER_XDAI,
  });
  simulator.mineBlocks(40);
  const unlabelled = new Set<string>();
  const observed = observePurchases(simulator, () => labelAll(simulator, unlabelled));
  const bee = making.adopt(
    await serveSimulator(observed.simulator, { port: 0, blockTimeMs: BLOCK_MS }),
    async (server) => await server.close(),
  );
  let running: Spawned | null = null;
  making.defer(async () => await running?.[Symbol.asyncDispose]());
  const file = join(directory, 'stamp-pool.db');
  const address = new ServiceAddress();
  const clients = new Clients({ address, random: createRandom(seed, 12), depths: [17, 17, 19, 20] });
  const made = making.move();
  return {
    file,
    observed,
    simulator,
    address,
    clients,
    random: createRandom(seed, 11),
    start: () => {
      running = startService({ beeUrl: bee.url, file });
      return running;
    },
    waitForEnd: async (service) => {
      const how = await service.ended;
      const { out, err } = service.output();
      appendFileSync(join(directory, 'service.log'), `${out}${err}--- ended with ${how}\n`);
      running = null;
      await service[Symbol.asyncDispose]();
      return { how, out, err };
    },
    stock: (count) => {
      for (let i = 0; i < count; i++) {
        const batch = { owner: simulator.wallet, amount: ADOPTED_AMOUNT, depth: ADOPTED_DEPTH };
        unlabelled.add(simulator.chain.createForeignBatch(batch));
      }
    },
    [Symbol.asyncDispose]: async () => await made.disposeAsync(),
  };
}

/** Labels batches when the node lists them, because the pool does not adopt batches labelled `recovered`. */
function labelAll({ node }: Simulator, unlabelled: Set<string>): void {
  for (const batchId of unlabelled) {
    const issuer = node.issuers.get(batchId);
    if (issuer === undefined) continue;
    node.issuers.setLabel(issuer, 'adoptable');
    unlabelled.delete(batchId);
  }
}

function startService({ beeUrl, file }: { readonly beeUrl: string; readonly file: string }): Spawned {
  const service = spawned({
    env: {
      STAMP_POOL_ENABLED: 'true',
      STAMP_POOL_RESERVE: [...TARGETS].map((target) => target.join(':')).join(),
      STAMP_POOL_ADOPT: 'any',
      STAMP_POOL_DEFAULT_DURATION_HOURS: '1',
      STAMP_POOL_TOPUP_HOURS: '1',
      STAMP_POOL_MIN_TTL_HOURS: '0',
      STAMP_POOL_ACQUIRE_MIN_TTL_HOURS: '0',
      STAMP_POOL_MAX_SPEND_BZZ_PER_DAY: '1000000',
      SWARM_BLOCK_TIME_SECONDS: String(BLOCK_MS / 1000),
      SWARM_BEE_API_URL: beeUrl,
      DATABASE_URL: `file:${file}`,
      PORT: '0',
    },
  });
  // The service must not outlive this process.
  const orphaned = (): void => {
    service.child.kill('SIGKILL');
    rmSync(service.directory, { recursive: true, force: true });
  };
  process.on('exit', orphaned);
  service.child.once('close', () => process.off('exit', orphaned));
  return service;
}
