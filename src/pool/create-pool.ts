import { atMostEvery } from '../at-most-every.ts';
import type { Clock } from '../clock.ts';
import { depthNotAllowed } from '../domain/access-error.ts';
import type { AcquireEvent, AcquireOutcome, AcquireRequest, AcquireResult } from '../domain/acquisition.ts';
import type { Caller } from '../domain/caller.ts';
import type { LogLine } from '../domain/log-event.ts';
import type { Policy } from '../domain/policy.ts';
import type { RequestOrigin } from '../domain/request-origin.ts';
import type { Stamp } from '../domain/stamp.ts';
import { type Depth, type NodeName, unreachable } from '../domain/units.ts';
import type { CanaryChecks } from '../signals/canary-checks.ts';
import type { ExpiryClock } from '../signals/expiry-clock.ts';
import type { Incidents } from '../signals/incidents.ts';
import type { Levels } from '../signals/levels.ts';
import type { Runs } from '../signals/runs.ts';
import { momentOf } from '../store/moment.ts';
import { type AcquireCommit, type AcquireMoment, type Store } from '../store/store.ts';
import { type AcquireInput, acquireRequest } from './acquire-input.ts';
import { acquisitionLine } from './acquisition-line.ts';
import { createArrivals } from './arrivals.ts';
import { exhausted, isBoughtFor } from './exhausted.ts';
import { GroupCommit } from './group-commit.ts';
import { readHistory } from './history.ts';
import type { Pool, StampUse } from './pool.ts';
import { reporting } from './reporting.ts';
import { poolStatus } from './status.ts';
import { StoreCheck } from './store-check.ts';
import { watchReadiness } from './watch-readiness.ts';

export interface PoolParts {
  readonly enabled: boolean;
  /** The names of the nodes in the settings. */
  readonly nodes: readonly NodeName[];
  readonly policy: Policy;
  readonly store: Store;
  readonly clock: Clock;
  readonly runs: Pick<Runs, 'request' | 'last' | 'lastOfEach' | 'onRun' | 'onRunElsewhere'>;
  readonly levels: Levels;
  readonly incidents: Incidents;
  readonly expiryClock: ExpiryClock;
  readonly canaryChecks: Pick<CanaryChecks, 'last'>;
  /** Where clients upload with stamps of a node; empty for a node that is not in the settings any more. */
  readonly publicUrl: (node: NodeName) => string;
  readonly effectiveBytes: (depth: Depth) => number;
  /** Called with every request, after its commit. */
  readonly onAcquire: (event: AcquireEvent) => void;
  /** False: one commit per acquisition. */
  readonly groupCommit: boolean;
  /** Logs one acquisition. */
  readonly log: (fields: LogLine['fields'], message: string) => void;
}

