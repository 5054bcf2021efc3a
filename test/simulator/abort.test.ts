import { describe, expect, it } from 'vitest';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { ask, pending, stamps } from './ask.ts';
import { expected, replay, transcript } from './transcript.ts';

const ROWS = transcript('abort');
const OPTIONS = { blockTimeMs: 1000, deployedAtBlock: 9 } as const;

/** What the recorder wrote down of /transactions and /stamps, in its own form. */
async function seen(simulator: Simulator): Promise<string> {
  const list = (await stamps(simulator)).map(({ label, usable, blockNumber, batchTTL }) => ({
    label,
    usable,
    bn: blockNumber,
    ttl: batchTTL,
  }));
  return `${(await pending(simulator)).join()} :: ${JSON.stringify(list)}`;
}

function recorded(step: string, block: number): string {
  const state = ROWS.find((row) => row.step === step && row.block === block)?.state ?? 'not recorded';
  return state.replace(/ nonce \d+/, '').replaceAll(/"id":"[^"]*",/g, '');
}

async function semaphoreIsFree(simulator: Simulator, step: string): Promise<void> {
  const row = ROWS.find((one) => one.step === step);
  if (row === undefined) throw new Error(`no step "${step}" was recorded`);
  expect(await replay(simulator, row)).toEqual(expected(row));
}

describe('a client that gives up its purchase', () => {
  it('in the approve window: the approval is mined, and nothing is bought', async () => {
    const simulator = createSimulator({ ...OPTIONS, startBlock: 199 });
    const client = new AbortController();
    const posted = ask(simulator, 'POST /stamps/829448001/17?label=a', { signal: client.signal });
    client.abort();
    await expect(posted).rejects.toThrow('aborted');
    await semaphoreIsFree(simulator, 'abort-in-approve-semaphore-after');
    expect(await seen(simulator)).toBe(recorded('abort-in-approve-seen', 199));
    simulator.mineBlock();
    expect(await seen(simulator)).toBe(recorded('abort-in-approve-seen', 200));
    simulator.mineBlocks(30);
    expect(await stamps(simulator)).toEqual([]);
    expect(simulator.chain.ledger).toEqual([]);
  });

  it('in the create window: the batch comes back as recovered, with the exact amount', async () => {
    const simulator = createSimulator({ ...OPTIONS, startBlock: 230 });
    const client = new AbortController();
    const posted = ask(simulator, 'POST /stamps/829448002/17?label=b', { signal: client.signal });
    simulator.mineBlock();
    client.abort();
    await expect(posted).rejects.toThrow('aborted');
    await semaphoreIsFree(simulator, 'abort-in-create-semaphore-after');
    expect(await seen(simulator)).toBe(recorded('abort-in-create-seen', 231));
    simulator.mineBlock();
    expect(await seen(simulator)).toBe(recorded('abort-in-create-seen', 232));
    simulator.mineBlocks(6);
    expect(await stamps(simulator)).toEqual([]);
    simulator.mineBlock(); // the recorded tip ran one ahead of the recorded block
    expect(await seen(simulator)).toBe(recorded('abort-in-create-seen', 238));
    simulator.mineBlocks(10);
    expect(await seen(simulator)).toBe(recorded('abort-in-create-seen', 248));
    expect(await stamps(simulator)).toMatchObject([{ amount: '829448002', immutableFlag: true }]);
  });

  it('at once: nothing is sent at all', async () => {
    const simulator = createSimulator({ ...OPTIONS, startBlock: 248 });
    const posted = ask(simulator, 'POST /stamps/829448003/17?label=c', { signal: AbortSignal.abort() });
    await expect(posted).rejects.toThrow('aborted');
    await semaphoreIsFree(simulator, 'abort-at-once-semaphore-after');
    expect(await seen(simulator)).toBe(recorded('abort-at-once-seen', 248));
  });
});
