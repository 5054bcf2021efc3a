import { type Action, describeAction } from '../domain/action.ts';
import type { Spending } from '../domain/maintenance-run.ts';
import type { Plur } from '../domain/units.ts';
import { describeSpending } from './plan.ts';

/** The same decisions, still made, are logged again after this time. */
const LOG_AGAIN_MS = 3_600_000;

/** What tells a decision from another; the words of a hold may change with each run. */
const keyOf = (action: Action): string =>
  action.do === 'hold' ? `${action.code} ${action.depth}` : describeAction(action);

/** One log line per decision. What the run before has decided as well is not logged before an hour has passed. */
export class DecisionLog {
  readonly #log: (fields: Record<string, unknown>, message: string) => void;
  #last: ReadonlySet<string> = new Set();
  /** When all of them were logged last. */
  #loggedMs = Number.NEGATIVE_INFINITY;
  /** The daily limit in the last line about costs. */
  #loggedLimit: Plur | null = null;

  constructor(log: (fields: Record<string, unknown>, message: string) => void) {
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

/** By default the limit follows the price: it is logged again when it is a tenth more or less. */
function hasMoved(limit: Plur, logged: Plur | null): boolean {
  if (logged === null) return true;
  const difference = limit > logged ? limit - logged : logged - limit;
  return difference * 10n > logged;
}
