import { describe, expect, it } from 'vitest';
import type { AcquireResult } from '../../src/pool/pool.ts';
import { aCaller } from '../builders.ts';
import { foreignBatches, stocked } from '../virtual/stocked.ts';
import { World } from '../virtual/world.ts';

const batchIdsOf = (results: readonly AcquireResult[]): string[] =>
  results.flatMap((result) => (result.is === 'acquired' ? result.stamp.batchId : []));

describe('a stamp is given out at most once, ever', () => {
  it('hands a stamp to one of two clients that ask in the same instant', async () => {
    await using world = await stocked({ 17: 1 });
    const { pool } = world.run.core;
    const results = await Promise.all([
      pool.acquire({ size: 'small' }, aCaller('one')),
      pool.acquire({ size: 'small' }, aCaller('two')),
    ]);
    expect(results.map(({ is }) => is).toSorted()).toEqual(['acquired', 'exhausted']);
  });

  it('hands 500 stamps to 500 of 1,000 clients that ask at once, each its own', async () => {
    await using world = await stocked({ 17: 500 });
    const { pool } = world.run.core;
    const results = await Promise.all(
      Array.from({ length: 1000 }, (_, client) =>
        pool.acquire({ size: 'small' }, aCaller(`client ${client}`)),
      ),
    );
    const given = batchIdsOf(results);
    expect(given).toHaveLength(500);
    expect(new Set(given).size).toBe(500);
  });

  it('gives none of 500 batches on the node that are not the pool’s, and ends with exactly two stamps of its own', async () => {
    await using world = new World();
    const foreign = foreignBatches(world.simulator, { 17: 250, 20: 250 });
    await world.start();
    await world.full();
    await world.passBlocks(100);
    const page = await world.run.core.pool.availableStamps({ first: 100, after: null, depth: null });
    const ours = page.items.map(({ item }) => item.batchId);
    expect(ours).toHaveLength(2);
    expect(ours.filter((batchId) => foreign.includes(batchId))).toEqual([]);
  });
});
