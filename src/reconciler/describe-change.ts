import type { Change } from '../domain/change.ts';

/** One line for the log of what has come of money; null where there is nothing new, or an incident says it. */
export function describeChange(change: Change): string | null {
  if (change.change === 'orderConfirmed') {
    const by = change.txHash === null ? 'as the node shows' : `by ${change.txHash}`;
    return `order ${change.id} is confirmed ${by}: batch ${change.batchId}`;
  }
  if (change.change === 'orderAnswered' && change.txHash !== null)
    return `order ${change.id} is answered: batch ${change.batchId} by ${change.txHash}; confirmed when the node shows it`;
  if (change.change === 'stampAvailable')
    return `batch ${change.batchId} is available, until ${change.expiresAt.toISOString()}`;
  if (change.change === 'transactionsOver')
    return `no longer waiting for ${change.hashes.join(', ')}: another transaction with the same nonce was mined`;
  if (change.change === 'nodePinned')
    return `node ${change.node} is pinned: its stock belongs to ${change.address}`;
  if (change.change === 'nodeChanged')
    return `another node answers as ${change.node}: ${change.other}; its stamps are withheld`;
  if (change.change === 'nodeReturned') return `node ${change.node} is back: its stamps are given out again`;
  return null;
}
