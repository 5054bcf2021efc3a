import { watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { unreachable } from '../../src/domain/units.ts';
import type { Spawned } from '../process/spawned.ts';
import { type LevelsWatch, watchLevels } from './levels.ts';
import type { PurchaseMoment } from './moments.ts';
import type { World } from './world.ts';

/** When the process is killed, in words for the report. */
export const KINDS = {
  migrations: 'during migrations',
  start: 'while starting',
  asked: 'POST /stamps has arrived',
  approved: 'between approve and create',
  created: 'create is sent',
  mined: 'right before the 201',
  acquires: 'acquires in flight',
  shutdown: 'during shutdown',
  any: 'at any moment',
} as const;

export type Kind = keyof typeof KINDS;

/** A run that was ended by a kill, at the moment that was meant or, when that did not come, at another. */
export interface Killed {
  readonly service: Spawned;
  readonly kind: Kind;
  /** From the start to the first answer; null when it was killed before. */
  readonly answeredMs: number | null;
}

/** Starts the service, and kills it at that moment. Resolves when the signal is sent. */
export async function startAndKill(kind: Kind, world: World): Promise<Killed> {
  switch (kind) {
    case 'migrations':
      return { service: await killInMigrations(world), kind, answeredMs: null };
    case 'start':
      return { service: await killInStart(world), kind, answeredMs: null };
    case 'asked':
    case 'approved':
    case 'created':
    case 'mined':
      return await whileServing(world, async ({ service }) => await killInPurchase(kind, service, world));
    case 'acquires':
      return await whileServing(world, async (serving) => await killInBurst(serving, world));
    case 'shutdown':
      return await whileServing(world, async ({ service }) => await killInShutdown(service, world));
    case 'any':
      return await whileServing(world, async ({ service }) => {
        await delay(world.random.below(1000));
        service.child.kill('SIGKILL');
        return kind;
      });
    default:
      return unreachable(kind);
  }
}

/** From the database file's appearing to its last migration is a few milliseconds. */
const MAX_MIGRATION_MS = 12;

async function killInMigrations({ file, start, random }: World): Promise<Spawned> {
  const { promise: touched, resolve } = Promise.withResolvers<void>();
  const names = ['', '-wal', '-journal'].map((suffix) => basename(file) + suffix);
  const watcher = watch(dirname(file), (_event, name) => {
    if (name !== null && names.includes(name)) resolve();
  });
  const service = start();
  await Promise.race([touched, service.ended]);
  watcher.close();
  const afterMs = random.below(MAX_MIGRATION_MS) - MAX_MIGRATION_MS / 2;
  if (afterMs > 0) await delay(afterMs);
  service.child.kill('SIGKILL');
  return service;
}

/** The latest moment of a start at which a kill is aimed. */
const START_MS = 900;

async function killInStart({ start, random }: World): Promise<Spawned> {
  const service = start();
  await delay(random.below(START_MS));
  service.child.kill('SIGKILL');
  return service;
}

interface Served {
  readonly service: Spawned;
  readonly url: string;
  /** What a subscriber hears of it. */
  readonly levels: LevelsWatch;
}

/** So many batches, at most, run up on the node with each run. */
const MAX_STOCKED = 10;

/** Until `kill` has killed it, the service is there for everybody, a subscriber among them. */
export async function whileServing(world: World, kill: (served: Served) => Promise<Kind>): Promise<Killed> {
  const startedAt = performance.now();
  const service = world.start();
  const url = await service.url();
  await fetch(`${url}/health`);
  const answeredMs = performance.now() - startedAt;
  await using levels = watchLevels(url);
  world.stock(world.random.below(MAX_STOCKED));
  world.address.open(url);
  try {
    return { service, kind: await kill({ service, url, levels }), answeredMs };
  } finally {
    world.address.close();
  }
}

const PURCHASE_WITHIN_MS = 8000;

/** The stock is always short, so a purchase is always near. */
function killInPurchase(moment: PurchaseMoment, { child }: Spawned, { watched }: World): Promise<Kind> {
  return new Promise((resolve) => {
    const killFor = (kind: Kind): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      resolve(kind);
    };
    const callOff = watched.at(moment, () => killFor(moment));
    const timer = setTimeout(() => {
      callOff();
      killFor('any');
    }, PURCHASE_WITHIN_MS);
  });
}

const BURST = 24;
const BURST_STOCK = 8;
const STOCK_WITHIN_MS = 3000;
const MAX_BURST_MS = 14;

/** Clients hold back until there is something to acquire, and then come all at once. */
async function killInBurst({ service, url, levels }: Served, world: World): Promise<Kind> {
  const { address, clients, random } = world;
  address.close();
  world.stock(BURST_STOCK + 4);
  await levels.until(({ totalAvailable }) => totalAvailable >= BURST_STOCK, STOCK_WITHIN_MS);
  address.open(url);
  clients.burst(BURST);
  await delay(random.below(MAX_BURST_MS));
  service.child.kill('SIGKILL');
  return 'acquires';
}

const MAX_SHUTDOWN_MS = 20;

async function killInShutdown(service: Spawned, { random, clients }: World): Promise<Kind> {
  await delay(100 + random.below(500));
  clients.burst(6);
  service.child.kill('SIGTERM');
  await service.outputMatch(/"msg":"stopping"/);
  await delay(random.below(MAX_SHUTDOWN_MS));
  service.child.kill('SIGKILL');
  return 'shutdown';
}
