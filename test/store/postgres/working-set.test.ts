import { expect, test } from 'vitest';
import { WorkingSet } from '../../../src/store/postgres/working-set.ts';

test('what has changed is written in the order of the keys, so that transactions lock rows in the same order', () => {
  const set = new WorkingSet<{ readonly key: string; readonly value: number }>(({ key }) => key);
  const unchanged = { key: 'b', value: 0 };
  set.load([{ key: 'd', value: 0 }, { key: 'a', value: 0 }, unchanged]);
  for (const key of ['d', 'c', 'a', 'e']) set.set({ key, value: 1 });
  set.set(unchanged);
  expect(set.changed()).toEqual([
    { before: { key: 'a', value: 0 }, after: { key: 'a', value: 1 } },
    { before: undefined, after: { key: 'c', value: 1 } },
    { before: { key: 'd', value: 0 }, after: { key: 'd', value: 1 } },
    { before: undefined, after: { key: 'e', value: 1 } },
  ]);
});
