import type { DepthLevel } from '../domain/reserve.ts';
import type { Depth } from '../domain/units.ts';
import type { HistoryRow, HistoryStore } from '../store/history-store.ts';
import { startOf } from './history-rows.ts';

/** The steps of a history, the one in progress included. */
export const HISTORY_WINDOWS = {
  hour: { stepSeconds: 60, steps: 60 },
  day: { stepSeconds: 15 * 60, steps: 96 },
  week: { stepSeconds: 3600, steps: 168 },
} as const;

export type HistoryWindow = keyof typeof HISTORY_WINDOWS;

/** Levels and demand over time. */
export interface History {
  /** The start of the first step. */
  readonly from: Date;
  /** The time of the request, in the last step. */
  readonly to: Date;
  readonly stepSeconds: number;
  /** Those with a target now or with rows, smallest first. */
  readonly depths: readonly DepthHistory[];
}

export interface DepthHistory {
  readonly depth: Depth;
  /** One per step, oldest first. */
  readonly points: readonly HistoryPoint[];
}

export interface HistoryPoint extends Pick<HistoryRow, 'at' | 'available' | 'acquired' | 'refused'> {
  /** null like `available`, if the service did not run. */
  readonly target: number | null;
}

interface HistoryInput {
  readonly window: HistoryWindow;
  readonly at: Date;
  readonly levels: readonly Pick<DepthLevel, 'depth' | 'available' | 'target'>[];
}

/** Reads a history up to now. In the last step, the present level counts as a sample. */
export async function readHistory(
  store: HistoryStore,
  { window, at, levels }: HistoryInput,
): Promise<History> {
  const { stepSeconds, steps } = HISTORY_WINDOWS[window];
  const last = startOf(stepSeconds, at);
  const times = Array.from(
    { length: steps },
    (_, index) => new Date(last.getTime() - (steps - 1 - index) * stepSeconds * 1000),
  );
  const from = times[0] ?? last;
  const rows = await store.rows({ stepSeconds, from, to: last });
  const stepsThatRan = new Set(rows.flatMap((row) => (row.available === null ? [] : row.at.getTime())));
  const targets = levels.filter(({ target }) => target > 0);
  const depths = [...new Set([...targets, ...rows].map(({ depth }) => depth))].toSorted((a, b) => a - b);
  return {
    from,
    to: at,
    stepSeconds,
    depths: depths.map((depth) => {
      const rowOf = new Map(rows.filter((row) => row.depth === depth).map((row) => [row.at.getTime(), row]));
      const level = levels.find((ofDepth) => ofDepth.depth === depth) ?? { available: 0, target: 0 };
      const points = times.map((time) => {
        const point = pointOf(time, rowOf.get(time.getTime()), stepsThatRan.has(time.getTime()));
        return time.getTime() === last.getTime() ? withLevel(point, level) : point;
      });
      return { depth, points };
    }),
  };
}

/** A depth without a row in a step of which there are other rows had no target and no stock. */
const pointOf = (at: Date, row: HistoryRow | undefined, ran: boolean): HistoryPoint => ({
  at,
  available: ran ? (row?.available ?? 0) : null,
  target: ran ? (row?.target ?? 0) : null,
  acquired: row?.acquired ?? 0,
  refused: row?.refused ?? 0,
});

const withLevel = (
  point: HistoryPoint,
  { available, target }: Pick<DepthLevel, 'available' | 'target'>,
): HistoryPoint => ({
  ...point,
  available: Math.min(point.available ?? available, available),
  target,
});
