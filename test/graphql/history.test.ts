import { expect, it } from 'vitest';
import { z } from 'zod';
import { depth, plur } from '../../src/domain/units.ts';
import { recordSample } from '../../src/pool/record-history.ts';
import { aCaller } from '../builders.ts';
import { stockOf } from '../stock-of.ts';
import { stocked } from '../virtual/stocked.ts';
import { World } from '../virtual/world.ts';
import { served } from './served.ts';

const HISTORY = `query ($window: HistoryWindow!) {
  history(window: $window) { from to stepSeconds depths { depth sizeName points { at available target acquired refused } } }
}`;

const answerSchema = z.object({
  history: z.object({
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    stepSeconds: z.int(),
    depths: z.array(
      z.object({
        depth: z.int(),
        sizeName: z.string(),
        points: z.array(
          z.object({
            at: z.iso.datetime(),
            available: z.int().nullable(),
            target: z.int().nullable(),
            acquired: z.int(),
            refused: z.int(),
          }),
        ),
      }),
    ),
  }),
});

it('shows levels, acquisitions and refusals of the last hour, day and week', async () => {
  await using world = await stocked({ 17: 2 }, { policy: { maxSpendPerDay: plur(0n) } });
  const { store, engine } = world.run;
  const sample = () => recordSample({ store, levels: engine.levels, clock: world.clock });
  await sample();
  const minute = world.clock.now().toISOString().slice(0, 16);
  for (const size of ['small', 'large'] as const) await engine.pool.acquire({ size }, aCaller('a'));
  await world.passBlocks(24); // two minutes, in which the service takes no sample
  await sample();
  await using graphql = await served(engine);
  const { history } = answerSchema.parse(await graphql.data(HISTORY, { window: 'HOUR' }));
  expect(history.stepSeconds).toBe(60);
  expect(history.depths.map(({ depth: of, sizeName, points }) => [of, sizeName, points.length])).toEqual([
    [17, 'small', 60],
    [22, 'large', 60],
  ]);
  expect(history.from).toBe(history.depths[0]?.points[0]?.at);
  const small = history.depths[0]?.points.filter((point) => point.at >= minute) ?? [];
  expect(
    small.map(({ available, target, acquired, refused }) => [available, target, acquired, refused]),
  ).toEqual([
    [2, 2, 1, 0],
    [null, null, 0, 0],
    [1, 2, 0, 0],
  ]);
  const large = history.depths[1]?.points.find((point) => point.at >= minute);
  expect(large).toMatchObject({ available: 0, target: 0, acquired: 0, refused: 1 });
  for (const [window, stepSeconds, steps] of [
    ['DAY', 900, 96],
    ['WEEK', 3600, 168],
  ] as const) {
    const longer = answerSchema.parse(await graphql.data(HISTORY, { window })).history;
    const points = longer.depths[0]?.points ?? [];
    expect([longer.stepSeconds, points.length]).toEqual([stepSeconds, steps]);
    expect(points.at(-1)).toMatchObject({ available: 1, target: 2, acquired: 1 });
  }
  const four = 'abcd'.replace(/./g, ' $&: history(window: WEEK) { to }');
  expect((await graphql.ask(`{${four} }`)).body.errors).toMatchObject([
    { extensions: { code: 'QUERY_TOO_LARGE' } },
  ]);
});

it('says when the next stamp on order is expected, and null if none is', async () => {
  await using world = new World({ policy: { targets: new Map([[depth(17), 1]]) } });
  await world.start();
  await using graphql = await served(world.run.engine);
  const expected = async () =>
    await graphql.data('{ poolStatus { depths { depth onOrder available expectedAt } } }');
  await world.until('a purchase is sent', async () => (await stockOf(world.run.store)).openOrders.length > 0);
  const planned = (await stockOf(world.run.store)).openOrders[0]?.plannedAt.getTime() ?? 0;
  expect(await expected()).toEqual({
    poolStatus: {
      depths: [
        { depth: 17, onOrder: 1, available: 0, expectedAt: new Date(planned + 180_000).toISOString() },
      ],
    },
  });
  await world.full();
  expect(await expected()).toEqual({
    poolStatus: { depths: [{ depth: 17, onOrder: 0, available: 1, expectedAt: null }] },
  });
});
