import { describe, expect, it } from 'vitest';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { ask, get, pending } from './ask.ts';

const BUY = 'POST /stamps/500000000/17?label=x';

/** Lets everything run that waits for nothing but its run. */
const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe('a purchase', () => {
  it.each([0, 0.25, 0.5, 0.999])(
    'that begins when %s of a block has passed takes two block times',
    async (part) => {
      const simulator = createSimulator();
      simulator.newBlock();
      simulator.passTo(part);
      let isAnswered = false;
      const posted = ask(simulator, BUY).finally(() => {
        isAnswered = true;
      });
      simulator.newBlock();
      simulator.passTo(part);
      expect(await pending(simulator)).toEqual(['Postage batch creation']);
      simulator.newBlock();
      simulator.passTo(part - 0.001);
      await settled();
      expect(isAnswered).toBe(part === 0); // then a new block is the moment to look
      simulator.passTo(part);
      expect(await posted).toMatchObject({ status: 201 });
    },
  );

  it('stays listed as pending until the node looks for its receipts', async () => {
    const simulator = createSimulator();
    simulator.newBlock();
    simulator.passTo(0.7);
    const posted = ask(simulator, BUY);
    const seen: string[] = [];
    for (let block = 0; block < 3; block++) {
      simulator.newBlock();
      for (const part of [0.2, 0.6, 0.8]) {
        simulator.passTo(part);
        seen.push((await pending(simulator)).join());
      }
    }
    const [approval, creation] = ['Approve tokens for postage operations', 'Postage batch creation'];
    expect(seen).toEqual([approval, approval, creation, creation, creation, '', '', '', '']);
    expect(await posted).toMatchObject({ status: 201 });
  });
});

describe('the node', () => {
  it('lags the chain by 4 to 9 blocks, each as often, the first and the last half as often', async () => {
    const simulator = createSimulator();
    const seen: Record<number, number> = {};
    for (let block = 0; block < 50; block++) {
      simulator.newBlock();
      for (const part of [0.1, 0.3, 0.6, 0.8]) {
        simulator.passTo(part);
        const { body } = await get(simulator, '/chainstate');
        const { chainTip, block: read }: { chainTip: number; block: number } = Object(body);
        const lag = chainTip - read;
        seen[lag] = (seen[lag] ?? 0) + 1;
      }
    }
    expect(seen).toEqual({ 4: 20, 5: 40, 6: 40, 7: 40, 8: 40, 9: 20 });
  });
});
