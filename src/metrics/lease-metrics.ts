import { Counter, Gauge, type Registry } from 'prom-client';
import type { LeaseEvent } from '../domain/lease-event.ts';
import type { NodeName } from '../domain/units.ts';

/** Shows of which nodes this process makes the runs, and counts how often that changes. Each node has its series from the start. */
export function createLeaseMetrics(
  registry: Registry,
  nodes: readonly NodeName[],
): (event: LeaseEvent) => void {
  const registers = [registry];
  const held = new Gauge({
    name: 'stamp_pool_lease_held',
    help: '1 while this process has the lease of the node and makes its runs, else 0',
    labelNames: ['node'],
    registers,
  });
  const taken = new Counter({
    name: 'stamp_pool_leases_taken_total',
    help: 'How often this process took the lease of the node, at its start and from another process',
    labelNames: ['node'],
    registers,
  });
  const lost = new Counter({
    name: 'stamp_pool_leases_lost_total',
    help: 'How often this process lost the lease of the node to another process or by not renewing it in time',
    labelNames: ['node'],
    registers,
  });
  for (const node of nodes) {
    held.set({ node }, 0);
    taken.inc({ node }, 0);
    lost.inc({ node }, 0);
  }
  return ({ is, node }) => {
    held.set({ node }, is === 'taken' ? 1 : 0);
    taken.inc({ node }, is === 'taken' ? 1 : 0);
    lost.inc({ node }, is === 'lost' ? 1 : 0);
  };
}
