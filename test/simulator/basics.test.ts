import { describe, expect, it } from 'vitest';
import {
  createSimulator,
  PLUR_PER_BZZ,
  type Simulator,
  type SimulatorOptions,
  WEI_PER_XDAI,
} from '../../src/simulator/simulator.ts';
import { expected, type Row, replay, transcript } from './transcript.ts';

const RECORDED_ON = {
  blockTimeMs: 1000,
  deployedAtBlock: 9,
  chainId: 1337,
  chequebook: false,
  bzzPlur: 0n,
  xdaiWei: 0n,
} as const satisfies SimulatorOptions;

describe.each([
  { name: 'basics', version: '2.8.1', startBlock: 94 },
  { name: 'basics-2.8.0', version: '2.8.0', startBlock: 27 },
  { name: 'basics-2.8.0', version: '2.7.1', startBlock: 27 },
] as const)('$version answers exactly as the node of $name.jsonl', ({ name, version, startBlock }) => {
  const simulator = createSimulator({ ...RECORDED_ON, version, startBlock });
  const rows = transcript(name).map((row, index) => ({ row, line: index + 1 }));

  it.for(rows)('line $line, $row.step: $row.request.method $row.request.path', async ({ row }) => {
    fund(simulator, row);
    expect(await replay(simulator, row)).toEqual(expected(row));
  });
});

/** In the recording, the wallet got BZZ before the step without gas, and xDAI after it. */
function fund({ chain, wallet }: Simulator, { step }: Row): void {
  if (step === 'no-gas') chain.setBalance(wallet, { bzzPlur: 100n * PLUR_PER_BZZ });
  if (step === 'funded') chain.setBalance(wallet, { xdaiWei: 10n * WEI_PER_XDAI });
}
