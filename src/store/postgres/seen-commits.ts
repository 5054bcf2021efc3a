import { StoreFailedError } from '../store.ts';
import type { Asks } from './statement.ts';
import { newestRevision } from './stock-reads.ts';

/**
 * The newest commit that this process knows of. A server without it is an old primary, or a standby that was promoted
 * without the last commits: it does not know which of its stamps were given out, and which orders were sent.
 */
export class SeenCommits {
  #newest = 0;

  /** Returns the number. */
  add(revision: number): number {
    this.#newest = Math.max(this.#newest, revision);
    return revision;
  }

  /** @throws StoreFailedError if the server of the transaction lacks them. */
  async assertIncludedBy(transaction: Asks): Promise<void> {
    const newest = this.#newest; // before the server is asked: others commit meanwhile
    const ofServer = await newestRevision(transaction);
    if (ofServer >= newest) return;
    throw new StoreFailedError(
      `the server lacks commits that this process has seen, those after ${ofServer} up to ${newest}: it is an old primary, or a standby that was promoted without them. Nothing is given out or bought with it (docs/scaling.md#failover)`,
    );
  }
}
