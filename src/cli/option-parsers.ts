import { SCOPES, type Scope } from '../domain/caller.ts';
import { DAY_MS, HOUR_MS } from '../domain/durations.ts';
import { bzzToPlur, type Plur } from '../domain/units.ts';

const UNIT_MS = { s: 1000, m: 60_000, h: HOUR_MS, d: DAY_MS } as const;
/** A hundred years: within the range of Date. */
const MAX_DURATION_MS = 36_525 * UNIT_MS.d;
const MAX_DAILY_STAMPS = 1_000_000_000;
const MAX_REQUESTS_PER_SECOND = 1_000_000;
/** Of the items of a list. */
export const MAX_LIMIT = 10_000;

/** "30d" in milliseconds. @throws RangeError */
export function parseDuration(text: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,10})([smhd])$/.exec(text) ?? [];
  const ms = Number(digits) * (Object.entries(UNIT_MS).find(([name]) => name === unit)?.[1] ?? 0);
  if (ms > 0 && ms <= MAX_DURATION_MS) return ms;
  throw new RangeError(
    'It is not a number above 0 followed by s, m, h or d, such as 30d, or it is over 100 years.',
  );
}

/** Adds one scope to those of the options before it. @throws RangeError */
export function addScope(text: string, before: ReadonlySet<Scope> = new Set()): ReadonlySet<Scope> {
  const scope = SCOPES.find((one) => one === text);
  if (scope === undefined) throw new RangeError(`It is not one of ${SCOPES.join(', ')}.`);
  return new Set([...before, scope]);
}

/** @throws RangeError */
export const parseDailyStamps = (text: string): number => countUpTo(MAX_DAILY_STAMPS, text);
/** @throws RangeError */
export const parseRate = (text: string): number => countUpTo(MAX_REQUESTS_PER_SECOND, text);

/** @throws RangeError */
export const parseLimit = (text: string): number => countUpTo(MAX_LIMIT, text);

/** @throws RangeError */
export function parseDailyCost(text: string): Plur {
  const cost = bzzToPlur(text);
  if (cost !== undefined && cost > 0n) return cost;
  throw new RangeError('It is not an amount of BZZ above 0, such as 1.5.');
}

function countUpTo(max: number, text: string): number {
  const count = /^\d{1,12}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= max) return count;
  throw new RangeError(`It is not a whole number from 1 to ${max}.`);
}
