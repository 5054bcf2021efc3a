import { serveSimulator } from '../../src/simulator/serve.ts';
import { createSimulator, type SimulatorOptions } from '../../src/simulator/simulator.ts';
import { beeContract } from './bee.ts';
import { openBee } from './open-bee.ts';

/** Behind real sockets, with blocks by the clock: 3 ms for what the chain takes 5 s for. */
async function openSimulator(options: SimulatorOptions) {
  const served = await serveSimulator(createSimulator(options), { port: 0, blockTimeMs: 3 });
  return await openBee(served.url, { [Symbol.asyncDispose]: () => served.close() });
}

const options = { spends: true, timeoutMs: 30_000, pollMs: 1 };

beeContract('the simulator as 2.8.1', () => openSimulator({ createBlocks: 20 }), options);
beeContract('the simulator as 2.8.0', () => openSimulator({ createBlocks: 20, version: '2.8.0' }), options);
beeContract(
  'the simulator as 2.7.1, without a chequebook',
  () => openSimulator({ createBlocks: 20, version: '2.7.1', chequebook: false }),
  options,
);
