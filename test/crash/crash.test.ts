import { expect, test } from 'vitest';
import { crashTest } from './crash-test.ts';
import { killsOf } from './report.ts';

test('ten kills of the process, during migrations and shutdown too, lose nothing and give nothing twice', async () => {
  const result = await crashTest({ kills: 10, seed: 1 });
  const findings = result.lives.flatMap((life) => life.findings);
  expect({ findings, files: result.directory }).toEqual({ findings: [], files: null });
  expect(killsOf(result, 'migrations')).toBeGreaterThan(0);
  expect(killsOf(result, 'shutdown')).toBeGreaterThan(0);
  expect(result.lives.every((life) => life.acquisitions > 0 && life.purchases > 0)).toBe(true);
}, 120_000);
