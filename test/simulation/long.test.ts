import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { campaign } from './campaign.ts';
import { REGRESSIONS } from './regressions.ts';
import { runScenario } from './run-scenario.ts';
import { ScratchFile } from './scratch-file.ts';

describe('the service in simulated worlds', () => {
  let scratch: ScratchFile;
  beforeAll(async () => {
    scratch = await ScratchFile.make();
  });
  afterAll(async () => await scratch[Symbol.asyncDispose]());

  it('keeps its rules, and recovers, in worlds that last for days', async () => {
    const report = await campaign({ from: 101, seeds: 4, scratch, days: true });
    expect(report.failures).toEqual([]);
    expect(report.topUps).toBeGreaterThan(4);
  });

  it.each(REGRESSIONS)('regression: $what', async ({ scenario }) => {
    const { violation, hits } = await runScenario(scenario, scratch);
    expect(violation).toBeNull();
    for (const { kind } of scenario.faults) expect(hits.get(kind), `${kind} hits`).toBeGreaterThan(0);
  });
});
