import { describe, expect, it } from 'vitest';
import type { Send } from '../../src/bee/transport.ts';
import type { Clock } from '../../src/clock.ts';
import { HOUR_SECONDS } from '../../src/domain/durations.ts';
import { depth } from '../../src/domain/units.ts';
import { aTopUp, batchId, orderId } from '../builders.ts';
import { stocked } from '../virtual/stocked.ts';
import { World } from '../virtual/world.ts';

/** A network between the pool and its node. 60 reads of 500 ms, one after the other, take longer than an observation may. */
class Network {
  clock: Clock | null = null;

  readonly through =
    (send: Send): Send =>
    async (request) => {
      if (request.method === 'GET') await this.clock?.sleep(500);
      return await send(request);
    };
}

const nodeOf = async (world: World) => (await world.run.engine.pool.status()).lastRun?.node;

describe('a node at some distance is observed in time', () => {
  it('however many stamps are due for a top-up', async () => {
    const network = new Network();
    await using world = await stocked({ 17: 60 }, network);
    network.clock = world.clock;
    await world.stop();
    world.set({ minTtlSeconds: 200 * HOUR_SECONDS });
    await world.start();
    await world.passBlocks(300);
    expect(await nodeOf(world)).toMatchObject({ fresh: true, staleReason: null });
  });

  it('however many top-ups were ever abandoned', async () => {
    const network = new Network();
    await using world = new World({
      policy: { targets: new Map([[depth(17), 1]]) },
      through: network.through,
    });
    network.clock = world.clock;
    {
      await using store = await world.openStore();
      for (let n = 1; n <= 60; n += 1)
        await store.write(
          [
            { change: 'orderPlanned', order: aTopUp({ n, of: batchId(n) }) },
            { change: 'orderSent', id: orderId(n) },
            { change: 'orderNotSent', id: orderId(n), cause: 'it took too long to write it' },
          ],
          world.clock.now(),
        );
    }
    await world.start();
    await world.passBlocks(100);
    expect(await nodeOf(world)).toMatchObject({ fresh: true, staleReason: null });
  });
});
