import type { NodeName } from '../domain/units.ts';

/**
 * Which process may decide for each node: the port to the leases. A lease ends by itself, so a holder that has died or is
 * paused loses it. Writes carry it (`WriteCondition`), so a holder that wakes up late writes nothing.
 */
export interface LeaseStore {
  /** Whether another process can have a lease. If not, a lease need not end before its process does. */
  readonly shared: boolean;
  /** The time of the database server, which all its processes share; null if it has only this process. */
  serverTime(): Promise<Date | null>;
  /**
   * Takes the lease of a node if it is free or has expired, with a token one higher than the last one of the node; or
   * renews the holder's own, with the same token. null: another holder has it.
   */
  hold(request: LeaseRequest): Promise<Lease | null>;
  /** Frees the lease at once. Does nothing if it was lost. */
  release(lease: Lease): Promise<void>;
  /** The leases that have not expired, by node. */
  holders(at: Date): Promise<readonly HeldLease[]>;
}

export interface Lease {
  readonly node: NodeName;
  readonly holder: string;
  /** The fencing token: it grows with every holder of the node, over restarts, too. */
  readonly token: number;
}

/** An adapter of a database server ignores `at`, and uses the clock of the server. */
export interface LeaseRequest {
  readonly node: NodeName;
  readonly holder: string;
  readonly ttlMs: number;
  readonly at: Date;
}

export interface HeldLease extends Lease {
  readonly expiresAt: Date;
}

/** The lease that a write carries has expired, or another holder has it. Nothing was written. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';

  readonly lease: Lease;

  constructor(lease: Lease) {
    super(`${lease.holder} has lost lease ${lease.token} of node ${lease.node}`);
    this.lease = lease;
  }
}
