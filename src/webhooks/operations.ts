import type { Clock } from '../clock.ts';
import { type Delivery, MAX_WAITING_WEBHOOKS } from '../domain/webhook-delivery.ts';
import type { DeliveriesRequest, OutboxStore } from '../store/outbox-store.ts';
import type { Page } from '../store/page.ts';
import type { Sender } from './sender.ts';

/** What an operator may do with the webhooks. */
export interface WebhookOperations {
  /** Newest first. @throws BadCursorError */
  deliveries(page: DeliveriesRequest): Promise<Page<Delivery>>;
  /** Sends a `webhook.test`. Resolves after the first attempt. */
  sendTest(): Promise<SendResult | { readonly is: 'tooManyWaiting' }>;
  /** Sends an event once more, under its id. Resolves after the first attempt. */
  resend(id: string): Promise<SendResult | { readonly is: 'notFound' }>;
}

/** `notConfigured`: no receiver is set. */
export type SendResult =
  | { readonly is: 'sent'; readonly delivery: Delivery }
  | { readonly is: 'notConfigured' };

/** `sender`: null if no receiver is set. */
export const createWebhookOperations = ({ outbox, clock, sender }: Parts): WebhookOperations => ({
  deliveries: (page) => outbox.deliveries(page),
  sendTest: async () => {
    if (sender === null) return { is: 'notConfigured' };
    if ((await outbox.waitingCount()) >= MAX_WAITING_WEBHOOKS) return { is: 'tooManyWaiting' };
    const delivery = await outbox.add({ type: 'webhook.test', data: {} }, clock.now());
    return { is: 'sent', delivery: await sender.sendNow(delivery) };
  },
  resend: async (id) => {
    if (sender === null) return { is: 'notConfigured' };
    const delivery = await outbox.delivery(id);
    return delivery ? { is: 'sent', delivery: await sender.sendNow(delivery) } : { is: 'notFound' };
  },
});

interface Parts {
  readonly outbox: OutboxStore;
  readonly clock: Clock;
  readonly sender: Sender | null;
}
