import { DAY_MS } from './durations.ts';
import { formatBzz, type Plur } from './units.ts';

/** What may be acquired on one UTC day. */
export interface Quota {
  /** Its acquisitions are counted together: those of an owner, of an address without a token, or of all addresses. */
  readonly subject: string;
  /** null: no limit. */
  readonly stamps: number | null;
  readonly cost: Plur | null;
}

/** What a subject has acquired on one UTC day. */
export interface DailyUsage {
  readonly stamps: number;
  readonly cost: Plur;
}

export type QuotaLimit = 'stamps' | 'cost';

/** Which limit another stamp of this cost would exceed; null: none. */
export function exceededLimit(quota: Quota, used: DailyUsage, cost: Plur): QuotaLimit | null {
  if (quota.stamps !== null && used.stamps >= quota.stamps) return 'stamps';
  return quota.cost !== null && used.cost + cost > quota.cost ? 'cost' : null;
}

/** The start of the UTC day. */
export const utcDayOf = (at: Date): Date => new Date(at.getTime() - (at.getTime() % DAY_MS));

export const nextUtcDay = (at: Date): Date => new Date(utcDayOf(at).getTime() + DAY_MS);

/** "50 stamps" or "5 BZZ": the limit that was exceeded. */
export function describeLimit({ stamps, cost }: Quota, limit: QuotaLimit): string {
  if (limit === 'cost') return formatBzz(cost ?? 0n);
  return stamps === 1 ? '1 stamp' : `${stamps} stamps`;
}
