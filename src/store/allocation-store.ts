import type { NodeWithheld } from '../domain/node.ts';
import type { OpenOrder } from '../domain/order.ts';
import type { DepthCount } from '../domain/reserve.ts';
import type { Depth, NodeName, Plur } from '../domain/units.ts';
import type { Moment } from './moment.ts';

/**
 * What the purchases of all nodes are decided on: the port to it. Nodes decide at the same time, so a write can require that no
 * other decision was written meanwhile (`WriteCondition`).
 */
export interface AllocationStore {
  /**
   * The stock of all nodes, counted at that moment. It has everything that `allocation` counts. Read it before everything else
   * that the decision rests on.
   */
  poolStock(moment: Moment): Promise<PoolStock>;
  /** The cost of all orders of all nodes planned since then, except the rejected ones and those abandoned without a claim. */
  spentByPoolSince(since: Date): Promise<Plur>;
}

export interface PoolStock {
  /** Grows by one with each order that is planned and each batch that is adopted. */
  readonly allocation: number;
  /** Those with a live stamp or an open order; by name. */
  readonly nodes: readonly NodeCounts[];
  /** Those of all nodes, by node. */
  readonly openOrders: readonly OpenOrder[];
}

/** The stock of one node, counted. */
export interface NodeCounts {
  readonly node: NodeName;
  /** Why all its stamps are withheld; null if they are not. */
  readonly withheld: NodeWithheld | null;
  /** Smallest first. */
  readonly depths: readonly DepthCount[];
  /** By depth, how many are propagating and not withheld. */
  readonly propagating: ReadonlyMap<Depth, number>;
}

/** An order was planned or a batch adopted since the decision was made that the write carries out. Nothing was written. */
export class AllocationChangedError extends Error {
  override readonly name = 'AllocationChangedError';

  constructor(decidedAt: number, allocation: number) {
    super(`the allocation is ${allocation}, and the write was decided at ${decidedAt}`);
  }
}
