/** Whether requests should be sent to this process, and what that depends on. */
export interface Readiness {
  readonly ready: boolean;
  readonly checks: readonly ReadinessCheck[];
}

interface ReadinessCheck {
  readonly name: 'stopping' | 'store' | 'runs' | 'observation';
  readonly ok: boolean;
  /** Without details of a failure: the route that shows it needs no token. */
  readonly why: string;
}

/** What a decision about readiness rests on. */
export interface ReadinessFacts {
  readonly stopping: boolean;
  /** A row was written within the last five seconds. */
  readonly writable: boolean;
  readonly enabled: boolean;
  /** How many stamps can be acquired now. */
  readonly available: number;
  /** An observation of some node since the start was complete, and of the node that owns the stock. */
  readonly observed: boolean;
  /** The last observation of each node was not complete. */
  readonly beeAway: boolean;
  /** Since the last run ended; before the first one, since the start. */
  readonly sinceRunMs: number;
  readonly runIntervalSeconds: number;
}

/** All checks, also when one fails. Pure. */
export function readinessOf(facts: ReadinessFacts): Readiness {
  const checks: readonly ReadinessCheck[] = [
    facts.stopping
      ? { name: 'stopping', ok: false, why: 'The process is stopping.' }
      : { name: 'stopping', ok: true, why: 'The process is not stopping.' },
    facts.writable
      ? { name: 'store', ok: true, why: 'The database is open, migrated and accepts writes.' }
      : { name: 'store', ok: false, why: 'The database accepts no writes. The log has the cause.' },
    checkRuns(facts),
    checkObservation(facts),
  ];
  return { ready: checks.every(({ ok }) => ok), checks };
}

function checkRuns({ enabled, beeAway, sinceRunMs, runIntervalSeconds }: ReadinessFacts): ReadinessCheck {
  const name = 'runs';
  if (!enabled) return { name, ok: true, why: DISABLED };
  const maxMs = Math.max(MAX_MISSED_RUNS * runIntervalSeconds * 1000, MIN_RUN_AGE_MS);
  const age = `${Math.floor(sinceRunMs / 1000)} s ago`;
  if (sinceRunMs <= maxMs) return { name, ok: true, why: `The last run, or the start, was ${age}.` };
  if (beeAway) return { name, ok: true, why: `The last run was ${age}. The Bee node cannot be read.` };
  return { name, ok: false, why: `The last run, or the start, was ${age}: more than ${maxMs / 1000} s.` };
}

function checkObservation({ enabled, available, observed }: ReadinessFacts): ReadinessCheck {
  const name = 'observation';
  if (!enabled) return { name, ok: true, why: DISABLED };
  if (observed) return { name, ok: true, why: 'The Bee node was observed completely since the start.' };
  if (available > 0)
    return { name, ok: true, why: 'Stamps are in stock. The Bee node was not observed completely yet.' };
  return {
    name,
    ok: false,
    why: 'No stamp is in stock, and the Bee node was not observed completely since the start.',
  };
}

const DISABLED = 'The pool is disabled.';
const MAX_MISSED_RUNS = 3;
const MIN_RUN_AGE_MS = 5 * 60_000;
