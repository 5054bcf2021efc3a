import { describe, expect, it } from 'vitest';
import { createSimulator, type SimulatorOptions } from '../../src/simulator/simulator.ts';
import { cpuTimeMs } from '../cpu-time.ts';
import { usableBatch } from './client.ts';

/** All responses and ledger entries of a run with faults. */
async function history(options: SimulatorOptions): Promise<string> {
  const simulator = createSimulator(options);
  const seen: string[] = [];
  simulator.faults.set('stampsPartial');
  simulator.faults.set('txDelayed', { blocks: 3, times: 1, stage: 'approve' });
  const posted = simulator.handle({ method: 'POST', path: '/stamps/500000000/17' });
  simulator.mineBlocks(10);
  seen.push((await posted).body);
  for (let i = 0; i < 5; i++) await usableBatch(simulator);
  simulator.chain.createForeignBatch({ amount: 900_000_000n, depth: 20 });
  simulator.node.restart({ killed: true });
  simulator.mineBlocks(30);
  for (const path of ['/stamps', '/batches', '/wallet', '/addresses', '/transactions', '/status']) {
    seen.push((await simulator.handle({ method: 'GET', path })).body);
  }
  const ledger = simulator.chain.ledger.map((entry) => Object.values(entry).join(' '));
  return [...seen, ...ledger].join('\n');
}

describe('a run', () => {
  it('is the same byte for byte with the same seed and requests', async () => {
    expect(await history({ seed: 7 })).toBe(await history({ seed: 7 }));
  });

  it('differs with another seed', async () => {
    expect(await history({ seed: 7 })).not.toBe(await history({ seed: 8 }));
  });
});

it('mines a million idle blocks in seconds, also after many purchases', async () => {
  const simulator = createSimulator({ bzzPlur: 10n ** 24n });
  for (let i = 0; i < 50; i++) await usableBatch(simulator, 500_000_000_000n);
  const before = cpuTimeMs();
  simulator.mineBlocks(1_000_000);
  // It takes about 0.1 s. An iteration over the batches at each block would take many seconds.
  expect(cpuTimeMs() - before).toBeLessThan(5000);
  expect(simulator.chain.tip).toBeGreaterThan(1_000_000);
});
