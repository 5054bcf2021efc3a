import type { World } from './world.ts';

/** What the wallet of the node has paid for on the chain. */
export const paidFor = ({ simulator: { chain, wallet } }: World, kind: 'create' | 'topUp') =>
  chain.ledger.filter((entry) => entry.kind === kind && entry.payer === wallet);

/** The oldest first. */
export const ordersOf = async (world: World) =>
  (await world.run.engine.operations.orders({ first: 100, after: null, states: null })).items
    .map(({ item }) => item)
    .toReversed();
