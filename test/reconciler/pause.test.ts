import { expect, it } from 'vitest';
import { pauseMs } from '../../src/reconciler/pause.ts';

it('is in proportion to the list, and never shorter than 200 ms', () => {
  expect([0, 4_000, 4_020, 100_000].map(pauseMs)).toEqual([200, 200, 201, 5_000]);
});
