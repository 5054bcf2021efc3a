import { describe, expect, it } from 'vitest';
import type { AcquireResult } from '../../src/domain/acquisition.ts';
import { aCaller } from '../builders.ts';
import { foreignBatches, stocked } from '../virtual/stocked.ts';
import { World } from '../virtual/world.ts';

const batchIdsOf = (results: readonly AcquireResult[]): string[] =>
  results.flatMap((result) => (result.is === 'acquired' ? result.stamp.batchId : []));

describe('a stamp is given out at most once', () => {
  it('gives a stamp to only one of two clients that ask at the same instant', async () => {
    await using world = await stocked({ 17: 1 });
    const { pool } = world.run.engine;
    const results = await Promise.all([
      pool.acquire({ size: 'small' }, aCaller('one')),
      pool.acquire({ size: 'small' }, aCaller('two')),
    ]);
    expect(results.map(({ is }) => is).toSorted()).toEqual(['acquired', 'exhausted']);
  });

  it('gives 500 different stamps to 500 of 1,000 clients that ask at once', async () => {
    await using world = await stocked({ 17: 500 });
    const { pool } = world.run.engine;
    const results = await Promise.all(
      Array.from({ length: 1000 }, (_, client) =>
        pool.acquire({ size: 'small' }, aCaller(`client ${client}`)),
      ),
    );
    const given = batchIdsOf(results);
    expect(given).toHaveLength(500);
    expect(new Set(given).size).toBe(500);
  });

  it('never gives out one of 500 foreign batches on the node, and ends with exactly two stamps', async () => {
    await using world = new World();
    const foreign = foreignBatches(world.simulator, { 17: 250, 20: 250 });
    await world.start();
    await world.full();
    await world.passBlocks(100);
    const page = await world.run.engine.pool.availableStamps({ first: 100, after: null, depth: null });
    const ours = page.items.map(({ item }) => item.batchId);
    expect(ours).toHaveLength(2);
    expect(ours.filter((batchId) => foreign.includes(batchId))).toEqual([]);
  });
});
