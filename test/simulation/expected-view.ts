import type { Look, Looks, Shown } from './wire-tap.ts';

/** What the service was told of one batch, and when. */
interface Told {
  /** The synced block of the first look since when it was not shown usable; null while it is. */
  absentSinceBlock: number | null;
  /** The same, if every look was written down, also of a run that did not come to its end. */
  absentAtMostSinceBlock: number | null;
  /** In milliseconds of the monotonic scale; null: never told. */
  expiresAtMs: number | null;
  toldAtMs: number;
  everUsable: boolean;
  /** It showed use while it was in the pool. */
  used: boolean;
  shown: Shown | null;
}

/** Longer than this behind the chain, nothing may be decided on what a node shows. */
const MAX_LAG_BLOCKS = 20;

/**
 * What the service can know: its complete and fresh looks. One counts from the end of its run. Until then it may have
 * been acted on or not, and so may all since the last that counts.
 */
export class Knowledge {
  readonly #looks: Looks;
  readonly #told = new Map<string, Told>();
  readonly #shownInUse = new Set<string>();
  /** Every way in which a look showed a batch. */
  readonly #everShown = new Map<string, Map<string, Shown>>();
  #uncounted: Look[] = [];
  /** The last look that counts. */
  last: Look | null = null;
  /** When its run ended. */
  lastAtMs = 0;

  constructor(looks: Looks) {
    this.#looks = looks;
  }

  /** A look is complete. */
  looked(): void {
    const { last } = this.#looks;
    if (last === null || !isFresh(last)) return;
    this.#uncounted.push(last);
    for (const [batchId, shown] of last.stamps) {
      if (shown.utilization > 0) this.#shownInUse.add(batchId);
      const ways = this.#everShown.get(batchId) ?? new Map<string, Shown>();
      ways.set(`${shown.depth} ${shown.amount} ${shown.label}`, shown);
      this.#everShown.set(batchId, ways);
    }
  }

  /**
   * A run has ended: what it saw is on disk. `pooled`: the live stamps of the pool. `fresh`: it had its look in time; an
   * answer may have come when it had given up waiting. Then all that was uncertain still is.
   */
  runEnded(pooled: ReadonlySet<string>, { nowMs, fresh }: { nowMs: number; fresh: boolean }): void {
    this.lastAtMs = nowMs;
    const { last } = this.#looks;
    if (!fresh || last === null || !isFresh(last)) return;
    const uncounted = this.#uncounted;
    this.#uncounted = [];
    this.last = last;
    for (const batchId of new Set([...last.stamps.keys(), ...this.#told.keys(), ...pooled])) {
      const told = this.#told.get(batchId) ?? newlyTold();
      const shown = last.stamps.get(batchId);
      if (shown?.usable) told.absentSinceBlock = null;
      else told.absentSinceBlock ??= last.block;
      for (const { stamps, block } of [...uncounted, last]) {
        if (stamps.get(batchId)?.usable) {
          told.absentAtMostSinceBlock = null;
          told.everUsable = true;
        } else told.absentAtMostSinceBlock ??= block;
      }
      told.shown = shown ?? null;
      if (pooled.has(batchId) && shown && shown.utilization > 0) told.used = true;
      if (shown?.expiresAtMs != null) {
        told.expiresAtMs = shown.expiresAtMs;
        told.toldAtMs = last.beganMs;
      }
      this.#told.set(batchId, told);
    }
  }

  /** Nothing is uncertain: no run is under way that has looked and not ended. */
  get settled(): boolean {
    return this.#uncounted.length === 0;
  }

  of(batchId: string): Readonly<Told> | undefined {
    return this.#told.get(batchId);
  }

  everUsable(batchId: string): boolean {
    return (
      this.#told.get(batchId)?.everUsable === true ||
      this.#uncounted.some(({ stamps }) => stamps.get(batchId)?.usable === true)
    );
  }

  /** Whether any look, also of a run that did not come to its end, showed it so. */
  everShown(batchId: string, so: (shown: Shown) => boolean): boolean {
    return [...(this.#everShown.get(batchId)?.values() ?? [])].some(so);
  }

  /** By any look, also of a run that did not come to its end. */
  everShownInUse(batchId: string): boolean {
    return this.#shownInUse.has(batchId);
  }

  /** Blocks by what the service saw, since a look last showed it usable; the most that any look allows. */
  absentBlocks(batchId: string): number {
    const told = this.#told.get(batchId);
    // A run that failed has seen it, and could not write that down.
    const absentSince = Math.min(
      told?.absentAtMostSinceBlock ?? Infinity,
      told?.absentSinceBlock ?? Infinity,
    );
    const looks = [...this.#uncounted, ...(this.last ? [this.last] : [])];
    return Math.max(
      0,
      ...looks.map((look) =>
        look.stamps.get(batchId)?.usable ? 0 : look.block - Math.min(absentSince, look.block),
      ),
    );
  }

  /** Everything that any look that may count has told of when it expires. */
  expiries(batchId: string): readonly { readonly atMs: number; readonly toldAtMs: number }[] {
    const told = this.#told.get(batchId);
    const counted =
      told && told.expiresAtMs !== null ? [{ atMs: told.expiresAtMs, toldAtMs: told.toldAtMs }] : [];
    const uncounted = this.#uncounted.flatMap(({ stamps, beganMs }) => {
      const atMs = stamps.get(batchId)?.expiresAtMs ?? null;
      return atMs === null ? [] : [{ atMs, toldAtMs: beganMs }];
    });
    return [...counted, ...uncounted];
  }

  /** Whether some look that may be the last one shows it unused and usable. */
  mayBeUsable(batchId: string, withinAbsentBlocks: number): boolean {
    const told = this.#told.get(batchId);
    const looks = [...this.#uncounted, ...(this.last ? [this.last] : [])];
    return looks.some((look) => {
      const shown = look.stamps.get(batchId);
      if (shown?.usable) return shown.utilization === 0;
      const since = Math.max(
        told?.absentSinceBlock ?? look.block,
        told?.absentAtMostSinceBlock ?? look.block,
      );
      return (told?.everUsable ?? false) && look.block - since < withinAbsentBlocks;
    });
  }
}

export const isFresh = ({ tip, block }: Pick<Look, 'tip' | 'block'>): boolean =>
  tip >= block && tip - block <= MAX_LAG_BLOCKS;

const newlyTold = (): Told => ({
  absentSinceBlock: null,
  absentAtMostSinceBlock: null,
  expiresAtMs: null,
  toldAtMs: 0,
  everUsable: false,
  used: false,
  shown: null,
});
