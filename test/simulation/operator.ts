import type { Environment } from './environment.ts';

interface Listed {
  readonly transactionHash: string;
}

/** Hashes that the node lists as pending and the network no longer has. */
async function forgotten({ world }: Environment): Promise<readonly string[]> {
  const { simulator } = world;
  const answered = await simulator.handle({ method: 'GET', path: '/transactions' }).catch(() => null);
  if (answered?.status !== 200) return [];
  const { pendingTransactions }: { pendingTransactions: readonly Listed[] } = JSON.parse(answered.body);
  const inPool = new Set([...simulator.chain.mempool].map(({ hash }) => `0x${hash}`));
  return pendingTransactions
    .map(({ transactionHash }) => transactionHash)
    .filter((hash) => !inPool.has(hash));
}

/** The first suggestion for a stuck transaction: cancel it. Returns how many the node lists, whether cancelling succeeded or not. */
export async function cancelForgotten(environment: Environment): Promise<number> {
  const hashes = await forgotten(environment);
  for (const hash of hashes)
    await environment.world.simulator
      .handle({ method: 'DELETE', path: `/transactions/${hash}` })
      .catch(() => {}); // 500: its nonce is used
  return hashes.length;
}

/** The second suggestion: send something that costs only gas, so that the node updates its list. A node without a batch is restarted. */
export function clearList({ world }: Environment): void {
  const { node } = world.simulator;
  const own = [...node.issuers.all()].find(({ batchId }) => node.store.get(batchId) !== undefined);
  if (own === undefined) return node.restart();
  const path = `/stamps/topup/${own.batchId}/0`;
  void world.simulator.handle({ method: 'PATCH', path }).catch(() => {}); // if it fails, it is reported again
}
