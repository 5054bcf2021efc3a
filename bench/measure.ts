import type { ClosedLoop, Measured } from './closed-loop.ts';

/** One of the things that are measured alternately, with a value per round. */
export interface Series {
  readonly measure: () => Promise<number>;
  readonly values: number[];
}

export const series = (measure: () => Promise<number>): Series => ({ measure, values: [] });

/** The requests per second of a server under this load. */
export const rateOf = (server: { load(load: ClosedLoop): Promise<Measured> }, load: ClosedLoop): Series =>
  series(async () => (await server.load(load)).perSecond);

/**
 * Measures all series in every round, after one round of warm-up, so that all of them meet the same disturbances. Only values
 * of the same round are compared.
 */
export async function alternate(all: readonly Series[], rounds: number): Promise<void> {
  for (const { measure } of all) await measure();
  for (let round = 0; round < rounds; round += 1)
    for (const { measure, values } of all) values.push(await measure());
}

/** The ratio of each round. */
export const ratios = (
  { values }: Pick<Series, 'values'>,
  floor: Pick<Series, 'values'>,
): readonly number[] => values.map((value, round) => value / (floor.values[round] ?? Number.NaN));

export const median = (values: readonly number[]): number => percentile(values, 0.5);

/** The value below which this share of all values is. */
export function percentile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).toSorted();
  return sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
}
