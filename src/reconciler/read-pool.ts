import { daysBefore } from '../domain/durations.ts';
import type { NodeReport } from '../domain/node-report.ts';
import type { Depth, NodeName } from '../domain/units.ts';
import type { PoolStock } from '../store/allocation-store.ts';
import { momentOf } from '../store/moment.ts';
import type { DueByDepth, PoolView } from './plan-input.ts';
import { readDue } from './read-due.ts';
import type { ReconcileParts } from './reconcile-parts.ts';

type ReadParts = Pick<ReconcileParts, 'store' | 'node' | 'nodes' | 'policy'>;

/** Reads what all nodes have and do. The stock is read first: see AllocationStore. */
export async function readPool(
  parts: ReadParts & Pick<ReconcileParts, 'clock'>,
  reports: readonly NodeReport[],
  now: Date,
): Promise<PoolView> {
  const { store, policy, clock } = parts;
  const stock = await store.allocations.poolStock(momentOf(policy, now));
  return {
    stock,
    reports,
    spentLastDay: await store.allocations.spentByPoolSince(daysBefore(clock.now(), 1)),
    due: await dueByNode(parts, { stock, reports, now }),
  };
}

/** Of the nodes that top up what is due: not of those whose stamps are all withheld, nor of drained ones. */
async function dueByNode(
  { store, node, nodes, policy }: ReadParts,
  { stock, reports, now }: Omit<PoolView, 'due' | 'spentLastDay'> & { readonly now: Date },
): Promise<PoolView['due']> {
  const drained = new Set(reports.filter((report) => report.drained).map((report) => report.node));
  if (policy.drainedNodes.has(node)) drained.add(node);
  const due = new Map<NodeName, DueByDepth>();
  for (const of of nodes) {
    const isWithheld = stock.nodes.some((counts) => counts.node === of && counts.withheld !== null);
    if (drained.has(of) || (isWithheld && of !== node)) continue;
    due.set(of, await readDue({ store, node: of, policy }, onOrderIn(stock), { now, drained }));
  }
  return due;
}

/** What is on order in the whole pool. */
function onOrderIn({ openOrders, nodes }: PoolStock): Parameters<typeof readDue>[1] {
  const propagating = new Map<Depth, number>();
  for (const [depth, count] of nodes.flatMap((counts) => [...counts.propagating]))
    propagating.set(depth, (propagating.get(depth) ?? 0) + count);
  return { openOrders, propagating };
}
