import { expect, test } from 'vitest';
import { progressLine } from '../../src/demo/progress.ts';
import { aRun } from '../rest/a-run.ts';

const targets = { '17': 2, '20': 1 };

test('the progress names what the pool waits for until the reserve is full', () => {
  const filling = { reserve_config: targets, current_levels: { '17': 1 } };
  expect(progressLine(filling, aRun())).toBe(
    'block 100 · depth 17: 1 of 2, depth 20: 0 of 1 · waiting for a purchase to be mined and its stamp to become usable',
  );
  const full = { reserve_config: targets, current_levels: { '17': 2, '20': 1 } };
  expect(progressLine(full, aRun())).toBe('block 100 · depth 17: 2 of 2, depth 20: 1 of 1');
});
