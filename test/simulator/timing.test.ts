import { describe, expect, it } from 'vitest';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { get, pending, send } from './client.ts';

const BUY = 'POST /stamps/500000000/17?label=x';

/** Resolves after all callbacks that are already queued. */
const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe('a purchase', () => {
  it.each([0, 0.25, 0.5, 0.999])(
    'that starts when %s of a block has passed takes two block times',
    async (part) => {
      const simulator = createSimulator();
      simulator.newBlock();
      simulator.advanceTo(part);
      let isAnswered = false;
      const posted = send(simulator, BUY).finally(() => {
        isAnswered = true;
      });
      simulator.newBlock();
      simulator.advanceTo(part);
      expect(await pending(simulator)).toEqual(['Postage batch creation']);
      simulator.newBlock();
      simulator.advanceTo(part - 0.001);
      await settled();
      expect(isAnswered).toBe(part === 0); // the node polls at the start of the block
      simulator.advanceTo(part);
      expect(await posted).toMatchObject({ status: 201 });
    },
  );

  it('stays listed as pending until the node polls for receipts', async () => {
    const simulator = createSimulator();
    simulator.newBlock();
    simulator.advanceTo(0.7);
    const posted = send(simulator, BUY);
    const seen: string[] = [];
    for (let block = 0; block < 3; block++) {
      simulator.newBlock();
      for (const part of [0.2, 0.6, 0.8]) {
        simulator.advanceTo(part);
        seen.push((await pending(simulator)).join());
      }
    }
    const [approval, creation] = ['Approve tokens for postage operations', 'Postage batch creation'];
    expect(seen).toEqual([approval, approval, creation, creation, creation, '', '', '', '']);
    expect(await posted).toMatchObject({ status: 201 });
  });
});

describe('the node', () => {
  it('is 4 to 9 blocks behind the chain: 5 to 8 equally often, 4 and 9 half as often', async () => {
    const simulator = createSimulator();
    const seen: Record<number, number> = {};
    for (let block = 0; block < 50; block++) {
      simulator.newBlock();
      for (const part of [0.1, 0.3, 0.6, 0.8]) {
        simulator.advanceTo(part);
        const { body } = await get(simulator, '/chainstate');
        const { chainTip, block: read }: { chainTip: number; block: number } = Object(body);
        const lag = chainTip - read;
        seen[lag] = (seen[lag] ?? 0) + 1;
      }
    }
    expect(seen).toEqual({ 4: 20, 5: 40, 6: 40, 7: 40, 8: 40, 9: 20 });
  });
});
