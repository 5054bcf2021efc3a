import { type Action, type Hold, lineOfAction } from '../domain/action.ts';
import { HOUR_MS } from '../domain/durations.ts';
import type { Spending } from '../domain/maintenance-run.ts';
import type { Plur } from '../domain/units.ts';
import { describeSpending } from './plan.ts';
import type { DecisionLogger } from './write-changes.ts';

/** A hold that is repeated in every run is logged again after this time. */
const LOG_AGAIN_MS = HOUR_MS;

/** Logs one line per hold, once an hour while it lasts, and what may be spent. What is done is logged where it is done. */
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
    const holds = actions.filter((action) => action.do === 'hold');
    for (const hold of holds) {
      if (!isDue && this.#last.has(keyOf(hold))) continue;
      const { fields, message } = lineOfAction(hold);
      this.#log(fields, message);
    }
    if (isDue) this.#loggedMs = nowMs;
    this.#last = new Set(holds.map(keyOf));
  }
}

/** The reason may change with each run, so it does not identify the hold. */
const keyOf = ({ code, depth }: Hold): string => `${code} ${depth}`;

/** The default limit follows the price. It is logged again when it has changed by more than a tenth. */
function hasMoved(limit: Plur, logged: Plur | null): boolean {
  if (logged === null) return true;
  const difference = limit > logged ? limit - logged : logged - limit;
  return difference * 10n > logged;
}
