import type { AwayBound } from '../../domain/node.ts';
import { type WithheldNodes, withheldNodesIn } from '../rows/withheld-nodes.ts';
import type { Statements } from './statements.ts';

/**
 * The nodes whose stamps can be given out at that moment. They are few, and read once per transaction, so that a change of a
 * node writes one row and not one per stamp.
 */
export function givingNodes(statements: Statements, bound: AwayBound): readonly string[] {
  return nodesWithout(statements, withheldNodes(statements, bound));
}

/** The nodes with stamps that could be given out, leaving out only those under whose name another node answers. */
export const unchangedNodes = (statements: Statements): readonly string[] =>
  nodesWithout(statements, withheldNodes(statements, null));

function nodesWithout(statements: Statements, withheld: WithheldNodes): readonly string[] {
  const nodes: string[] = [];
  for (let next = statements.nodeAbove.get({ node: '' }); next; next = statements.nodeAbove.get(next)) {
    if (!withheld.has(next.node)) nodes.push(next.node);
  }
  return nodes;
}

/** The nodes whose stamps are withheld, and why. Without a bound, only that another node answers counts. */
export const withheldNodes = (statements: Statements, bound: AwayBound | null): WithheldNodes =>
  withheldNodesIn(statements.nodeTimes.all({}), bound);
