import { watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { unreachable } from '../../src/domain/units.ts';
import type { Spawned } from '../process/spawned.ts';
import { type LevelSubscription, subscribeToLevels } from './levels.ts';
import type { PurchaseStep } from './purchase-steps.ts';
import type { World } from './world.ts';

/** When the process is killed, with the text for the report. */
export const KILL_POINTS = {
  migrations: 'during migrations',
  start: 'during the start',
  asked: 'when POST /stamps has arrived',
  approved: 'between approval and creation',
  created: 'when the creation is sent',
  mined: 'right before the 201',
  acquires: 'during acquisitions',
  shutdown: 'during shutdown',
  any: 'at a random time',
} as const;

export type KillPoint = keyof typeof KILL_POINTS;

export interface Killed {
  readonly service: Spawned;
  /** `any` if the requested kill point was not reached in time. */
  readonly kind: KillPoint;
  /** From the start to the first response; null if the process was killed before. */
  readonly answeredMs: number | null;
}

/** Starts the service, and kills it at the kill point. Resolves when the signal is sent. */
export async function startAndKill(kind: KillPoint, world: World): Promise<Killed> {
  switch (kind) {
    case 'migrations':
      return { service: await killInMigrations(world), kind, answeredMs: null };
    case 'start':
      return { service: await killInStart(world), kind, answeredMs: null };
    case 'asked':
    case 'approved':
    case 'created':
    case 'mined':
      return await withService(world, async ({ service }) => await killInPurchase(kind, service, world));
    case 'acquires':
      return await withService(world, async (serving) => await killInBurst(serving, world));
    case 'shutdown':
      return await withService(world, async ({ service }) => await killInShutdown(service, world));
    case 'any':
      return await withService(world, async ({ service }) => {
        await delay(world.random.below(1000));
        service.child.kill('SIGKILL');
        return kind;
      });
    default:
      return unreachable(kind);
  }
}

/** The migrations end a few milliseconds after the database file is created. */
const MAX_MIGRATION_MS = 12;

async function killInMigrations({ file, start, random }: World): Promise<Spawned> {
  const { promise: isCreated, resolve } = Promise.withResolvers<void>();
  const names = ['', '-wal', '-journal'].map((suffix) => basename(file) + suffix);
  const watcher = watch(dirname(file), (_event, name) => {
    if (name !== null && names.includes(name)) resolve();
  });
  const service = start();
  await Promise.race([isCreated, service.ended]);
  watcher.close();
  const afterMs = random.below(MAX_MIGRATION_MS) - MAX_MIGRATION_MS / 2;
  if (afterMs > 0) await delay(afterMs);
  service.child.kill('SIGKILL');
  return service;
}

const MAX_START_MS = 900;

async function killInStart({ start, random }: World): Promise<Spawned> {
  const service = start();
  await delay(random.below(MAX_START_MS));
  service.child.kill('SIGKILL');
  return service;
}

interface Served {
  readonly service: Spawned;
  readonly url: string;
  readonly levels: LevelSubscription;
}

/** The number of batches that are added to the node at each start. */
const MAX_STOCKED = 10;

/** Starts the service with its clients and a subscriber, until `kill` has killed it. */
export async function withService(
  world: World,
  kill: (served: Served) => Promise<KillPoint>,
): Promise<Killed> {
  const startedAt = performance.now();
  const service = world.start();
  const url = await service.url();
  await fetch(`${url}/health`);
  const answeredMs = performance.now() - startedAt;
  await using levels = subscribeToLevels(url);
  world.stock(world.random.below(MAX_STOCKED));
  world.address.open(url);
  try {
    return { service, kind: await kill({ service, url, levels }), answeredMs };
  } finally {
    world.address.close();
  }
}

const PURCHASE_TIMEOUT_MS = 8000;

/** The reserve is never full under load, so a purchase happens soon. */
function killInPurchase(step: PurchaseStep, { child }: Spawned, { observed }: World): Promise<KillPoint> {
  return new Promise((resolve) => {
    const killFor = (kind: KillPoint): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      resolve(kind);
    };
    const cancel = observed.at(step, () => killFor(step));
    const timer = setTimeout(() => {
      cancel();
      killFor('any');
    }, PURCHASE_TIMEOUT_MS);
  });
}

const BURST = 24;
const BURST_STOCK = 8;
const STOCK_TIMEOUT_MS = 3000;
const MAX_BURST_MS = 14;

/** Clients wait until there are stamps to acquire, and then all send requests at the same time. */
async function killInBurst({ service, url, levels }: Served, world: World): Promise<KillPoint> {
  const { address, clients, random } = world;
  address.close();
  world.stock(BURST_STOCK + 4);
  await levels.until(({ totalAvailable }) => totalAvailable >= BURST_STOCK, STOCK_TIMEOUT_MS);
  address.open(url);
  clients.burst(BURST);
  await delay(random.below(MAX_BURST_MS));
  service.child.kill('SIGKILL');
  return 'acquires';
}

const MAX_SHUTDOWN_MS = 20;

async function killInShutdown(service: Spawned, { random, clients }: World): Promise<KillPoint> {
  await delay(100 + random.below(500));
  clients.burst(6);
  service.child.kill('SIGTERM');
  await service.outputMatch(/"msg":"stopping"/);
  await delay(random.below(MAX_SHUTDOWN_MS));
  service.child.kill('SIGKILL');
  return 'shutdown';
}
