import { expect, test } from 'vitest';
import { crashTest } from './crash-test.ts';
import { killsOf } from './report.ts';

test('after eight kills, also during migrations and shutdown, no acquisition is lost and no stamp is given out twice', async () => {
  const result = await crashTest({ kills: 8, seed: 1 });
  const findings = result.rounds.flatMap((round) => round.findings);
  expect({ findings, files: result.directory }).toEqual({ findings: [], files: null });
  expect(killsOf(result, 'migrations')).toBeGreaterThan(0);
  expect(killsOf(result, 'shutdown')).toBeGreaterThan(0);
  expect(result.rounds.every((round) => round.acquisitions > 0 && round.purchases > 0)).toBe(true);
});
