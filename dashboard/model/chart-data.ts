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

/** "lowest level 1, 12 acquired, 3 refused": the window as a whole. */
export function totalsOf({ points }: DepthHistory): string {
  const levels = points.flatMap(({ available }) => available ?? []);
  const lowest = levels.length > 0 ? `lowest level ${Math.min(...levels)}` : 'no level was recorded';
  const sum = (of: (point: Point) => number): number => points.reduce((total, point) => total + of(point), 0);
  return `${lowest}, ${sum(({ acquired }) => acquired)} acquired, ${sum(({ refused }) => refused)} refused`;
}

/** "2 of 2 available, 1 acquired, 0 refused": one step. */
export function stepText({ available, target, acquired, refused }: Point): string {
  const level = available === null ? 'the service did not run' : `${available} of ${target ?? 0} available`;
  return `${level}, ${acquired} acquired, ${refused} refused`;
}
