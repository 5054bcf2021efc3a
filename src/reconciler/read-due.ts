import type { Policy } from '../domain/policy.ts';
import type { Depth, NodeName } from '../domain/units.ts';
import type { DueStamps, Store } from '../store/store.ts';
import { dueRequest } from './order-candidates.ts';

/** By depth with a target, what is due for a top-up on a node. */
export async function readDue(
  { store, node, policy }: { readonly store: Store; readonly node: NodeName; readonly policy: Policy },
  stock: Parameters<typeof dueRequest>[0],
  at: Omit<Parameters<typeof dueRequest>[2], 'depth'>,
): Promise<ReadonlyMap<Depth, DueStamps>> {
  const due = new Map<Depth, DueStamps>();
  for (const depth of policy.targets.keys())
    due.set(depth, await store.dueStamps(node, dueRequest(stock, policy, { depth, ...at })));
  return due;
}
