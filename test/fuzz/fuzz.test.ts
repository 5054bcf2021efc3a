import { expect, test } from 'vitest';
import { fuzz } from './fuzz.ts';
import { reportOf } from './report.ts';
import { KINDS } from './schedule.ts';

test('2,000 malformed requests of every kind find no crash, no internal error and no stamp given without a right', async () => {
  const result = await fuzz({ seed: 1, requests: 2000, warmUp: 0 });
  expect(result.findings.length === 0 ? '' : reportOf(result, 1)).toBe('');
  expect([...result.kinds.keys()].toSorted()).toEqual(KINDS.toSorted());
  expect(result.acquisitions).toBeGreaterThan(50);
});
