import type { Clock } from '../clock.ts';
import type { MaintenanceRun } from '../domain/maintenance-run.ts';
import type { Policy } from '../domain/policy.ts';
import type { NodeName } from '../domain/units.ts';
import type { Levels } from '../signals/levels.ts';
import type { Runs } from '../signals/runs.ts';
import type { Pool } from './pool.ts';
import { readinessOf } from './readiness.ts';
import type { StoreCheck } from './store-check.ts';

/** Follows the runs of all nodes, whichever process makes them, and decides from them, the levels and the database whether it is ready. */
export function watchReadiness({
  enabled,
  policy,
  clock,
  runs,
  levels,
  storeCheck,
}: WatchedParts): Pool['readiness'] {
  let endedMs = clock.monotonicMs();
  let observed = false;
  const away = new Map<NodeName, boolean>();
  const ended = ({ node }: MaintenanceRun): void => {
    endedMs = clock.monotonicMs();
    const isAway = node.block === null; // an incomplete observation shows no block, nor does one of another node
    away.set(node.name, isAway);
    observed ||= !isAway;
  };
  runs.onRun(ended);
  runs.onRunElsewhere(ended);
  return async ({ stopping }) =>
    readinessOf({
      stopping,
      writable: await storeCheck.run().then(
        () => true,
        () => false, // the pool has reported the failure as an incident
      ),
      enabled,
      available: levels.current.totalAvailable,
      observed,
      beeAway: away.size > 0 && [...away.values()].every(Boolean),
      sinceRunMs: clock.monotonicMs() - endedMs,
      runIntervalSeconds: policy.runIntervalSeconds,
    });
}

interface WatchedParts {
  readonly enabled: boolean;
  readonly policy: Pick<Policy, 'runIntervalSeconds'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly runs: Pick<Runs, 'onRun' | 'onRunElsewhere'>;
  readonly levels: Pick<Levels, 'current'>;
  readonly storeCheck: StoreCheck;
}
