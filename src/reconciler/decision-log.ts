import { type Action, describeAction } from '../domain/action.ts';
import type { Spending } from '../domain/turn.ts';
import type { Plur } from '../domain/units.ts';
import { describeSpending } from './plan.ts';

/** The same decisions, still made, are logged again after this time. */
const LOG_AGAIN_MS = 3_600_000;

/** One log line per decision. Deciding the same again is not logged before an hour has passed. */
export class DecisionLog {
  readonly #log: (fields: Record<string, unknown>, message: string) => void;
  #lastShape = '';
  #loggedMs = 0;
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
    const shape = actions
      .map((action) => (action.do === 'hold' ? `${action.code} ${action.depth}` : describeAction(action)))
      .join();
    if (shape === this.#lastShape && nowMs - this.#loggedMs < LOG_AGAIN_MS) return;
    this.#lastShape = shape;
    this.#loggedMs = nowMs;
    for (const action of actions) this.#log({}, describeAction(action));
  }
}

/** By default the limit follows the price: it is logged again when it is a tenth more or less. */
function hasMoved(limit: Plur, logged: Plur | null): boolean {
  if (logged === null) return true;
  const difference = limit > logged ? limit - logged : logged - limit;
  return difference * 10n > logged;
}
