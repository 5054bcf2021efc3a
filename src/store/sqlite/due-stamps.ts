import type { NodeName } from '../../domain/units.ts';
import type { DueRequest, DueStamps } from '../store.ts';
import { withheldNodes } from './giving-nodes.ts';
import { availableStampFromRow } from './stamp-row.ts';
import type { Tables } from './write-change.ts';

/** Later than any expiry. */
const NEVER_MS = Number.MAX_SAFE_INTEGER;

/**
 * The stamps that are due for a top-up. Those that expire last are kept, so what is kept and due is found by counting what
 * expires later: nothing is read but the counts and the first of them.
 */
export function dueStampsOf(
  tables: Tables,
  node: NodeName,
  { depth, keep, from, until, promised, limit }: DueRequest,
): DueStamps {
  const { statements } = tables;
  if (withheldNodes(statements, null).has(node)) return NONE; // all its stamps are withheld
  const range = { fromMs: from.getTime(), toMs: until.getTime() };
  const countBetween = (fromMs: number, toMs: number): number => {
    const values = { node, depth, fromMs, toMs: Math.max(fromMs, toMs) };
    const all = statements.acquirableBetween.get(values)?.count ?? 0;
    return all - (statements.unseenBetween.get(values)?.count ?? 0);
  };
  const due = countBetween(range.fromMs, range.toMs);
  const count = Math.max(0, Math.min(due, keep - longLived(tables, { node, depth, fromMs: range.toMs })));
  const surplus = due - count;
  const rows =
    count <= limit
      ? statements.lastDue.all({ node, depth, ...range, limit: count }).toReversed()
      : statements.firstDue.all({ node, depth, ...range, limit, offset: surplus });
  const belowPromise = countBetween(range.fromMs, Math.min(promised.getTime(), range.toMs)) - surplus;
  return { stamps: rows.map(availableStampFromRow), count, belowPromise: Math.max(0, belowPromise) };
}

const NONE: DueStamps = { stamps: [], count: 0, belowPromise: 0 };

/** How many expire later than what is due: all, less those that expire earlier. */
function longLived(
  { statements, counts }: Tables,
  { node, depth, fromMs }: { readonly node: NodeName; readonly depth: number; readonly fromMs: number },
): number {
  const all = counts.acquirable(node, depth);
  const earlier = statements.acquirableBetween.get({ node, depth, fromMs: 0, toMs: fromMs })?.count ?? 0;
  const unseen = statements.unseenBetween.get({ node, depth, fromMs, toMs: NEVER_MS })?.count ?? 0;
  return all - earlier - unseen;
}
