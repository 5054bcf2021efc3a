import type { Policy } from '../domain/policy.ts';
import type { Depth, NodeName } from '../domain/units.ts';
import type { DueStamps, NodeStock, Store } from '../store/store.ts';
import { dueRequest } from './order-candidates.ts';

/** By depth with a target, what is due for a top-up. */
export async function readDue(
  { store, node, policy }: { readonly store: Store; readonly node: NodeName; readonly policy: Policy },
  stock: NodeStock,
  now: Date,
): Promise<ReadonlyMap<Depth, DueStamps>> {
  const due = new Map<Depth, DueStamps>();
  for (const depth of policy.targets.keys())
    due.set(depth, await store.dueStamps(node, dueRequest(stock, policy, { depth, now })));
  return due;
}
