import { setTimeout as delay } from 'node:timers/promises';
import { unreachable } from '../../../src/domain/units.ts';
import type { PurchaseStep } from '../purchase-steps.ts';
import { readHolders } from './postgres-tables.ts';
import type { Replica } from './replica.ts';
import type { NamedNode, ReplicaWorld } from './replica-world.ts';

/** What is done to the replicas, with the text for the report. */
export const FAULTS = {
  killed: 'SIGKILL of any replica',
  holderKilled: 'SIGKILL of a holder',
  killedInPurchase: 'SIGKILL of a holder during a purchase',
  paused: 'SIGSTOP of a holder for less than its lease lasts, then SIGCONT',
  stopped: 'SIGSTOP of a holder until another replica has its lease, then SIGCONT',
  stoppedInPurchase: 'the same during a purchase',
  cut: 'cut of the database connections of a replica',
  restarted: 'restart of PostgreSQL (pg_ctl restart -m immediate)',
  ended: 'SIGTERM of a holder',
} as const;

export type Fault = keyof typeof FAULTS;

/** What a fault showed. */
export interface FaultResult {
  readonly fault: Fault;
  /** How long the node had no holder; null if the fault does not end a lease. */
  readonly takeOverMs: number | null;
}

export async function inject(fault: Fault, world: ReplicaWorld): Promise<FaultResult> {
  const { random, replicas, server } = world;
  switch (fault) {
    case 'killed':
      await killAndStart(pick(replicas, world), world);
      return { fault, takeOverMs: null };
    case 'holderKilled':
    case 'ended': {
      const held = await holderOf(world);
      const signal = fault === 'ended' ? 'SIGTERM' : 'SIGKILL';
      const [takeOverMs] = await Promise.all([
        takenOver(held, world),
        killAndStart(held.replica, world, signal),
      ]);
      return { fault, takeOverMs };
    }
    case 'killedInPurchase': {
      const { replica, node } = await holderOf(world);
      await inPurchase(node, world);
      await killAndStart(replica, world);
      return { fault, takeOverMs: null };
    }
    case 'paused': {
      const { replica } = await holderOf(world);
      replica.stop();
      await delay(random.below(MAX_PAUSE_MS));
      replica.continue();
      return { fault, takeOverMs: null };
    }
    case 'stopped':
    case 'stoppedInPurchase': {
      const held = await holderOf(world);
      if (fault === 'stoppedInPurchase') await inPurchase(held.node, world);
      held.replica.stop();
      const takeOverMs = await takenOver(held, world);
      held.replica.continue();
      return { fault, takeOverMs };
    }
    case 'cut':
      pick(replicas, world).proxy.cut(random.below(2) === 0 ? 0 : random.below(MAX_REFUSED_MS));
      await delay(random.below(1_000));
      return { fault, takeOverMs: null };
    case 'restarted':
      await server.restart();
      return { fault, takeOverMs: null };
    default:
      return unreachable(fault);
  }
}

/** Below the 15 seconds of a lease. */
const MAX_PAUSE_MS = 4_000;
const MAX_REFUSED_MS = 3_000;
const MAX_DOWN_MS = 1_500;
const TAKE_OVER_TIMEOUT_MS = 40_000;
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

/** Resolves when another replica has the lease. */
async function takenOver({ node, replica: { pid } }: Held, { databaseUrl }: ReplicaWorld): Promise<number> {
  const startedMs = performance.now();
  for (; performance.now() < startedMs + TAKE_OVER_TIMEOUT_MS; await delay(100)) {
    const holder = (await readHolders(databaseUrl)).get(node.name);
    if (holder !== undefined && holder !== pid) break;
  }
  return performance.now() - startedMs;
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
