// Pure: a history as the columns of its charts, and as text.
import type { HistoryFragment } from '../generated/operations.ts';

type DepthHistory = HistoryFragment['depths'][number];
type Point = DepthHistory['points'][number];

type Column = (number | null)[];

/** The first column is when each step begins, in seconds. null: the service did not run. */
export interface ChartData {
  readonly levels: [seconds: number[], available: Column, target: Column];
  /** `requested` is acquired and refused: its bar is behind that of the acquired. */
  readonly demand: [seconds: number[], requested: Column, acquired: Column];
}

export function chartData({ points }: DepthHistory, stepSeconds: number): ChartData {
  const starts = points.map(({ at }) => Date.parse(at) / 1000);
  const last = points.at(-1);
  // Each value lasts for its step, so there is one more time than there are steps.
  const seconds = [...starts, (starts.at(-1) ?? 0) + stepSeconds];
  return {
    levels: [
      seconds,
      [...points.map(({ available }) => available), last?.available ?? null],
      [...points.map(({ target }) => target), last?.target ?? null],
    ],
    demand: [
      seconds,
      [...points.map(({ acquired, refused }) => acquired + refused), null],
      [...points.map(({ acquired }) => acquired), null],
    ],
  };
}

/** A window as a whole, or one step of it. */
export interface Caption {
  readonly level: string;
  readonly acquired: number;
  readonly refused: number;
}

export function captionOf({ points }: DepthHistory): Caption {
  const levels = points.flatMap(({ available }) => available ?? []);
  const sum = (of: (point: Point) => number): number => points.reduce((total, point) => total + of(point), 0);
  return {
    level: levels.length > 0 ? `lowest level ${Math.min(...levels)}` : 'no level was recorded',
    acquired: sum(({ acquired }) => acquired),
    refused: sum(({ refused }) => refused),
  };
}

export const captionOfStep = ({ available, target, acquired, refused }: Point): Caption => ({
  level: available === null ? 'the service did not run' : `${available} of ${target ?? 0} available`,
  acquired,
  refused,
});

export const captionText = ({ level, acquired, refused }: Caption): string =>
  `${level}, ${acquired} acquired, ${refused} refused`;
