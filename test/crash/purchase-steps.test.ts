import { expect, test } from 'vitest';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { observePurchases, type PurchaseStep } from './purchase-steps.ts';

const STEPS: readonly PurchaseStep[] = ['asked', 'approved', 'created', 'mined'];
/** More than the approval, the gap, the creation and their receipts take. */
const MAX_BLOCKS = 20;

test.each(STEPS)('observes the step "%s" of a purchase on a served node', async (step) => {
  const original = createSimulator({ seed: 1, gapBlocks: 2 });
  original.mineBlocks(40);
  const observed = observePurchases(original, () => {});
  const reached: PurchaseStep[] = [];
  observed.at(step, () => reached.push(step));
  const amount = 2n * original.chain.contract.minimumAmount();
  const purchase = observed.simulator.handle({ method: 'POST', path: `/stamps/${amount}/17?label=test` });
  for (let block = 0; block < MAX_BLOCKS; block++) {
    observed.simulator.newBlock();
    for (const blockFraction of [0.25, 0.5, 0.75, 1]) observed.simulator.advanceTo(blockFraction);
  }
  expect((await purchase).status).toBe(201);
  expect(reached).toEqual([step]);
  expect(observed.purchases).toEqual([{ orderId: 'test', atMs: expect.any(Number) }]);
});
