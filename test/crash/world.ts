import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom, type Random } from '../../src/simulator/random.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import type { Spawned } from '../process/spawned.ts';
import { Clients } from './clients.ts';
import { createCrashNode } from './crash-node.ts';
import type { ObservedSimulator } from './purchase-steps.ts';
import { ServiceAddress } from './service-address.ts';
import { startService } from './service-process.ts';

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
  const node = making.use(await createCrashNode(seed));
  let running: Spawned | null = null;
  making.defer(async () => await running?.[Symbol.asyncDispose]());
  const file = join(directory, 'stamp-pool.db');
  const address = new ServiceAddress();
  const clients = new Clients({ address, random: createRandom(seed, 12), depths: [17, 17, 19, 20] });
  const made = making.move();
  return {
    ...node,
    file,
    address,
    clients,
    random: createRandom(seed, 11),
    start: () => {
      running = startService({ beeUrls: node.url, database: `file:${file}` });
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
    [Symbol.asyncDispose]: async () => await made.disposeAsync(),
  };
}
