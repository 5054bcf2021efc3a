import { Counter, Histogram, type Registry } from 'prom-client';
import type { MaintenanceRun } from '../domain/maintenance-run.ts';
import type { OrderEvent } from '../domain/order-event.ts';
import { inBzz } from './amounts.ts';
import type { DepthLabels } from './depth-labels.ts';

export interface OrderMetrics {
  sent(run: Pick<MaintenanceRun, 'purchasesSent' | 'topUpsSent'>): void;
  settled(event: OrderEvent): void;
}

const KINDS = ['purchase', 'topUp'] as const satisfies readonly OrderEvent['kind'][];

/** Counts what the pool orders, and what becomes of it. */
export function createOrderMetrics(registry: Registry, labels: DepthLabels): OrderMetrics {
  const registers = [registry];
  const sent = new Counter({
    name: 'stamp_pool_orders_sent_total',
    help: 'Purchases and top-ups sent to the Bee node',
    labelNames: ['kind'],
    registers,
  });
  const spent = new Counter({
    name: 'stamp_pool_spent_bzz_total',
    help: 'BZZ paid for the purchases and top-ups that the Bee node has shown',
    labelNames: ['kind'],
    registers,
  });
  const purchases = new Counter({
    name: 'gateway_stamp_purchases_total',
    help: 'Stamp purchases: success when the node shows the batch, error when refused or abandoned',
    labelNames: ['size', 'status'],
    registers,
  });
  const leadTime = new Histogram({
    name: 'stamp_pool_lead_time_seconds',
    help: 'Time from the decision to buy a stamp until it can be acquired',
    buckets: [15, 30, 60, 90, 120, 150, 180, 240, 300, 600, 1800, 3600, 21_600],
    registers,
  });
  for (const kind of KINDS) {
    sent.inc({ kind }, 0);
    spent.inc({ kind }, 0);
  }
  labels.onEach(({ size }) => {
    for (const status of ['success', 'error']) purchases.inc({ size, status }, 0);
  });
  return {
    sent: ({ purchasesSent, topUpsSent }) => {
      sent.inc({ kind: 'purchase' }, purchasesSent);
      sent.inc({ kind: 'topUp' }, topUpsSent);
    },
    settled: (event) => {
      if (event.is === 'delivered') return leadTime.observe(event.leadTimeSeconds);
      const { kind, depth, cost, is } = event;
      if (is === 'confirmed') spent.inc({ kind }, inBzz(cost) ?? 0);
      if (kind === 'purchase')
        purchases.inc({ size: labels.of(depth).size, status: is === 'confirmed' ? 'success' : 'error' });
    },
  };
}
