import { expect, test } from 'vitest';
import { paceLevels, SubscriptionLimit } from '../../src/graphql/paced-levels.ts';
import { WorkQueue } from '../../src/work-queue.ts';
import { stocked } from '../virtual/stocked.ts';

test('a limited number of subscriptions is open at a time; one that ends makes room for another', async () => {
  await using world = await stocked({ 17: 1 });
  const watch = paceLevels(world.run.engine.pool, new WorkQueue(), new SubscriptionLimit(() => {}, 2));
  const [first, second] = [watch(), watch()];
  expect(await first.next()).toMatchObject({ value: { totalAvailable: 1 } });
  expect(() => watch()).toThrowError('Too many subscriptions are open. Retry later.');
  await second.return?.();
  await second.return?.();
  const third = watch();
  expect(await third.next()).toMatchObject({ value: { totalAvailable: 1 } });
  expect(() => watch()).toThrowError('Too many');
  await Promise.all([first.return?.(), third.return?.()]);
});
