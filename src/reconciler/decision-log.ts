import { type Action, describeAction } from '../domain/action.ts';
import { HOUR_MS } from '../domain/durations.ts';
import type { Spending } from '../domain/maintenance-run.ts';
import type { Plur } from '../domain/units.ts';
import { describeSpending } from './plan.ts';
import type { DecisionLogger } from './write-changes.ts';

/** A decision that is repeated in every run is logged again after this time. */
const LOG_AGAIN_MS = HOUR_MS;

/** Logs one line per decision. A decision that the previous run made too is logged once an hour. */
export class DecisionLog {
  readonly #log: DecisionLogger;
  #last: ReadonlySet<string> = new Set();
  /** When all decisions were logged last, in monotonic time. */
  #loggedMs = Number.NEGATIVE_INFINITY;
  #loggedLimit: Plur | null = null;

  constructor(log: DecisionLogger) {
    this.#log = log;
  }

  write(
    { actions, spending }: { readonly actions: readonly Action[]; readonly spending: Spending | null },
    nowMs: number,
  ): void {
    if (spending && hasMoved(spending.dailyLimit, this.#loggedLimit)) {
      this.#loggedLimit = spending.dailyLimit;
      this.#log({}, describeSpending(spending));
    }
    const isDue = nowMs - this.#loggedMs >= LOG_AGAIN_MS;
    const keys = actions.map(keyOf);
    for (const [index, action] of actions.entries())
      if (isDue || !this.#last.has(keys[index] ?? '')) this.#log({}, describeAction(action));
    if (isDue) this.#loggedMs = nowMs;
    this.#last = new Set(keys);
  }
}

/** The reason of a hold may change with each run, so it does not identify the hold. */
const keyOf = (action: Action): string =>
  action.do === 'hold' ? `${action.code} ${action.depth}` : describeAction(action);

/** The default limit follows the price. It is logged again when it has changed by more than a tenth. */
function hasMoved(limit: Plur, logged: Plur | null): boolean {
  if (logged === null) return true;
  const difference = limit > logged ? limit - logged : logged - limit;
  return difference * 10n > logged;
}
