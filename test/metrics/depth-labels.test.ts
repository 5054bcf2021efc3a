import { expect, test } from 'vitest';
import { depth } from '../../src/domain/units.ts';
import { type DepthLabel, DepthLabels } from '../../src/metrics/depth-labels.ts';

test('names the depths with a target, and 20 others as they are asked for', () => {
  const labels = new DepthLabels([17, 20, 33].map(depth));
  const started: DepthLabel[] = [];
  labels.onEach((label) => void started.push(label));
  expect(started).toEqual([
    { depth: '17', size: 'small' },
    { depth: '20', size: 'medium' },
    { depth: '33', size: 'depth-33' },
  ]);
  for (let n = 0; n < 60; n++) labels.of(depth(100 + (n % 30)));
  const others = Array.from({ length: 20 }, (_, n) => ({ depth: `${100 + n}`, size: `depth-${100 + n}` }));
  expect(started.slice(3)).toEqual([...others, { depth: 'other', size: 'other' }]);
  expect([17, 119, 120, 129].map((n) => labels.of(depth(n)).depth)).toEqual(['17', '119', 'other', 'other']);
});
