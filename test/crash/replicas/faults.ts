import { setTimeout as delay } from 'node:timers/promises';
import { unreachable } from '../../../src/domain/units.ts';
import { ADOPTED_DEPTH } from '../crash-node.ts';
import type { PurchaseStep } from '../purchase-steps.ts';
import { TARGETS } from '../service-process.ts';
import { readHolders, readPlanned, readStock } from './postgres-tables.ts';
import type { Replica } from './replica.ts';
import type { NamedNode, ReplicaWorld } from './replica-world.ts';

/** What is done to the replicas, with the text for the report. */
export const FAULTS = {
  killed: 'SIGKILL of any replica',
  holderKilled: 'SIGKILL of a holder',
  killedInPurchase: 'SIGKILL of a holder during a purchase',
  paused: 'SIGSTOP of a holder for less than its lease lasts, then SIGCONT',
  stopped: 'SIGSTOP of a holder until another replica has sent a purchase, then SIGCONT',
  stoppedInPurchase: 'the same during a purchase',
  cut: 'cut of the database connections of a replica',
  restarted: 'restart of PostgreSQL (pg_ctl restart -m immediate)',
  ended: 'SIGTERM of a holder',
} as const;

export type Fault = keyof typeof FAULTS;

/** What a fault showed. */
export interface FaultResult {
  readonly fault: Fault;
  /** null if the fault does not end a lease. */
  readonly takeOver: TakeOver | null;
}

/** From the death or the pause of the holder of a node. Infinity: not in time. */
export interface TakeOver {
  /** Until another replica has the lease. */
  readonly leaseMs: number;
  /** Until the node has received the next purchase that another replica has decided on. */
  readonly purchaseMs: number;
}

export async function inject(fault: Fault, world: ReplicaWorld): Promise<FaultResult> {
  const { random, replicas, server } = world;
  switch (fault) {
    case 'killed':
      await killAndStart(pick(replicas, world), world);
      return { fault, takeOver: null };
    case 'holderKilled':
    case 'killedInPurchase':
    case 'ended': {
      const held = await holderOf(world);
      await needOf(world);
      if (fault === 'killedInPurchase') await inPurchase(held.node, world);
      const signal = fault === 'ended' ? 'SIGTERM' : 'SIGKILL';
      const [takeOver] = await Promise.all([
        takenOver(held, world),
        killAndStart(held.replica, world, signal),
      ]);
      return { fault, takeOver };
    }
    case 'paused': {
      const { replica } = await holderOf(world);
      replica.stop();
      await delay(random.below(MAX_PAUSE_MS));
      replica.continue();
      return { fault, takeOver: null };
    }
    case 'stopped':
    case 'stoppedInPurchase': {
      const held = await holderOf(world);
      await needOf(world);
      if (fault === 'stoppedInPurchase') await inPurchase(held.node, world);
      held.replica.stop();
      const takeOver = await takenOver(held, world);
      held.replica.continue();
      return { fault, takeOver };
    }
    case 'cut':
      pick(replicas, world).proxy.cut(random.below(2) === 0 ? 0 : random.below(MAX_REFUSED_MS));
      await delay(random.below(1_000));
      return { fault, takeOver: null };
    case 'restarted':
      await server.restart();
      return { fault, takeOver: null };
    default:
      return unreachable(fault);
  }
}

/** Below the 15 seconds of a lease. */
const MAX_PAUSE_MS = 4_000;
const MAX_REFUSED_MS = 3_000;
const MAX_DOWN_MS = 1_500;
const TAKE_OVER_TIMEOUT_MS = 60_000;
const NEED_TIMEOUT_MS = 20_000;
const PURCHASE_TIMEOUT_MS = 8_000;

const STEPS: readonly PurchaseStep[] = ['asked', 'approved', 'created', 'mined'];

interface Held {
  readonly node: NamedNode;
  readonly replica: Replica;
}

/** The holder of a random node. Waits until there is one. */
async function holderOf({ databaseUrl, nodes, replicas, random }: ReplicaWorld): Promise<Held> {
  const node = nodes[random.below(nodes.length)];
  for (const endMs = performance.now() + TAKE_OVER_TIMEOUT_MS; performance.now() < endMs; await delay(100)) {
    const holder = (await readHolders(databaseUrl)).get(node?.name ?? '');
    const replica = replicas.find(({ pid, url }) => pid === holder && url !== null);
    if (node && replica) return { node, replica };
  }
  throw new Error(`no replica has the lease of node ${node?.name}`);
}

/**
 * Resolves when another replica has the lease and has sent a purchase. The old holder plans nothing any more, so an order
 * that was planned since is of another replica.
 */
async function takenOver({ node, replica: { pid } }: Held, { databaseUrl }: ReplicaWorld): Promise<TakeOver> {
  const [startedMs, startedAt] = [performance.now(), new Date()];
  const found = { leaseMs: Infinity, purchaseMs: Infinity };
  for (; performance.now() < startedMs + TAKE_OVER_TIMEOUT_MS; await delay(100)) {
    const holder = (await readHolders(databaseUrl)).get(node.name);
    if (found.leaseMs === Infinity && holder !== undefined && holder !== pid)
      found.leaseMs = performance.now() - startedMs;
    const planned = await readPlanned(databaseUrl, node.name, startedAt);
    const sent = node.observed.purchases.find(({ orderId }) => planned.has(orderId));
    if (sent !== undefined) found.purchaseMs = sent.atMs - startedMs;
    if (found.leaseMs !== Infinity && sent !== undefined) break;
  }
  return found;
}

/** Resolves when a stamp is missing that is bought. The clients acquire all the time, so one is missing from then on. */
async function needOf({ databaseUrl }: ReplicaWorld): Promise<void> {
  const bought = [...TARGETS].filter(([depth]) => depth !== ADOPTED_DEPTH);
  for (const endMs = performance.now() + NEED_TIMEOUT_MS; performance.now() < endMs; await delay(20)) {
    const stock = await readStock(databaseUrl);
    if (bought.some(([depth, target]) => (stock.get(depth) ?? 0) < target)) return;
  }
  throw new Error('the reserve was never short of a stamp');
}

/** Resolves at a random step of the next purchase of the node, or after a while without one. */
function inPurchase({ observed }: NamedNode, { random }: ReplicaWorld): Promise<void> {
  return new Promise((resolve) => {
    const cancel = observed.at(STEPS[random.below(STEPS.length)] ?? 'asked', () => {
      clearTimeout(timer);
      resolve();
    });
    const timer = setTimeout(() => {
      cancel();
      resolve();
    }, PURCHASE_TIMEOUT_MS);
  });
}

async function killAndStart(
  replica: Replica,
  { random }: ReplicaWorld,
  signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL',
): Promise<void> {
  await replica.end(signal);
  await delay(random.below(MAX_DOWN_MS));
  await replica.start();
}

function pick(replicas: readonly Replica[], { random }: ReplicaWorld): Replica {
  const replica = replicas[random.below(replicas.length)];
  if (replica === undefined) throw new Error('there is no replica');
  return replica;
}
