import type { Clock } from '../clock.ts';
import type { LeaseEvent } from '../domain/lease-event.ts';
import { messageOf } from '../domain/message-of.ts';
import type { Policy } from '../domain/policy.ts';
import type { StockSnapshot } from '../domain/reserve.ts';
import type { NodeName } from '../domain/units.ts';
import { SharedRuns } from '../replicas/shared-runs.ts';
import { CanaryChecks } from '../signals/canary-checks.ts';
import { ExpiryClock } from '../signals/expiry-clock.ts';
import { followCommits } from '../signals/follow-commits.ts';
import { followServerTime } from '../signals/follow-server-time.ts';
import { type IncidentSinks, Incidents } from '../signals/incidents.ts';
import { Levels } from '../signals/levels.ts';
import { Runs } from '../signals/runs.ts';
import { momentOf } from '../store/moment.ts';
import { type Store } from '../store/store.ts';

/** What the pool, the reconcilers and the notifications share in memory. It follows the other processes on the database. */
export interface Signals extends AsyncDisposable {
  readonly incidents: Incidents;
  readonly expiryClock: ExpiryClock;
  readonly levels: Levels;
  readonly canaryChecks: CanaryChecks;
  /** The runs that this process makes. */
  readonly runs: Runs;
  /** The runs of all nodes, whichever process makes them. */
  readonly sharedRuns: SharedRuns;
  /** This process begins or ends to make the runs of a node. */
  leaseChanged(event: LeaseEvent): void;
}

export async function startSignals(parts: SignalsParts): Promise<Signals> {
  const { nodes, store, clock, policy, sinks, replica, serverTimeEveryMs } = parts;
  const incidents = new Incidents(sinks, clock);
  const startedAt = await store.leases.serverTime();
  const expiryClock = new ExpiryClock(clock, startedAt);
  const readSnapshot = (): Promise<StockSnapshot> => store.snapshot(momentOf(policy, expiryClock.now()));
  const levels = new Levels(await readSnapshot(), {
    policy,
    readSnapshot,
    now: () => clock.now(),
    ...(store.leases.shared && { countSoon: (commit) => following.include(commit) }),
  });
  const onError = (cause: unknown): void =>
    incidents.report({ code: 'STORE_FAILED', subject: 'pool', detail: messageOf(cause), cause });
  const following = followCommits({
    watch: (listener) => store.watchCommits(listener),
    levels,
    clock,
    onError,
  });
  const runs = new Runs(nodes);
  const serverTime =
    startedAt &&
    followServerTime({
      serverTime: () => store.leases.serverTime(),
      expiryClock,
      clock,
      everyMs: serverTimeEveryMs,
      onMoved: async () => {
        runs.request(); // an observation corrects the expiries
        await levels.recount();
      },
      onError,
    });
  const canaryChecks = new CanaryChecks();
  const held = new Set<NodeName>();
  const sharedRuns = await SharedRuns.start({
    runs,
    nodes,
    holder: replica,
    holds: (node) => !store.leases.shared || held.has(node),
    replicas: store.replicas,
    levels,
    incidents,
    canaryChecks,
    clock,
  });
  return {
    incidents,
    expiryClock,
    levels,
    canaryChecks,
    runs,
    sharedRuns,
    leaseChanged: ({ is, node }) => void (is === 'taken' ? held.add(node) : held.delete(node)),
    [Symbol.asyncDispose]: async () => {
      await serverTime?.[Symbol.asyncDispose]();
      await sharedRuns[Symbol.asyncDispose]();
      await following[Symbol.asyncDispose]();
    },
  };
}

interface SignalsParts {
  readonly nodes: readonly NodeName[];
  readonly store: Store;
  readonly clock: Clock;
  readonly policy: Policy;
  /** Identifies this process to the other replicas. */
  readonly replica: string;
  readonly sinks: IncidentSinks;
  /** How often the time of the database server is read, if there is one: as often as a lease is renewed. */
  readonly serverTimeEveryMs: number;
}