/** The pool: serves requests from the store, and requests runs. It never calls Bee. */
export function createPool(parts: PoolParts): Pool {
  const { enabled, policy, store, clock, expiryClock, runs, levels, incidents } = parts;
  const moment = (): AcquireMoment => ({
    ...momentOf(policy, expiryClock.now()),
    wallClock: clock.now(),
    fallback: policy.fallback,
    lastResortNodes: new Set(parts.nodes.filter((node) => parts.canaryChecks.last(node)?.ok === false)),
  });
  const requestRun = atMostEvery(MIN_RUN_INTERVAL_MS, clock, () => runs.request());
  const storeCheck = new StoreCheck(
    () => reporting(parts, () => store.probe(clock.now())),
    clock,
    () => incidents.over('STORE_FAILED', 'pool'),
  );
  const group = new GroupCommit({
    commit: (requests) => storeCheck.watch(() => reporting(parts, () => store.acquire(requests, moment()))),
    afterCommit: async (committed) => {
      const { outcomes } = committed;
      await afterCommit(parts, committed);
      if (policy.immediateReplenish && outcomes.some(({ is }) => is === 'exhausted')) requestRun();
    },
    ...(!parts.groupCommit && { maxPerCommit: 1 }),
  });
  const arrivalOf = createArrivals(parts);
  return {
    enabled,
    now: () => expiryClock.now(),
    acquire: async (input: AcquireInput, caller: Caller, origin?: RequestOrigin): Promise<AcquireResult> => {
      if (!enabled) return { is: 'disabled' };
      const node = parts.nodes.find((name) => name === input.node) ?? null;
      if (node === null && typeof input.node === 'string')
        return { is: 'unknownNode', node: input.node, known: parts.nodes };
      const request = acquireRequest(input, caller, node);
      if (caller.depths?.has(request.depth) === false) throw depthNotAllowed([...caller.depths]);
      const outcome = await measured(request, group, parts);
      if (outcome.is === 'acquired') {
        const { fields, message } = acquisitionLine(outcome, origin);
        parts.log(fields, message);
      }
      return resultOf(outcome, request, parts);
    },
    status: () => reporting(parts, () => poolStatus(parts)),
    checkStore: () => storeCheck.run(),
    readiness: watchReadiness({ ...parts, storeCheck }),
    watchLevels: () => levels.watch(),
    arrivalOf: (depth) => reporting(parts, () => arrivalOf(depth)),
    history: (window) =>
      reporting(parts, () =>
        readHistory(store.history, { window, at: clock.now(), levels: levels.current.depths }),
      ),
    stamp: (batchId, caller) =>
      reporting(parts, async () => {
        const isVisible = caller.scopes.has('maintain') || (await store.ownerOf(batchId)) === caller.id;
        return isVisible ? await store.stamp(batchId, moment()) : undefined;
      }),
    myAcquisitions: (page, caller) =>
      reporting(parts, () => store.acquisitions({ ...page, caller: caller.id })),
    availableStamps: (page) => reporting(parts, () => store.availableStamps(page, moment())),
    useOf: (stamp) => useOf(stamp, parts),
    publicUrl: (node) => parts.publicUrl(node),
    canary: (node) => parts.canaryChecks.last(node),
  };
}

const useOf = (
  { node, depth }: Stamp,
  { publicUrl, effectiveBytes }: Pick<PoolParts, 'publicUrl' | 'effectiveBytes'>,
): StampUse => ({ node, publicUrl: publicUrl(node), effectiveBytes: effectiveBytes(depth) });

/** An exhausted pool requests a run, because the node may show new stock by now; at most once in this time. */
const MIN_RUN_INTERVAL_MS = 30_000;

/** Reports the request and its duration when it has ended, also if it failed. */
async function measured(
  request: AcquireRequest,
  group: GroupCommit,
  { onAcquire, policy }: Pick<PoolParts, 'onAcquire' | 'policy'>,
): Promise<AcquireOutcome> {
  const startedMs = performance.now(); // the monotonic time of Clock has a resolution of 10 ms
  let outcome: AcquireOutcome | null = null;
  try {
    outcome = await group.acquire(request);
    return outcome;
  } finally {
    const seconds = (performance.now() - startedMs) / 1000;
    onAcquire({ request, outcome, isMeetable: isBoughtFor(request, policy), seconds });
  }
}

/** After the commit: updates the levels, and requests a run if stock must be bought. */
async function afterCommit(parts: PoolParts, { revision, outcomes }: AcquireCommit): Promise<void> {
  const { policy, levels, runs } = parts;
  const taken = outcomes.flatMap((outcome) =>
    outcome.is === 'acquired' && !outcome.replayed ? outcome.acquisition.givenDepth : [],
  );
  // The stamps are acquired even if the count fails. The failure is reported, and the next commit counts again.
  await reporting(parts, () => levels.take(revision, taken)).catch(() => {});
  const short = levels.current.depths.some(
    (level) => taken.includes(level.depth) && level.available + level.onOrder < level.target,
  );
  if (short && policy.immediateReplenish) runs.request();
}

async function resultOf(
  outcome: AcquireOutcome,
  request: AcquireRequest,
  parts: PoolParts,
): Promise<AcquireResult> {
  switch (outcome.is) {
    case 'acquired':
      return outcome;
    case 'conflict':
      return { is: 'conflict', idempotencyKey: request.idempotencyKey ?? '' };
    case 'quotaExceeded': {
      const seconds = Math.ceil((outcome.resetsAt.getTime() - parts.clock.now().getTime()) / 1000);
      return { ...outcome, retryAfterSeconds: Math.max(1, seconds) };
    }
    case 'exhausted':
      return await reporting(parts, () => exhausted(request, parts));
    default:
      return unreachable(outcome);
  }
}
