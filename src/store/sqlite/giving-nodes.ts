import type { Statements } from './statements.ts';

/**
 * The nodes of which something may be given out: not those whose place another node has taken. They are few and looked up
 * once per transaction, so that a change of a node is one row to write and none of its stamps.
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
