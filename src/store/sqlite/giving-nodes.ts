import type { Statements } from './statements.ts';

/**
 * The nodes whose stamps can be given out: not those under whose name another node answers. They are few, and read once
 * per transaction, so that a change of a node writes one row and not one per stamp.
 */
export function givingNodes(statements: Statements): readonly string[] {
  const changed = changedNodes(statements);
  const nodes: string[] = [];
  for (let next = statements.nodeAbove.get({ node: '' }); next; next = statements.nodeAbove.get(next)) {
    if (!changed.has(next.node)) nodes.push(next.node);
  }
  return nodes;
}

export const changedNodes = (statements: Statements): ReadonlySet<string> =>
  new Set(statements.changedNodes.all({}).map(({ name }) => name));
