import type { AcquireOutcome } from '../../domain/acquisition.ts';
import { type DailyUsage, exceededLimit, nextUtcDay, type Quota, utcDayOf } from '../../domain/quota.ts';
import { type Plur, parsePlur, plur } from '../../domain/units.ts';
import type { Statements } from './statements.ts';

/** What the subjects of quotas have acquired on the UTC day of one transaction. It reads and writes one row per subject. */
export class UsageOfDay {
  readonly #statements: Statements;
  readonly #wallClock: Date;
  readonly #used = new Map<string, DailyUsage>();
  readonly #changed = new Set<string>();

  constructor(statements: Statements, wallClock: Date) {
    this.#statements = statements;
    this.#wallClock = wallClock;
  }

  /** The outcome for a request that another stamp of this cost would take beyond a quota; null if it may be given. */
  refusal(quotas: readonly Quota[], cost: Plur): AcquireOutcome | null {
    for (const quota of quotas) {
      const limit = exceededLimit(quota, this.#usedBy(quota), cost);
      if (limit !== null) return { is: 'quotaExceeded', quota, limit, resetsAt: nextUtcDay(this.#wallClock) };
    }
    return null;
  }

  /** Counts one stamp. */
  add(quotas: readonly Quota[], cost: Plur): void {
    for (const quota of quotas) {
      const used = this.#usedBy(quota);
      this.#used.set(quota.subject, { stamps: used.stamps + 1, cost: plur(used.cost + cost) });
      this.#changed.add(quota.subject);
    }
  }

  /** To be called in the transaction of what was added. */
  save(): void {
    for (const subject of this.#changed) {
      const { stamps, cost } = this.#usedBy({ subject });
      this.#statements.setUsage.run({ subject, day: this.#day, stamps, cost: cost.toString() });
    }
  }

  #usedBy({ subject }: Pick<Quota, 'subject'>): DailyUsage {
    const known = this.#used.get(subject);
    if (known) return known;
    const row = this.#statements.usageOfDay.get({ subject, day: this.#day });
    const used = { stamps: row?.stamps ?? 0, cost: parsePlur(row?.cost ?? '0') };
    this.#used.set(subject, used);
    return used;
  }

  get #day(): number {
    return utcDayOf(this.#wallClock).getTime();
  }
}
