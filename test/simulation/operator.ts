import type { Scene } from './environment.ts';

interface Listed {
  readonly transactionHash: string;
}

/** What the node lists as pending and the network has forgotten, or never will mine. */
async function forgotten({ stage }: Scene): Promise<readonly string[]> {
  const { simulator } = stage;
  const answered = await simulator.handle({ method: 'GET', path: '/transactions' }).catch(() => null);
  if (answered?.status !== 200) return [];
  const { pendingTransactions }: { pendingTransactions: readonly Listed[] } = JSON.parse(answered.body);
  const inPool = new Set([...simulator.chain.mempool].map(({ hash }) => `0x${hash}`));
  return pendingTransactions
    .map(({ transactionHash }) => transactionHash)
    .filter((hash) => !inPool.has(hash));
}

/** What an operator is told to do first. Returns how many the node lists, cancelled or not. */
export async function cancelForgotten(scene: Scene): Promise<number> {
  const hashes = await forgotten(scene);
  for (const hash of hashes)
    await scene.stage.simulator.handle({ method: 'DELETE', path: `/transactions/${hash}` }).catch(() => {}); // 500: its nonce is used
  return hashes.length;
}

/** What an operator is told to do when that was not enough: a send that costs only gas; a node without a batch is restarted. */
export function clearList({ stage }: Scene): void {
  const { node } = stage.simulator;
  const own = [...node.issuers.all()].find(({ batchId }) => node.store.get(batchId) !== undefined);
  if (own === undefined) return node.restart();
  const path = `/stamps/topup/${own.batchId}/0`;
  void stage.simulator.handle({ method: 'PATCH', path }).catch(() => {}); // if it fails, it is reported again
}
