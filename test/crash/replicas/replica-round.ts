import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { check, type Finding } from '../check.ts';
import { incidentsIn } from '../incidents.ts';
import { TARGETS } from '../service-process.ts';
import { type Fault, type FaultResult, inject } from './faults.ts';
import { readAvailable, readPostgresTables } from './postgres-tables.ts';
import { createReplicaWorld, type ReplicaWorld } from './replica-world.ts';

/** The result of the faults of one database. */
export interface ReplicaRound {
  readonly faults: readonly FaultResult[];
  readonly requests: number;
  readonly retries: number;
  readonly lost: number;
  readonly acquisitions: number;
  readonly purchases: number;
  readonly reconnections: number;
  readonly findings: readonly Finding[];
}

/** Injects the faults in order under load, waits until the reserve is full, and checks all records. */
export async function runReplicaRound(options: {
  readonly faults: readonly Fault[];
  readonly server: ReplicaWorld['server'];
  readonly directory: string;
  readonly seed: number;
  readonly replicas: number;
}): Promise<ReplicaRound> {
  await using world = await createReplicaWorld(options);
  const { clients, followers, nodes, replicas, random, databaseUrl } = world;
  await Promise.all(replicas.map((replica) => replica.start()));
  clients.start(CLIENTS);
  const faults: FaultResult[] = [];
  for (const fault of options.faults) {
    for (const node of nodes) node.stock(random.below(MAX_STOCKED));
    await delay(random.below(MAX_QUIET_MS));
    clients.burst(random.below(MAX_BURST));
    faults.push(await inject(fault, world));
  }
  const settling = await settle(world);
  const tables = await readPostgresTables(databaseUrl);
  const paid = nodes.flatMap(({ simulator }) =>
    simulator.chain.ledger.filter(({ payer }) => payer === simulator.wallet),
  );
  const { records, retries } = clients;
  const incidents = replicas.flatMap(({ output }) => incidentsIn(output));
  const findings = check({
    records,
    paid,
    tables,
    targets: TARGETS,
    incidents: incidents.filter(({ code }) => code !== 'STORE_FAILED'), // the database is away now and then
  });
  return {
    faults,
    requests: records.length,
    retries,
    lost: records.flatMap(({ outcomes }) => outcomes).filter(({ is }) => is === 'lost').length,
    acquisitions: tables.acquisitions.length,
    purchases: paid.length,
    reconnections: followers.reduce((sum, follower) => sum + follower.connections() - 1, 0),
    findings: [...findings, ...lateTakeOvers(faults), ...settling],
  };
}

const CLIENTS = 6;
const MAX_STOCKED = 6;
const MAX_BURST = 12;
const MAX_QUIET_MS = 1_000;
const MAX_TAKE_OVER_MS = 30_000;
const SETTLE_TIMEOUT_MS = 90_000;
const FINAL_STOCK = 12;

const lateTakeOvers = (faults: readonly FaultResult[]): readonly Finding[] =>
  faults.flatMap(({ fault, takeOver }) =>
    takeOver !== null && Math.max(takeOver.leaseMs, takeOver.purchaseMs) > MAX_TAKE_OVER_MS
      ? {
          rule: 'other faults',
          message: `${fault}: another replica had the lease after ${takeOver.leaseMs} ms, and sent a purchase after ${takeOver.purchaseMs} ms`,
        }
      : [],
  );

/** Stops new requests: every key gets its response, the reserve fills, each subscriber has its true levels, and SIGTERM ends the replicas. */
async function settle(world: ReplicaWorld): Promise<readonly Finding[]> {
  const { clients, followers, nodes, replicas, databaseUrl } = world;
  const fault = (message: string): Finding => ({ rule: 'other faults', message });
  const findings: Finding[] = [];
  await clients.stop();
  for (const node of nodes) node.stock(FINAL_STOCK);
  const isFull = (levels: ReadonlyMap<number, number>): boolean =>
    [...TARGETS].every(([depth, target]) => (levels.get(depth) ?? 0) >= target);
  const isSettled = async (): Promise<boolean> => {
    const { orders } = await readPostgresTables(databaseUrl);
    const isOpen = orders.some(({ state }) => ['planned', 'sent', 'unknown'].includes(state));
    return !isOpen && isFull(await readAvailable(databaseUrl));
  };
  if (!(await within(SETTLE_TIMEOUT_MS, isSettled))) findings.push(fault('the reserve was not full in time'));
  const isTrue = async (): Promise<boolean> => {
    const truth = await readAvailable(databaseUrl);
    return followers.every(({ available }) => isDeepStrictEqual(positive(available()), truth));
  };
  if (!(await within(LEVELS_TIMEOUT_MS, isTrue)))
    findings.push(fault(`a subscriber ended with other levels: ${JSON.stringify(await comparison(world))}`));
  for (const replica of replicas) {
    const how = await replica.end('SIGTERM');
    if (how !== 0) findings.push(fault(`SIGTERM ended a replica with ${how}`));
  }
  return findings;
}

const LEVELS_TIMEOUT_MS = 15_000;

const positive = (levels: ReadonlyMap<number, number>): ReadonlyMap<number, number> =>
  new Map([...levels].filter(([, count]) => count > 0));

async function comparison({ followers, databaseUrl }: ReplicaWorld): Promise<unknown> {
  const truth = Object.fromEntries(await readAvailable(databaseUrl));
  return { truth, seen: followers.map(({ available }) => Object.fromEntries(available())) };
}

async function within(ms: number, isTrue: () => Promise<boolean>): Promise<boolean> {
  for (const endMs = performance.now() + ms; performance.now() < endMs; await delay(200))
    if (await isTrue()) return true;
  return await isTrue();
}
