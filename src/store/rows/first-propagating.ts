import { type Depth, depth } from '../../domain/units.ts';
import type { WithheldNodes } from './withheld-nodes.ts';

/** When the first of the stamps that are propagating entered the pool, by depth, without the nodes that are withheld. */
export function firstPropagatingIn(
  rows: readonly { readonly node: string; readonly depth: number; readonly createdAt: number }[],
  withheld: WithheldNodes,
): ReadonlyMap<Depth, Date> {
  const first = new Map<Depth, Date>();
  for (const row of rows.toSorted((a, b) => b.createdAt - a.createdAt))
    if (!withheld.has(row.node)) first.set(depth(row.depth), new Date(row.createdAt));
  return first;
}
