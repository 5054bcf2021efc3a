import { depth } from '../../src/domain/units.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { World, type WorldOptions } from './world.ts';

/** A count by depth. */
export type Counts = Readonly<Record<number, number>>;

/** A week and an hour at the simulator's default price. */
const AMOUNT = 24_000n * 720n * 169n;

/** Creates usable foreign batches that the node's wallet owns, with `label` instead of `recovered`. Returns their ids. */
export function foreignBatches(simulator: Simulator, counts: Counts, label?: string): string[] {
  const ids = Object.entries(counts).flatMap(([depthOfBatch, count]) =>
    Array.from({ length: count }, () =>
      simulator.chain.createForeignBatch({
        owner: simulator.wallet,
        amount: AMOUNT,
        depth: Number(depthOfBatch),
      }),
    ),
  );
  simulator.mineBlocks(25);
  for (const batchId of ids) {
    const issuer = simulator.node.issuers.get(batchId);
    if (issuer && label !== undefined) simulator.node.issuers.setLabel(issuer, label);
  }
  return ids;
}

/** A running pool that meets these targets with stamps that it has adopted. */
export async function stocked(counts: Counts, options: WorldOptions = {}): Promise<World> {
  const targets = new Map(
    Object.entries(counts).map(([depthOfBatch, count]) => [depth(Number(depthOfBatch)), count]),
  );
  const listed = new World({ ...options, policy: { targets, ...options.policy } });
  const ids = foreignBatches(listed.simulator, counts);
  listed.adopt(ids);
  await listed.start();
  await listed.full();
  return listed;
}
