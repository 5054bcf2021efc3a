import { type NodeName, nodeName } from '../../domain/units.ts';
import { availableStampFromRow } from '../rows/stamp-row.ts';
import type { WithheldNodes } from '../rows/withheld-nodes.ts';
import type { DueRequest, DueStamps } from '../store.ts';
import { givingNodes, withheldNodes } from './giving-nodes.ts';
import type { Statements } from './statements.ts';
import type { Tables } from './write-change.ts';

/** Later than any expiry. */
const NEVER_MS = Number.MAX_SAFE_INTEGER;

/**
 * The stamps that are due for a top-up. Those that expire last are kept, so what is kept and due is found by counting what
 * expires later: nothing is read but the counts and the first of them.
 */
export function dueStampsOf(tables: Tables, node: NodeName, request: DueRequest): DueStamps {
  const { statements } = tables;
  const { depth, from, until, promised, limit } = request;
  const withheld = withheldNodes(statements, null);
  if (withheld.has(node)) return NONE; // all its stamps are withheld
  const range = { depth, fromMs: from.getTime(), toMs: until.getTime() };
  const due = countBetween(statements, node, range);
  const count = due === 0 ? 0 : keptOf(tables, node, { request, range, due, withheld });
  const surplus = due - count;
  const rows =
    count <= limit
      ? statements.lastDue.all({ node, ...range, limit: count }).toReversed()
      : statements.firstDue.all({ node, ...range, limit, offset: surplus });
  const promisedMs = Math.min(promised.getTime(), range.toMs);
  const belowPromise = countBetween(statements, node, { ...range, toMs: promisedMs }) - surplus;
  return { stamps: rows.map(availableStampFromRow), count, belowPromise: Math.max(0, belowPromise) };
}

const NONE: DueStamps = { stamps: [], count: 0, belowPromise: 0 };

interface Range {
  readonly depth: number;
  readonly fromMs: number;
  readonly toMs: number;
}

interface DueOnNode {
  readonly request: DueRequest;
  readonly range: Range;
  readonly due: number;
  readonly withheld: WithheldNodes;
}

/** How many of what is due on the node are kept. */
function keptOf(tables: Tables, node: NodeName, { request, range, due, withheld }: DueOnNode): number {
  const { statements } = tables;
  const nodes = givingNodes(statements, withheld);
  const longer = nodes.reduce((sum, each) => sum + longLived(tables, each, range), 0);
  const room = Math.max(0, request.keep - longer);
  const topUpNodes = nodes.filter((each) => !request.drained.has(nodeName(each)));
  const dueInPool = topUpNodes.reduce((sum, each) => sum + countBetween(statements, each, range), 0);
  if (room >= dueInPool) return due;
  if (room === 0 || dueInPool === due) return room;
  const first = statements.firstKept.get({ ...range, nodes: JSON.stringify(topUpNodes), offset: room - 1 });
  if (first === undefined) return 0;
  const { expiresAt, batchId } = first;
  return statements.dueFrom.get({ ...range, node, fromMs: expiresAt ?? 0, batchId })?.count ?? 0;
}

/** What the node shows of what expires in that range. */
function countBetween(statements: Statements, node: string, range: Range): number {
  const values = { node, ...range, toMs: Math.max(range.fromMs, range.toMs) };
  const all = statements.acquirableBetween.get(values)?.count ?? 0;
  return all - (statements.unseenBetween.get(values)?.count ?? 0);
}

/** How many expire later than what is due: all, less those that expire earlier. */
function longLived({ statements, counts }: Tables, node: string, { depth, toMs }: Range): number {
  const all = counts.acquirable(node, depth);
  const earlier = statements.acquirableBetween.get({ node, depth, fromMs: 0, toMs })?.count ?? 0;
  const unseen = statements.unseenBetween.get({ node, depth, fromMs: toMs, toMs: NEVER_MS })?.count ?? 0;
  return all - earlier - unseen;
}
