import { z } from 'zod';
import type { AvailableStamp } from '../../domain/stamp.ts';
import type { Depth } from '../../domain/units.ts';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import { pageOf } from '../page.ts';
import { availableStampFromRow } from '../rows/stamp-row.ts';
import type { Moment, Page, PageRequest } from '../store.ts';
import { givingNodes } from './giving-nodes.ts';
import type { Statements } from './statements.ts';
import { expiresFromMs } from './stock-reads.ts';

/** A page of the stamps that can be acquired, the first to expire first. @throws BadCursorError */
export function availablePage(
  statements: Statements,
  page: PageRequest & { readonly depth: Depth | null },
  moment: Moment,
): Page<AvailableStamp> {
  const from: readonly [number, string] = [expiresFromMs(moment), ''];
  const after = page.after === null ? from : decodeCursor('stamps', stampPosition, page.after);
  const [afterMs, afterId] = after[0] < from[0] ? from : after;
  const limit = page.first + 1;
  const rows = givingNodes(statements, moment).flatMap((node) => {
    const depths = page.depth === null ? acquirableDepths(statements, node) : [page.depth];
    return depths.flatMap((depth) => statements.acquirablePage.all({ node, depth, afterMs, afterId, limit }));
  });
  const items = rows.map(availableStampFromRow).toSorted(soonestFirst);
  return pageOf(items, page.first, ({ expiresAt, batchId }) =>
    encodeCursor('stamps', [expiresAt.getTime(), batchId]),
  );
}

const stampPosition = z.tuple([z.int(), z.string()]);

function acquirableDepths(statements: Statements, node: string): readonly number[] {
  const depths: number[] = [];
  for (let next = statements.depthAbove.get({ node, depth: 0 }); next; ) {
    depths.push(next.depth);
    next = statements.depthAbove.get({ node, depth: next.depth });
  }
  return depths;
}

const soonestFirst = (a: AvailableStamp, b: AvailableStamp): number =>
  a.expiresAt.getTime() - b.expiresAt.getTime() || (a.batchId < b.batchId ? -1 : 1);
