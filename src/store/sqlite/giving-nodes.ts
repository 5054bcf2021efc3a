import type { AwayBound } from '../../domain/node.ts';
import { type NodeTimes, type WithheldNodes, withheldNodesIn } from '../rows/withheld-nodes.ts';
import type { Statements } from './statements.ts';

/**
 * The nodes whose stamps can be given out, as acquisitions need them for each commit. What is read of them is kept until it is
 * forgotten: acquisitions change no node, and take stock away only, and of a node without stock no stamp is found.
 */
export class GivingNodes {
  readonly #statements: Statements;
  #kept: { readonly times: readonly NodeTimes[]; readonly stocked: readonly string[] } | null = null;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  at(bound: AwayBound): readonly string[] {
    this.#kept ??= { times: this.#statements.nodeTimes.all({}), stocked: nodesInStock(this.#statements) };
    const { times, stocked } = this.#kept;
    return without(stocked, withheldNodesIn(times, bound));
  }

  /** After each transaction that is not an acquisition. */
  forget(): void {
    this.#kept = null;
  }
}

/**
 * The nodes with stamps that could be given out, without those that are withheld. They are few, and read once per transaction,
 * so that a change of a node writes one row and not one per stamp.
 */
export const givingNodes = (statements: Statements, withheld: WithheldNodes): readonly string[] =>
  without(nodesInStock(statements), withheld);

/** By name. */
function nodesInStock(statements: Statements): readonly string[] {
  const nodes: string[] = [];
  for (let next = statements.nodeAbove.get({ node: '' }); next; next = statements.nodeAbove.get(next))
    nodes.push(next.node);
  return nodes;
}

const without = (nodes: readonly string[], withheld: WithheldNodes): readonly string[] =>
  nodes.filter((node) => !withheld.has(node));

/** The nodes whose stamps are withheld, and why. Without a bound, only that another node answers counts. */
export const withheldNodes = (statements: Statements, bound: AwayBound | null): WithheldNodes =>
  withheldNodesIn(statements.nodeTimes.all({}), bound);
