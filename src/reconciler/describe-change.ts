import type { Change } from '../domain/change.ts';

/** One line for the log of what has come of money; null where there is nothing new, or an incident says it. */
export function describeChange(change: Change): string | null {
  if (change.change === 'orderConfirmed') {
    const by = change.txHash === null ? 'as the node shows' : `by ${change.txHash}`;
    return `order ${change.id} is confirmed ${by}: batch ${change.batchId}`;
  }
  if (change.change === 'stampAvailable')
    return `batch ${change.batchId} is available, until ${change.expiresAt.toISOString()}`;
  return null;
}
