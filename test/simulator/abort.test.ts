import { describe, expect, it } from 'vitest';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { pending, send, stamps } from './client.ts';
import { expected, replay, transcript } from './transcript.ts';

const ROWS = transcript('abort');
const OPTIONS = { blockTimeMs: 1000, deployedAtBlock: 9 } as const;

/** The state of /transactions and /stamps in the format of the recording. */
async function stateOf(simulator: Simulator): Promise<string> {
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

describe('a client that aborts its purchase', () => {
  it('buys nothing if the approval is pending; the approval is mined', async () => {
    const simulator = createSimulator({ ...OPTIONS, startBlock: 199 });
    const client = new AbortController();
    const posted = send(simulator, 'POST /stamps/829448001/17?label=a', { signal: client.signal });
    client.abort();
    await expect(posted).rejects.toThrow('aborted');
    await semaphoreIsFree(simulator, 'abort-in-approve-semaphore-after');
    expect(await stateOf(simulator)).toBe(recorded('abort-in-approve-seen', 199));
    simulator.mineBlock();
    expect(await stateOf(simulator)).toBe(recorded('abort-in-approve-seen', 200));
    simulator.mineBlocks(30);
    expect(await stamps(simulator)).toEqual([]);
    expect(simulator.chain.ledger).toEqual([]);
  });

  it('buys a batch with the label recovered and the exact amount if the creation is pending', async () => {
    const simulator = createSimulator({ ...OPTIONS, startBlock: 230 });
    const client = new AbortController();
    const posted = send(simulator, 'POST /stamps/829448002/17?label=b', { signal: client.signal });
    simulator.mineBlock();
    client.abort();
    await expect(posted).rejects.toThrow('aborted');
    await semaphoreIsFree(simulator, 'abort-in-create-semaphore-after');
    expect(await stateOf(simulator)).toBe(recorded('abort-in-create-seen', 231));
    simulator.mineBlock();
    expect(await stateOf(simulator)).toBe(recorded('abort-in-create-seen', 232));
    simulator.mineBlocks(6);
    expect(await stamps(simulator)).toEqual([]);
    simulator.mineBlock(); // the recorded tip is one above the recorded block
    expect(await stateOf(simulator)).toBe(recorded('abort-in-create-seen', 238));
    simulator.mineBlocks(10);
    expect(await stateOf(simulator)).toBe(recorded('abort-in-create-seen', 248));
    expect(await stamps(simulator)).toMatchObject([{ amount: '829448002', immutableFlag: true }]);
  });

  it('sends nothing if it aborts before the request', async () => {
    const simulator = createSimulator({ ...OPTIONS, startBlock: 248 });
    const posted = send(simulator, 'POST /stamps/829448003/17?label=c', { signal: AbortSignal.abort() });
    await expect(posted).rejects.toThrow('aborted');
    await semaphoreIsFree(simulator, 'abort-at-once-semaphore-after');
    expect(await stateOf(simulator)).toBe(recorded('abort-at-once-seen', 248));
  });
});
