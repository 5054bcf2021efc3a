import { serveSimulator } from '../../src/simulator/serve.ts';
import { createSimulator, type SimulatorOptions } from '../../src/simulator/simulator.ts';
import { beeContract, type OpenBee } from './bee.ts';
import { openBee } from './open-bee.ts';

const BLOCK_TIME_MS = 3;

/** A simulated node behind a real socket. It mines a block every 3 ms unless blocks are held. */
async function openSimulator(options: SimulatorOptions): Promise<OpenBee> {
  const simulator = createSimulator(options);
  const served = await serveSimulator(simulator, { port: 0 });
  let held = false;
  const mining = setInterval(() => held || simulator.mineBlock(), BLOCK_TIME_MS);
  const opened = await openBee(served.url, {
    [Symbol.asyncDispose]: async () => {
      clearInterval(mining);
      await served.close();
    },
  });
  return {
    ...opened,
    holdBlocks: () => {
      held = true;
      return { [Symbol.dispose]: () => void (held = false) };
    },
  };
}

const options = { spends: true, timeoutMs: 600_000, pollMs: 1 };

beeContract('the simulator as 2.8.1', () => openSimulator({ createBlocks: 20 }), options);
beeContract('the simulator as 2.8.0', () => openSimulator({ createBlocks: 20, version: '2.8.0' }), options);
beeContract(
  'the simulator as 2.7.1, without a chequebook',
  () => openSimulator({ createBlocks: 20, version: '2.7.1', chequebook: false }),
  options,
);
