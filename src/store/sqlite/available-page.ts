import type { AvailableStamp } from '../../domain/stamp.ts';
import { soonestFirst } from '../decide-acquisitions.ts';
import type { Moment } from '../moment.ts';
import type { Page } from '../page.ts';
import { afterStampIn, pageOfStampRows } from '../rows/pages.ts';
import type { AvailableStampsRequest } from '../store.ts';
import { givingNodes, withheldNodes } from './giving-nodes.ts';
import type { Statements } from './statements.ts';

/** A page of the stamps that can be acquired, the first to expire first. @throws BadCursorError */
export function availablePage(
  statements: Statements,
  page: AvailableStampsRequest,
  moment: Moment,
): Page<AvailableStamp> {
  const values = { ...afterStampIn(page.after, moment), limit: page.first + 1 };
  const giving = givingNodes(statements, withheldNodes(statements, moment));
  const nodes = giving.filter((name) => name === (page.node ?? name));
  const rows = nodes.flatMap((node) => {
    const depths = page.depth === null ? acquirableDepths(statements, node) : [page.depth];
    return depths.flatMap((depth) => statements.acquirablePage.all({ node, depth, ...values }));
  });
  return pageOfStampRows(rows.toSorted(soonestFirst), page.first);
}

function acquirableDepths(statements: Statements, node: string): readonly number[] {
  const depths: number[] = [];
  for (let next = statements.depthAbove.get({ node, depth: 0 }); next; ) {
    depths.push(next.depth);
    next = statements.depthAbove.get({ node, depth: next.depth });
  }
  return depths;
}
