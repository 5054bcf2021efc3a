import { expect, it } from 'vitest';
import { depth } from '../../src/domain/units.ts';
import type { Store } from '../../src/store/store.ts';
import { withMembers } from '../store/with-members.ts';
import { World } from '../virtual/world.ts';

const policy = { targets: new Map([[depth(17), 1]]), runIntervalSeconds: 60 };

/** A store in which every pass over the stamps of the node takes this long, until `isSlow` is false. */
function slowToSettle(world: World, tookMs: number) {
  const slow = { isSlow: true };
  const around = (store: Store): Store =>
    withMembers(store, {
      liveStamps: async (...given) => {
        if (slow.isSlow) await world.clock.sleep(tookMs);
        return await store.liveStamps(...given);
      },
    });
  return { slow, around };
}

it('buys with a database that is slow for ever: each run takes more than a minute to settle', async () => {
  await using world = new World({ policy });
  await world.start(slowToSettle(world, 70_000));
  await world.full();
  const { items } = await world.run.engine.operations.orders({ first: 10, after: null, states: null });
  expect(items.map(({ item }) => item.state)).toEqual(['confirmed']);
  expect(world.incidents).toEqual([]);
});

it('decides nothing on an observation that is more than two minutes old, and reports it', async () => {
  await using world = new World({ policy });
  const { slow, around } = slowToSettle(world, 120_001);
  await world.start({ around });
  await world.passBlocks(200);
  const status = await world.run.engine.pool.status();
  expect(status.lastRuns).toMatchObject([
    {
      actions: [{ do: 'hold', code: 'OBSERVATION_OLD' }],
      node: { reachable: true, fresh: false, staleReason: '120.0 s passed since the node was observed' },
    },
  ]);
  expect(status.errors.map(({ code }) => code)).toEqual(['OBSERVATION_OLD']);
  expect(await world.run.engine.operations.orders({ first: 10, after: null, states: null })).toMatchObject({
    items: [], // nothing was planned, so nothing was abandoned
  });
  slow.isSlow = false;
  await world.full();
});
