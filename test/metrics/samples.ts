import type { World } from '../virtual/world.ts';

/** The samples of a scrape by name and labels, as in `stamp_pool_enabled` or `stamp_pool_held{reason="budget"}`. */
export function samplesIn(text: string): ReadonlyMap<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

/** Those samples of a metered world whose name starts with one of these, without the buckets of histograms. */
export async function scrape(
  { metrics, run: { engine } }: World,
  ...names: readonly string[]
): Promise<Readonly<Record<string, number>>> {
  const samples = samplesIn(await metrics.read(engine));
  const shown = [...samples].filter(
    ([name]) => names.some((start) => name.startsWith(start)) && !name.includes('_bucket'),
  );
  return Object.fromEntries(shown);
}
