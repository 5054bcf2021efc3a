// This folder is what pool and reconciler exchange in memory: levels, runs, incidents, and the clock for expiries.
import { Repeater } from '@repeaterjs/repeater';
import type { Policy } from '../domain/policy.ts';
import { type Reserve, reserveOf, type StockSnapshot, withTaken } from '../domain/reserve.ts';
import type { Depth } from '../domain/units.ts';

/** The reserve at a moment, as subscribers see it. */
export interface ReserveLevels extends Reserve {
  readonly at: Date;
}

export interface LevelsParts {
  readonly policy: Policy;
  /** The stock as the store counts it now. */
  readonly readSnapshot: () => Promise<StockSnapshot>;
  /** For the moment that subscribers see. */
  readonly now: () => Date;
  /**
   * Has the stock counted again, soon after a commit that does not follow on the present levels. Default: an acquisition
   * waits for that. With several processes most commits follow on one of another process.
   */
  readonly countSoon?: (commit: Pick<StockSnapshot, 'revision'>) => void;
}

/**
 * The current levels, and their only writer. Each commit of the store is passed to it, by the pool or by the reconciler,
 * in whatever order the store answers. The newest revision wins: a commit that is older than the present levels is in
 * them already. A commit that does not follow on the present levels makes it count the stock again.
 */
export class Levels {
  readonly #parts: LevelsParts;
  #revision: number;
  #value: ReserveLevels;
  #changes = 0;
  readonly #watchers = new Set<() => void>();
  readonly #listeners = new Set<() => void>();

  constructor({ revision, depths }: StockSnapshot, parts: LevelsParts) {
    this.#parts = parts;
    this.#revision = revision;
    this.#value = { ...reserveOf(depths, parts.policy), at: parts.now() };
  }

  get current(): ReserveLevels {
    return this.#value;
  }

  /** The number of the newest commit that the levels include. */
  get revision(): number {
    return this.#revision;
  }

  /** How many are watching; 0 once all have ended. */
  get watcherCount(): number {
    return this.#watchers.size;
  }

  /** After a write. Resolves when the levels include it. */
  async include({ revision }: Pick<StockSnapshot, 'revision'>): Promise<void> {
    if (revision > this.#revision) await this.recount();
  }

  replace({ revision, depths }: StockSnapshot): void {
    if (revision < this.#revision) return;
    this.#revision = revision;
    this.#publish(reserveOf(depths, this.#parts.policy));
  }

  /** After a commit in which one stamp of each of these depths was acquired. Resolves when the levels include it. */
  async take(revision: number, depths: readonly Depth[]): Promise<void> {
    if (revision <= this.#revision) return;
    const isNext = revision === this.#revision + 1;
    const { countSoon, policy } = this.#parts;
    if (!isNext && countSoon === undefined) return await this.recount();
    if (isNext) this.#revision = revision;
    this.#publish(withTaken(this.#value, depths, policy.lowReserveThreshold));
    if (!isNext) countSoon?.({ revision });
  }

  /** Counts the stock again: a commit is missing, or time has passed and shortened the times to live. */
  async recount(): Promise<void> {
    const included = this.#revision;
    const snapshot = await this.#parts.readSnapshot();
    // a reading includes what was committed before it, unless the database is an older one since
    if (snapshot.revision < included) this.#revision = snapshot.revision;
    this.replace(snapshot);
  }

  /** The current levels at once, then those after a change; a slow reader gets the newest only. */
  watch(): AsyncIterableIterator<ReserveLevels> {
    return new Repeater<ReserveLevels>(async (push, stop) => {
      let wake = (): void => {};
      const watcher = (): void => wake();
      this.#watchers.add(watcher);
      void stop.finally(() => {
        this.#watchers.delete(watcher);
        wake();
      });
      for (let seen = -1; this.#watchers.has(watcher); )
        if (seen === this.#changes) await new Promise<void>((resolve) => (wake = resolve));
        else {
          seen = this.#changes;
          await push(this.#value); // until the reader asks for the next levels
        }
    });
  }

  /** Calls `listener` after every change. Returns a function that removes it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #publish(reserve: Reserve): void {
    const changed = JSON.stringify(this.#value.depths) !== JSON.stringify(reserve.depths);
    this.#value = { ...reserve, at: this.#parts.now() };
    if (!changed) return;
    this.#changes += 1;
    for (const wake of this.#watchers) wake();
    for (const notify of this.#listeners) notify();
  }
}
