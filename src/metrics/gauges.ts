import type { Registry } from 'prom-client';
import type { LastKnown } from '../domain/last-known.ts';
import type { NodeName } from '../domain/units.ts';
import { defineGauges } from './define-gauges.ts';
import { createNodeGauges } from './node-gauges.ts';
import { createReserveGauges } from './reserve-gauges.ts';
import { readScrape, type ScrapeSources } from './scrape.ts';

export interface GaugeParts {
  /** What was last known of each node that has made a run. */
  readonly known: () => readonly LastKnown[];
  /** With several, what is measured of a node has the label `node`. */
  readonly nodes: readonly NodeName[];
  /** The wall clock. */
  readonly now: () => Date;
  readonly blockTimeSeconds: number;
  /** The longest time between two runs. */
  readonly runIntervalSeconds: number;
}

/** Returns a function that sets all gauges, to be called for each scrape. */
export function createGauges(
  registry: Registry,
  { known, nodes, now, blockTimeSeconds, runIntervalSeconds }: GaugeParts,
): (sources: ScrapeSources) => Promise<void> {
  const gauge = defineGauges(registry);
  const storeUp = gauge('stamp_pool_store_up', '1 if the database answers and accepts writes');
  gauge('stamp_pool_check_interval_seconds', 'The longest time between two runs').set(runIntervalSeconds);
  const setReserve = createReserveGauges(registry);
  const setNode = createNodeGauges(registry, { blockTimeSeconds, areSeveral: nodes.length > 1 });
  return async (sources) => {
    const scrape = await readScrape(sources, { known: known(), at: now() });
    storeUp.set(Number(scrape.storeUp));
    setReserve(scrape);
    setNode(scrape);
  };
}
