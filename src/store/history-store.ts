import type { Depth } from '../domain/units.ts';

/** Levels and demand over time, on disk. Its only writer is src/pool/record-history.ts, in each replica. */
export interface HistoryStore {
  /** Oldest first. */
  rows(range: HistoryRange): Promise<readonly HistoryRow[]>;
  /** The depths that have a row, smallest first. */
  depths(): Promise<readonly Depth[]>;
  /** When the newest step begins in which a level was sampled, at that time or before; null if there is none. */
  lastSampledAt(before: Date): Promise<Date | null>;
  /** Changes with each write. */
  version(): Promise<number>;
  /**
   * Adds the rows, or replaces those of the same step and depth, and deletes, for each length of step, what is not in its
   * range, and demand of long ago. Resolves to false, with nothing written, if another replica has written since `version` was read.
   */
  write(rows: readonly HistoryRow[], write: HistoryWrite): Promise<boolean>;
}

/** What happened to one depth within one step of time. */
export interface HistoryRow {
  /** How long the step is. */
  readonly stepSeconds: number;
  /** When it begins: a multiple of `stepSeconds` since 1970. */
  readonly at: Date;
  readonly depth: Depth;
  /** The lowest level; null if none was sampled. */
  readonly available: number | null;
  readonly target: number;
  /** How many requests for this depth acquired a stamp, of this depth or a larger one. */
  readonly acquired: number;
  /** How many found none. */
  readonly refused: number;
}

/** The rows of one length of step that begin from one time to another, both included. */
export interface HistoryRange {
  readonly stepSeconds: number;
  readonly from: Date;
  readonly to: Date;
}

export interface HistoryWrite {
  readonly kept: readonly HistoryRange[];
  /** Demand of earlier hours is deleted. */
  readonly demandFrom: Date;
  /** What `version` resolved to before the rows were derived from what is on disk. */
  readonly version: number;
}
