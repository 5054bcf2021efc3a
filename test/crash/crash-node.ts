import { serveSimulator } from '../../src/simulator/serve.ts';
import {
  createSimulator,
  PLUR_PER_BZZ,
  type Simulator,
  WEI_PER_XDAI,
} from '../../src/simulator/simulator.ts';
import { type ObservedSimulator, observePurchases } from './purchase-steps.ts';

export const BLOCK_MS = 20;
export const ADOPTED_DEPTH = 19;
/** Lasts for hours at the simulator's price and block time. */
const ADOPTED_AMOUNT = 24_000n * 1_000_000n;

/** A simulated node with a chain of its own, served over HTTP. */
export interface CrashNode extends AsyncDisposable {
  readonly url: string;
  readonly simulator: Simulator;
  readonly observed: ObservedSimulator;
  /** Adds `count` unused batches to the node. */
  readonly stock: (count: number) => void;
}

export async function createCrashNode(seed: number): Promise<CrashNode> {
  const simulator = createSimulator({
    seed,
    blockTimeMs: BLOCK_MS,
    beeBlockTimeSeconds: BLOCK_MS / 1000,
    gapBlocks: 2,
    bzzPlur: 1_000_000n * PLUR_PER_BZZ,
    xdaiWei: 1_000n * WEI_PER_XDAI,
  });
  simulator.mineBlocks(40);
  const unlabelled = new Set<string>();
  const observed = observePurchases(simulator, () => labelAll(simulator, unlabelled));
  const server = await serveSimulator(observed.simulator, { port: 0, blockTimeMs: BLOCK_MS });
  return {
    url: server.url,
    simulator,
    observed,
    stock: (count) => {
      for (let i = 0; i < count; i++) {
        const batch = { owner: simulator.wallet, amount: ADOPTED_AMOUNT, depth: ADOPTED_DEPTH };
        unlabelled.add(simulator.chain.createForeignBatch(batch));
      }
    },
    [Symbol.asyncDispose]: async () => await server.close(),
  };
}

/** Labels batches when the node lists them, because the pool does not adopt batches labelled `recovered`. */
function labelAll({ node }: Simulator, unlabelled: Set<string>): void {
  for (const batchId of unlabelled) {
    const issuer = node.issuers.get(batchId);
    if (issuer === undefined) continue;
    node.issuers.setLabel(issuer, 'adoptable');
    unlabelled.delete(batchId);
  }
}
