import { daysBefore } from '../domain/durations.ts';
import type { LastKnown } from '../domain/last-known.ts';
import { PACE_DAYS } from '../domain/runway.ts';
import { ttlSeconds } from '../domain/stamp.ts';
import type { Depth, NodeName, Plur } from '../domain/units.ts';
import type { Operations } from '../pool/operations.ts';
import type { Pool, PoolStatus } from '../pool/pool.ts';

/** What is read at each scrape. */
export interface Scrape {
  readonly at: Date;
  /** The database answers and accepts writes. */
  readonly storeUp: boolean;
  /** null if it cannot be read. */
  readonly status: PoolStatus | null;
  /** The shortest time to live of the stamps that can be acquired; only depths with a stamp. */
  readonly minTtlSeconds: ReadonlyMap<Depth, number>;
  /** Each node that has made a run, in the order of the settings. */
  readonly nodes: readonly ScrapedNode[];
  /** What all nodes ordered; null if it cannot be read, or before the first run. */
  readonly spentLastDay: Plur | null;
  /** Whether uploads with the canary of a node succeed; only nodes of which it is known. */
  readonly canaryOk: ReadonlyMap<NodeName, boolean>;
}

export interface ScrapedNode {
  readonly known: LastKnown;
  /** The cost of what it ordered in the days that the runway is computed from; null if it cannot be read. */
  readonly spentInPace: Plur | null;
}

export interface ScrapeSources {
  readonly pool: Pool;
  readonly operations: Operations;
}

/** The pool has reported a failure of a read as an incident: what depends on it is absent. */
export async function readScrape(
  { pool, operations }: ScrapeSources,
  { known, at }: { readonly known: readonly LastKnown[]; readonly at: Date },
): Promise<Scrape> {
  const [status, takesWrites, nodes, spentLastDay] = await Promise.all([
    pool.status().catch(() => null),
    pool.checkStore().then(
      () => true,
      () => false,
    ),
    Promise.all(
      known.map(async (one) => ({
        known: one,
        spentInPace: await operations.spentByNodeSince(one.node, daysBefore(at, PACE_DAYS)).catch(() => null),
      })),
    ),
    known.length === 0 ? null : operations.spentByPoolSince(daysBefore(at, 1)).catch(() => null),
  ]);
  const minTtlSeconds = status && (await readMinTtls(pool, status).catch(() => null));
  return {
    at,
    storeUp: takesWrites && status !== null,
    status,
    minTtlSeconds: minTtlSeconds ?? new Map(),
    nodes,
    spentLastDay,
    canaryOk: new Map(
      status?.nodes.flatMap(({ name }) => {
        const ok = pool.canary(name)?.ok ?? null;
        return ok === null ? [] : [[name, ok]];
      }),
    ),
  };
}

async function readMinTtls(pool: Pool, { reserve }: PoolStatus): Promise<ReadonlyMap<Depth, number>> {
  const minTtlSeconds = new Map<Depth, number>();
  for (const { depth, available } of reserve.depths) {
    if (available === 0) continue;
    const [soonest] = (await pool.availableStamps({ first: 1, after: null, depth })).items;
    if (soonest) minTtlSeconds.set(depth, ttlSeconds(soonest.item, pool.now()));
  }
  return minTtlSeconds;
}
