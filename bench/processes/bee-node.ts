// A simulated Bee node that lists the batches of a seeded database.
import { depth } from '../../src/domain/units.ts';
import { serveSimulator } from '../../src/simulator/serve.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { seededBatch } from '../seed.ts';

const BLOCK_MS = 5000;
const [, , count = '0'] = process.argv;
const simulator = createSimulator({ blockTimeMs: BLOCK_MS });
for (let number = 0; number < Number(count); number += 1) {
  const { batchId, amount } = seededBatch(number, depth(17));
  const batch = {
    batchId,
    amount,
    owner: simulator.wallet,
    payer: simulator.wallet,
    depth: 17,
    immutable: true,
  };
  simulator.chain.contract.create(batch, simulator.chain.tip);
}
simulator.mineBlocks(25);
const { url } = await serveSimulator(simulator, { port: 0, blockTimeMs: BLOCK_MS });
process.send?.({ url });
