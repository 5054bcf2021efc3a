import { type Condition, conditionKey } from '../domain/condition.ts';

/** What the first run of the process found is an event only if it lasts this long: the reserve may just be filling. */
export const FIRST_RUN_HOLD_MS = 10 * 60_000;

/** States that the first run found, by the key of their condition. */
export type HeldBack = ReadonlyMap<string, string>;

/** Of the states that were not reported yet: those to report now, and those that are still held back. Pure. */
export function holdBack(found: HeldBack, unreported: readonly Condition[]): Held {
  const isHeld = (condition: Condition): boolean => found.get(conditionKey(condition)) === condition.state;
  return {
    due: unreported.filter((condition) => !isHeld(condition)),
    held: statesOf(unreported.filter(isHeld)), // one that has changed back is held no longer
  };
}

interface Held {
  readonly due: readonly Condition[];
  readonly held: HeldBack;
}

export const statesOf = (conditions: readonly Condition[]): HeldBack =>
  new Map(conditions.map((condition) => [conditionKey(condition), condition.state]));

/** A purchase that has failed is not held back: that does not pass. */
export const heldAtFirst = (found: readonly Condition[]): HeldBack =>
  statesOf(found.filter(({ event }) => event?.type !== 'purchase.failed'));
