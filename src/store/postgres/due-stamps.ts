import { type NodeName, nodeName } from '../../domain/units.ts';
import { availableStampFromRow } from '../rows/stamp-row.ts';
import type { DueRequest, DueStamps } from '../store.ts';
import { dueCounts, dueFrom, firstDue, firstKept, lastDue } from './count-statements.ts';
import type { Asks } from './statement.ts';
import { withheldNodes } from './withheld-nodes.ts';

/**
 * The stamps that are due for a top-up. Those that expire last are kept, so what is kept and due is found by counting what
 * expires later: only counts and the first of them are read.
 */
export async function dueStampsOf(on: Asks, node: NodeName, request: DueRequest): Promise<DueStamps> {
  const { depth, from, until, promised, limit } = request;
  const range = { depth, fromMs: from.getTime(), toMs: until.getTime() };
  const [withheld, ofAll] = await Promise.all([
    withheldNodes(on, null),
    dueCounts(on, { ...range, promisedMs: promised.getTime() }),
  ]);
  const counts = ofAll.filter((of) => !withheld.has(of.node));
  const { due, belowPromise } = counts.find((of) => of.node === node) ?? { due: 0, belowPromise: 0 };
  if (due === 0) return { stamps: [], count: 0, belowPromise: 0 };
  const count = await keptOf(on, { node, due }, { request, range, counts });
  const surplus = due - count;
  const rows =
    count <= limit
      ? (await lastDue(on, { node, ...range, limit: count })).toReversed()
      : await firstDue(on, { node, ...range, limit, offset: surplus });
  return {
    stamps: rows.map(availableStampFromRow),
    count,
    belowPromise: Math.max(0, belowPromise - surplus),
  };
}

interface InPool {
  readonly request: DueRequest;
  readonly range: { readonly depth: number; readonly fromMs: number; readonly toMs: number };
  readonly counts: readonly { readonly node: string; readonly due: number; readonly longLived: number }[];
}

/** How many of what is due on the node are kept. */
async function keptOf(
  on: Asks,
  { node, due }: { readonly node: NodeName; readonly due: number },
  { request, range, counts }: InPool,
): Promise<number> {
  const longer = counts.reduce((sum, { longLived }) => sum + longLived, 0);
  const room = Math.max(0, request.keep - longer);
  const toppedUp = counts.filter((count) => !request.drained.has(nodeName(count.node)));
  const dueInPool = toppedUp.reduce((sum, count) => sum + count.due, 0);
  if (room >= dueInPool) return due;
  if (room === 0 || dueInPool === due) return room;
  const nodes = toppedUp.map((count) => count.node);
  const [first] = await firstKept(on, { ...range, nodes, offset: room - 1 });
  if (first === undefined) return 0;
  const [kept] = await dueFrom(on, { ...range, ...first, node });
  return kept?.count ?? 0;
}
