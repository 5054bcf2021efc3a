import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { campaign } from './campaign.ts';
import { FAULT_NAMES } from './fault-kinds.ts';
import { PLANTED_BUGS } from './planted-bug-list.ts';
import { runSeed } from './run-scenario.ts';
import { ScratchFile } from './scratch-file.ts';
import { runNodesSeed } from './several-nodes.ts';

const SEEDS = 25;
const ROOT = join(import.meta.dirname, '../..');

describe('the service in simulated worlds', () => {
  let scratch: ScratchFile;
  beforeAll(async () => {
    scratch = await ScratchFile.make();
  });
  afterAll(async () => await scratch[Symbol.asyncDispose]());

  it('keeps its eight rules, and recovers, in the first seeds of the campaign', async () => {
    const report = await campaign({ from: 1, seeds: SEEDS, scratch });
    expect(report.failures).toEqual([]);
    expect(report.purchases).toBeGreaterThan(SEEDS);
    expect(report.acquisitions).toBeGreaterThan(SEEDS / 2);
    expect(report.deaths).toBeGreaterThan(SEEDS / 4);
    const never = FAULT_NAMES.filter((kind) => report.hits.get(kind) === 0);
    expect(never.length, `faults without a hit: ${never.join(', ')}`).toBeLessThan(
      (FAULT_NAMES.length * 2) / 3,
    );
  });

  it('keeps the rules of several nodes, in the first seeds with several', async () => {
    const outcomes = [];
    for (const seed of [1, 2, 3, 4]) outcomes.push(await runNodesSeed(seed));
    expect(outcomes.flatMap(({ seed, violation }) => (violation ? { seed, ...violation } : []))).toEqual([]);
    expect(outcomes.some(({ purchases }) => purchases > 0)).toBe(true);
  });

  it('keeps its rules while two processes compete for the lease of the node', async () => {
    const report = await campaign({ from: 1, seeds: 8, scratch, rivals: true });
    expect(report.failures).toEqual([]);
    expect(report.purchases).toBeGreaterThan(8);
  });

  it('repeats a seed exactly', async () => {
    const [one, other] = [await runSeed(3, scratch), await runSeed(3, scratch)];
    expect(other.lines).toEqual(one.lines);
  });

  it.each(PLANTED_BUGS)('still has the source lines of the planted bug: $what', ({ edits }) => {
    for (const { file, find } of edits)
      expect(readFileSync(join(ROOT, file), 'utf8').split(find), `${file} has once: ${find}`).toHaveLength(2);
  });

  it('states in docs/reliability.md which seed catches each planted bug', () => {
    const rows = readFileSync(join(ROOT, 'docs/reliability.md'), 'utf8');
    const missing = PLANTED_BUGS.filter(({ what }) => !rows.includes(`| ${what} |`)).map(({ what }) => what);
    expect(missing, 'run: npm run planted-bugs -- --only <text>').toEqual([]);
  });
});
