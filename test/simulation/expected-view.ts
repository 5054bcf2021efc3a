import type { Observation, Shown, WireTap } from './wire-tap.ts';

/** What the service has observed of one batch. */
interface BatchView {
  /** The synced block of the first observation since which it was not shown as usable; null while it is. */
  absentSinceBlock: number | null;
  /** The same if every observation was recorded, also those of runs that did not end. */
  absentAtMostSinceBlock: number | null;
  /** In milliseconds of the monotonic clock; null: never stated. */
  expiresAtMs: number | null;
  seenAtMs: number;
  everUsable: boolean;
  /** It showed use while it was in the pool. */
  used: boolean;
  shown: Shown | null;
}

/** Nothing is decided on a node that is further behind the chain than this. */
const MAX_LAG_BLOCKS = 20;

/**
 * What the service can know: its complete and fresh observations. An observation counts from the end of its run. Until then the
 * service may or may not have acted on it, and on all observations since the last that counts.
 */
export class ExpectedView {
  readonly #wireTap: WireTap;
  readonly #batches = new Map<string, BatchView>();
  readonly #shownInUse = new Set<string>();
  /** Every depth, amount and label that an observation showed of a batch. */
  readonly #everShown = new Map<string, Map<string, Shown>>();
  #uncounted: Observation[] = [];
  /** The synced block of the first fresh observation of this process. */
  #sinceBlock: number | null = null;
  /** The last observation that counts. */
  last: Observation | null = null;
  /** When its run ended. */
  lastAtMs = 0;

  constructor(observations: WireTap) {
    this.#wireTap = observations;
  }

  /** An observation is complete. */
  observed(): void {
    const { last } = this.#wireTap;
    if (last === null || !isFresh(last)) return;
    this.#uncounted.push(last);
    this.#sinceBlock ??= last.block;
    for (const [batchId, shown] of last.stamps) {
      if (shown.utilization > 0) this.#shownInUse.add(batchId);
      const ways = this.#everShown.get(batchId) ?? new Map<string, Shown>();
      ways.set(`${shown.depth} ${shown.amount} ${shown.label}`, shown);
      this.#everShown.set(batchId, ways);
    }
  }

  /**
   * A run has ended, so its observation is on disk. `pooled`: the live stamps of the pool. `fresh`: the run had a fresh
   * observation; when an answer came after its time-out, everything that was uncertain remains so.
   */
  runEnded(pooled: ReadonlySet<string>, { nowMs, fresh }: { nowMs: number; fresh: boolean }): void {
    this.lastAtMs = nowMs;
    const { last } = this.#wireTap;
    if (!fresh || last === null || !isFresh(last)) return;
    const uncounted = this.#uncounted;
    this.#uncounted = [];
    this.last = last;
    for (const batchId of new Set([...last.stamps.keys(), ...this.#batches.keys(), ...pooled])) {
      const seen = this.#batches.get(batchId) ?? newBatchView();
      const shown = last.stamps.get(batchId);
      if (shown?.usable) seen.absentSinceBlock = null;
      else seen.absentSinceBlock ??= last.block;
      for (const { stamps, block } of [...uncounted, last]) {
        if (stamps.get(batchId)?.usable) {
          seen.absentAtMostSinceBlock = null;
          seen.everUsable = true;
        } else seen.absentAtMostSinceBlock ??= block;
      }
      seen.shown = shown ?? null;
      if (pooled.has(batchId) && shown && shown.utilization > 0) seen.used = true;
      if (shown?.expiresAtMs != null) {
        seen.expiresAtMs = shown.expiresAtMs;
        seen.seenAtMs = last.beganMs;
      }
      this.#batches.set(batchId, seen);
    }
  }

  /** A process that starts cannot know for how long the node has not shown something. */
  started(): void {
    this.#sinceBlock = null;
  }

  /** Over how many blocks this process has observed the node. */
  get observedBlocks(): number {
    const block = this.#uncounted.at(-1)?.block ?? this.last?.block ?? 0;
    return block - (this.#sinceBlock ?? block);
  }

  /** Nothing is uncertain: no run in progress has observed the node. */
  get settled(): boolean {
    return this.#uncounted.length === 0;
  }

  of(batchId: string): Readonly<BatchView> | undefined {
    return this.#batches.get(batchId);
  }

  everUsable(batchId: string): boolean {
    return (
      this.#batches.get(batchId)?.everUsable === true ||
      this.#uncounted.some(({ stamps }) => stamps.get(batchId)?.usable === true)
    );
  }

  /** Whether any observation showed it this way, also one of a run that did not end. */
  everShown(batchId: string, so: (shown: Shown) => boolean): boolean {
    return [...(this.#everShown.get(batchId)?.values() ?? [])].some(so);
  }

  /** Whether any observation showed use, also one of a run that did not end. */
  everShownInUse(batchId: string): boolean {
    return this.#shownInUse.has(batchId);
  }

  /** The largest number of blocks, by any observation, since it was last shown as usable. */
  absentBlocks(batchId: string): number {
    const seen = this.#batches.get(batchId);
    // a run that failed has observed it, and could not record that
    const absentSince = Math.min(
      seen?.absentAtMostSinceBlock ?? Infinity,
      seen?.absentSinceBlock ?? Infinity,
    );
    const observations = [...this.#uncounted, ...(this.last ? [this.last] : [])];
    return Math.max(
      0,
      ...observations.map((observation) =>
        observation.stamps.get(batchId)?.usable
          ? 0
          : observation.block - Math.min(absentSince, observation.block),
      ),
    );
  }

  /** Every expiry that an observation which may count has shown. */
  expiries(batchId: string): readonly { readonly atMs: number; readonly seenAtMs: number }[] {
    const seen = this.#batches.get(batchId);
    const counted =
      seen && seen.expiresAtMs !== null ? [{ atMs: seen.expiresAtMs, seenAtMs: seen.seenAtMs }] : [];
    const uncounted = this.#uncounted.flatMap(({ stamps, beganMs }) => {
      const atMs = stamps.get(batchId)?.expiresAtMs ?? null;
      return atMs === null ? [] : [{ atMs, seenAtMs: beganMs }];
    });
    return [...counted, ...uncounted];
  }

  /** Whether an observation that may be the last one shows it as unused and usable. */
  mayBeUsable(batchId: string, withinAbsentBlocks: number): boolean {
    const seen = this.#batches.get(batchId);
    const observations = [...this.#uncounted, ...(this.last ? [this.last] : [])];
    return observations.some((observation) => {
      const shown = observation.stamps.get(batchId);
      if (shown?.usable) return shown.utilization === 0;
      const since = Math.max(
        seen?.absentSinceBlock ?? observation.block,
        seen?.absentAtMostSinceBlock ?? observation.block,
      );
      return (seen?.everUsable ?? false) && observation.block - since < withinAbsentBlocks;
    });
  }
}

export const isFresh = ({ tip, block }: Pick<Observation, 'tip' | 'block'>): boolean =>
  tip >= block && tip - block <= MAX_LAG_BLOCKS;

const newBatchView = (): BatchView => ({
  absentSinceBlock: null,
  absentAtMostSinceBlock: null,
  expiresAtMs: null,
  seenAtMs: 0,
  everUsable: false,
  used: false,
  shown: null,
});
