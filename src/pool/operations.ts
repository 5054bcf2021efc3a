import type { Clock } from '../clock.ts';
import type { Acquisition } from '../domain/acquisition.ts';
import type { NodesRuns } from '../domain/maintenance-run.ts';
import { NoHolderError } from '../domain/no-holder-error.ts';
import type { Order } from '../domain/order.ts';
import type { NodeName, Plur } from '../domain/units.ts';
import type { Incidents } from '../signals/incidents.ts';
import type { Runs } from '../signals/runs.ts';
import type { Page, PageRequest } from '../store/page.ts';
import type { OrdersRequest, Store } from '../store/store.ts';
import type { WebhookOperations } from '../webhooks/operations.ts';
import { reporting } from './reporting.ts';

/** What an operator may call. The calls of a client are in Pool. */
export interface Operations {
  /** Resolves when the maintenance runs of all nodes have ended. */
  runMaintenance(options: { readonly dryRun: boolean }): Promise<MaintenanceResult>;
  /** The cost of what was ordered since then. */
  spentByNodeSince(node: NodeName, since: Date): Promise<Plur>;
  /** The same of all nodes, also of those that are not in the settings any more. */
  spentByPoolSince(since: Date): Promise<Plur>;
  openOrders(node: NodeName): Promise<readonly Order[]>;
  /** What this process is called as a holder; null if the database has one process only. */
  readonly replica: string | null;
  /** Which process makes the runs of the node; null if none does at the moment. */
  holderOf(node: NodeName): Promise<string | null>;
  /** @throws BadCursorError */
  orders(page: OrdersRequest): Promise<Page<Order>>;
  /** @throws BadCursorError */
  acquisitions(page: PageRequest): Promise<Page<Acquisition>>;
  readonly webhooks: WebhookOperations;
}

export type MaintenanceResult =
  | { readonly is: 'done'; readonly runs: NodesRuns }
  | { readonly is: 'disabled' }
  /** No process has made a run of these nodes in time. */
  | { readonly is: 'noHolder'; readonly nodes: readonly NodeName[] };

interface OperationsParts {
  readonly enabled: boolean;
  readonly store: Store;
  readonly clock: Pick<Clock, 'now'>;
  readonly runs: Pick<Runs, 'join' | 'preview'>;
  readonly incidents: Incidents;
  readonly webhooks: WebhookOperations;
  readonly replica: string | null;
}

export function createOperations(parts: OperationsParts): Operations {
  const { enabled, store, clock, runs, webhooks, replica } = parts;
  return {
    replica,
    runMaintenance: async ({ dryRun }) => {
      if (!enabled) return { is: 'disabled' };
      try {
        const [first, ...others] = await (dryRun ? runs.preview() : runs.join());
        if (first === undefined) throw new TypeError('an enabled pool has no node');
        return { is: 'done', runs: [first, ...others] };
      } catch (error) {
        if (error instanceof NoHolderError) return { is: 'noHolder', nodes: error.nodes };
        throw error;
      }
    },
    spentByNodeSince: (node, since) => reporting(parts, () => store.spentByNodeSince(node, since)),
    spentByPoolSince: (since) => reporting(parts, () => store.allocations.spentByPoolSince(since)),
    openOrders: (node) =>
      reporting(parts, async () => (await store.openOrders()).filter((order) => order.node === node)),
    holderOf: (node) =>
      reporting(parts, async () => {
        const holders = await store.leases.holders(clock.now());
        return holders.find((lease) => lease.node === node)?.holder ?? null;
      }),
    orders: (page) => reporting(parts, () => store.orders(page)),
    acquisitions: (page) => reporting(parts, () => store.acquisitions({ ...page, caller: null })),
    webhooks: {
      deliveries: (page) => reporting(parts, () => webhooks.deliveries(page)),
      sendTest: () => reporting(parts, () => webhooks.sendTest()),
      resend: (id) => reporting(parts, () => webhooks.resend(id)),
    },
  };
}
