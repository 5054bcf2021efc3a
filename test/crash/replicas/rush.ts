import { setTimeout as delay } from 'node:timers/promises';
import { type AcquireOutcome, acquire } from '../acquire.ts';
import type { Finding } from '../check.ts';
import { ADOPTED_DEPTH } from '../crash-node.ts';
import { readAvailable, readPostgresTables } from './postgres-tables.ts';
import { createReplicaWorld, type ReplicaWorld } from './replica-world.ts';

export const RUSH = { stamps: 500, requests: 2_000 } as const;

/** Sends more requests at once than there are stamps, to all replicas: each stamp is given to one of them. */
export async function rush(options: Parameters<typeof createReplicaWorld>[0]): Promise<readonly Finding[]> {
  await using world = await createReplicaWorld({ ...options, service: SERVICE });
  const { nodes, replicas, databaseUrl } = world;
  for (const { stock } of nodes) stock(RUSH.stamps / nodes.length);
  await Promise.all(replicas.map((replica) => replica.start()));
  await untilAvailable(world);
  const outcomes = await Promise.all(Array.from({ length: RUSH.requests }, (_, n) => outcomeOf(n, world)));
  const given = outcomes.flatMap((outcome) => (outcome.is === 'acquired' ? outcome.batchId : []));
  const { acquisitions } = await readPostgresTables(databaseUrl);
  const counts = [given.length, new Set(given).size, acquisitions.length];
  if (counts.every((count) => count === RUSH.stamps)) return [];
  const [answers, distinct, onDisk] = counts;
  const message = `${RUSH.requests} requests for ${RUSH.stamps} stamps: ${answers} answers of success named ${distinct} stamps, and ${onDisk} acquisitions are on disk`;
  return [{ rule: 'stamps given out twice', message }];
}

/** Nothing is bought: the nodes have the stamps. */
const SERVICE = {
  targets: new Map([[ADOPTED_DEPTH, RUSH.stamps]]),
  env: {
    STAMP_POOL_MAX_SPEND_BZZ_PER_DAY: '0',
    STAMP_POOL_MAX_CONNECTIONS_PER_ADDRESS: '10000',
    STAMP_POOL_RATE_PER_OWNER: '100000',
  },
};

const ADOPTION_TIMEOUT_MS = 120_000;

async function untilAvailable({ databaseUrl, replicas }: ReplicaWorld): Promise<void> {
  for (const endMs = performance.now() + ADOPTION_TIMEOUT_MS; performance.now() < endMs; await delay(500)) {
    if ((await readAvailable(databaseUrl)).get(ADOPTED_DEPTH) === RUSH.stamps) return;
    await fetch(`${replicas[0]?.url}/api/v1/pool/check`, { method: 'POST' }); // what is not usable yet is adopted by a later run
  }
  throw new Error('the stamps of the nodes were not adopted in time');
}

/** Retries at another replica until there is an outcome. */
async function outcomeOf(n: number, { replicas }: ReplicaWorld): Promise<AcquireOutcome> {
  const request = { depth: ADOPTED_DEPTH, key: `rush ${n}` };
  for (let tries = 0; ; tries += 1) {
    const url = replicas[(n + tries) % replicas.length]?.url ?? '';
    const outcome = await acquire(url, request, n % 2 === 0 ? 'rest' : 'graphql');
    if (outcome.is === 'acquired' || outcome.is === 'exhausted' || tries === MAX_TRIES) return outcome;
  }
}

const MAX_TRIES = 20;
