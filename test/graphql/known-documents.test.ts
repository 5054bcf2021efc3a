import { expect, test } from 'vitest';
import { compareTwins } from '../differential/compare.ts';

test('documents that are known get byte by byte the response that Yoga gives', async () => {
  const { differences, known } = await compareTwins({ seed: 1, cases: 100 });
  expect(differences).toEqual([]);
  expect(known).toBeGreaterThan(20);
});
