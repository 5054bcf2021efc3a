import type { Simulator } from '../../src/simulator/simulator.ts';
import { aCaller } from '../builders.ts';
import { stockOf } from '../stock-of.ts';
import type { World } from '../virtual/world.ts';

/** How many purchases and top-ups the wallet of the node has paid for. */
export const spentBy = ({ chain, wallet }: Simulator): number =>
  chain.ledger.filter(({ payer, kind }) => payer === wallet && kind !== 'dilute').length;

/** What happens in a long time in which `other` answers in place of the node of the stock. */
export async function whatHappensWith(other: Simulator, world: World) {
  const { pool } = world.run.engine;
  const atOnce = await pool.acquire({}, aCaller('client'));
  await world.passBlocks(400);
  const later = await pool.acquire({}, aCaller('client'));
  const { stamps } = await stockOf(world.run.store);
  return {
    acquired: [atOnce, later],
    spent: [spentBy(world.simulator), spentBy(other)],
    incidents: [...new Set(world.incidents)],
    stamps: stamps.map(({ withheld, missingSinceBlock }) => ({ withheld, missingSinceBlock })),
  };
}

/** Nothing is bought, given out, adopted or settled: the three stamps are withheld. */
export const NOTHING = {
  acquired: [
    { is: 'exhausted', alternatives: [] },
    { is: 'exhausted', alternatives: [] },
  ],
  spent: [0, 0],
  incidents: ['NODE_CHANGED'],
  stamps: Array.from({ length: 3 }, () => ({ withheld: 'node_changed', missingSinceBlock: null })),
};
