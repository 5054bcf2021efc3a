import { Counter, Gauge, type Registry } from 'prom-client';

export interface WebhookMetrics {
  attempted(result: AttemptResult): void;
  waiting(count: number): void;
}

const ATTEMPT_RESULTS = ['delivered', 'failed', 'given_up'] as const;
/** `failed`: it is sent again. */
type AttemptResult = (typeof ATTEMPT_RESULTS)[number];

/** Counts what is sent to the webhook receiver of the operator. */
export function createWebhookMetrics(registry: Registry): WebhookMetrics {
  const registers = [registry];
  const attempts = new Counter({
    name: 'stamp_pool_webhook_deliveries_total',
    help: 'Attempts to send a webhook, by result: delivered, failed (it is sent again), given_up',
    labelNames: ['result'],
    registers,
  });
  for (const result of ATTEMPT_RESULTS) attempts.inc({ result }, 0);
  const waiting = new Gauge({
    name: 'stamp_pool_webhooks_waiting',
    help: 'Webhooks that the receiver has not accepted yet',
    registers,
  });
  return {
    attempted: (result) => attempts.inc({ result }),
    waiting: (count) => waiting.set(count),
  };
}
