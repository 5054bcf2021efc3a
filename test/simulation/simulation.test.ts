import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { campaign } from './campaign.ts';
import { FAULT_NAMES } from './fault-kinds.ts';
import { PLANTED_BUGS } from './planted-bug-list.ts';
import { REGRESSIONS } from './regressions.ts';
import { play, playScript } from './run-scenario.ts';
import { ScratchFile } from './scratch-file.ts';

const SEEDS = 100;
/** The seeds take seconds on a core of their own; a machine may have other work. */
const BUSY_MACHINE_MS = 180_000;
const ROOT = join(import.meta.dirname, '../..');

describe('the service in simulated worlds', () => {
  let scratch: ScratchFile;
  beforeAll(async () => {
    scratch = await ScratchFile.make();
  });
  afterAll(async () => await scratch[Symbol.asyncDispose]());

  it(
    'keeps its eight rules, and recovers, through the first hundred seeds of the campaign',
    async () => {
      const report = await campaign({ from: 1, seeds: SEEDS, scratch });
      expect(report.failures).toEqual([]);
      expect(report.purchases).toBeGreaterThan(SEEDS);
      expect(report.acquisitions).toBeGreaterThan(SEEDS / 2);
      expect(report.deaths).toBeGreaterThan(SEEDS / 4);
      const never = FAULT_NAMES.filter((kind) => report.hits.get(kind) === 0);
      expect(never.length, `faults that hit nothing: ${never.join(', ')}`).toBeLessThan(
        FAULT_NAMES.length / 3,
      );
    },
    BUSY_MACHINE_MS,
  );

  it('goes the same way each time a seed is played', async () => {
    for (const seed of [3, 25, 50, 77]) {
      const [one, other] = [await play(seed, scratch), await play(seed, scratch)];
      expect(other.lines).toEqual(one.lines);
    }
  });

  it.each(PLANTED_BUGS)('can still be given the bug that it must find: $what', ({ edits }) => {
    for (const { file, find } of edits)
      expect(readFileSync(join(ROOT, file), 'utf8').split(find), `${file} has once: ${find}`).toHaveLength(2);
  });

  it.each(REGRESSIONS)('once: $what', async ({ script }) => {
    const { violation, hits } = await playScript(script, scratch);
    expect(violation).toBeNull();
    for (const { kind } of script.faults) expect(hits.get(kind), `${kind} hits`).toBeGreaterThan(0);
  });
});
