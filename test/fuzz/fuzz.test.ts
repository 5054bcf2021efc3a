import { expect, test } from 'vitest';
import { fuzz } from './fuzz.ts';
import { reportOf } from './report.ts';
import { KINDS } from './schedule.ts';

test.each([['open'], ['tokens']] as const)(
  '500 requests of every kind find no crash, no internal error and no stamp given without a right: %s',
  async (mode) => {
    const run = { mode, seed: 1 };
    const result = await fuzz({ ...run, requests: 500, warmUp: 0 });
    expect(result.findings.length === 0 ? '' : reportOf(result, run)).toBe('');
    expect([...result.kinds.keys()].toSorted()).toEqual(KINDS.toSorted());
    expect(result.acquisitions).toBeGreaterThan(5);
  },
);
