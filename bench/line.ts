import { median } from './measure.ts';

/** One measured figure. */
export interface Line {
  /** The goal that it belongs to, such as "P1a"; a figure without a goal has a name of its own. */
  readonly id: string;
  readonly title: string;
  /** What the value is, such as "of bare" or "ms". */
  readonly unit: string;
  /** One per round. Their median counts. */
  readonly values: readonly number[];
  readonly goal: Goal | null;
  /** Absolute figures behind the ratio. They depend on the machine. */
  readonly details: Readonly<Record<string, number>>;
}

type Goal = { readonly atLeast: number } | { readonly atMost: number };

export const line = (
  id: string,
  title: string,
  figures: Pick<Line, 'unit' | 'values'> & Partial<Pick<Line, 'goal' | 'details'>>,
): Line => ({ id, title, goal: null, details: {}, ...figures });

/** "P1a REST acquire, 100 connections: 0.61 of bare [0.57-0.64], goal 0.55: met". */
export function printed({ id, title, unit, values, goal, details }: Line): string {
  const range = values.length > 1 ? ` [${short(Math.min(...values))}-${short(Math.max(...values))}]` : '';
  const verdict = goal === null ? '' : `, goal ${goalText(goal)}: ${isMet(goal, values) ? 'met' : 'MISSED'}`;
  const figures = Object.entries(details).map(([name, value]) => `${name} ${short(value)}`);
  const behind = figures.length > 0 ? `  (${figures.join(', ')})` : '';
  return `${id} ${title}: ${short(median(values))} ${unit}${range}${verdict}${behind}`;
}

export const isMet = (goal: Goal, values: readonly number[]): boolean =>
  'atLeast' in goal ? median(values) >= goal.atLeast : median(values) <= goal.atMost;

export const goalText = (goal: Goal): string =>
  'atLeast' in goal ? short(goal.atLeast) : `at most ${short(goal.atMost)}`;

/** Three significant digits, in whole numbers from 100. */
export const short = (value: number): string =>
  Math.abs(value) >= 100 ? Math.round(value).toString() : Number(value.toPrecision(3)).toString();
