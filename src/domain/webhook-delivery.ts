import { DAY_MS } from './durations.ts';
import { type WebhookEvent, webhookBody } from './webhook-event.ts';

/**
 * The life of a webhook: an event on its way to the receiver, on disk before it is sent.
 *
 * | status    | what is known                                           | changed by                          | after a crash              |
 * | --------- | ------------------------------------------------------- | ----------------------------------- | -------------------------- |
 * | waiting   | the receiver has not accepted it                        | an attempt                          | it is sent again, at once  |
 * | delivered | the receiver has answered 2xx                           | the operator, who sends it again    | delivered                  |
 * | given_up  | the receiver has not accepted it for three days         | the operator, who sends it again    | given up                   |
 */
export const DELIVERY_STATUSES = ['waiting', 'delivered', 'given_up'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

export interface Delivery {
  /** A UUIDv7: the `webhook-id`, the same in each attempt. */
  readonly id: string;
  /** Of a WebhookEvent, perhaps of another version. */
  readonly type: string;
  /** The body of the request. */
  readonly body: string;
  readonly createdAt: Date;
  readonly status: DeliveryStatus;
  /** How often it was sent since `queuedAt`. */
  readonly attempts: number;
  /** When it was last queued: at its creation, or when the operator sent it again. */
  readonly queuedAt: Date;
  /** null unless it is waiting. */
  readonly nextAttemptAt: Date | null;
  readonly lastAttemptAt: Date | null;
  /** Why the last attempt failed; null if it did not. */
  readonly lastError: string | null;
}

export const newDelivery = (id: string, event: WebhookEvent, at: Date): Delivery => ({
  id,
  type: event.type,
  body: webhookBody(event, at),
  createdAt: at,
  status: 'waiting',
  attempts: 0,
  queuedAt: at,
  nextAttemptAt: at,
  lastAttemptAt: null,
  lastError: null,
});

/** While as many are waiting, no event is written. */
export const MAX_WAITING_WEBHOOKS = 10_000;

/** Deliveries that have ended are kept to be listed and sent again: the newest, for so long. */
export const MAX_ENDED_WEBHOOKS = 1_000;
export const ENDED_WEBHOOKS_KEPT_DAYS = 30;

/** What became of one attempt. */
export type Attempt = { readonly is: 'accepted' } | { readonly is: 'failed'; readonly error: string };

/** The delivery after an attempt that ended at that moment. Pure. */
export function afterAttempt(delivery: Delivery, attempt: Attempt, at: Date): Delivery {
  const attempts = delivery.attempts + 1;
  const ended = { ...delivery, attempts, lastAttemptAt: at, nextAttemptAt: null };
  if (attempt.is === 'accepted') return { ...ended, status: 'delivered', lastError: null };
  const failed = { ...ended, lastError: attempt.error };
  if (at.getTime() - delivery.queuedAt.getTime() >= GIVE_UP_AFTER_MS)
    return { ...failed, status: 'given_up' };
  return { ...failed, status: 'waiting', nextAttemptAt: new Date(at.getTime() + retryDelayMs(attempts)) };
}

/** The delivery when the operator sends it again. The id stays the same. Pure. */
export const queuedAgain = (delivery: Delivery, at: Date): Delivery => ({
  ...delivery,
  status: 'waiting',
  attempts: 0,
  queuedAt: at,
  nextAttemptAt: at,
});

/** Also if the attempt lies further ahead than any delay: then the wall clock was set back. */
export const isDue = ({ nextAttemptAt }: Delivery, now: Date): boolean => {
  if (nextAttemptAt === null) return false;
  const aheadMs = nextAttemptAt.getTime() - now.getTime();
  return aheadMs <= 0 || aheadMs > MAX_RETRY_DELAY_MS;
};

const FIRST_RETRY_DELAY_MS = 5_000;
const MAX_RETRY_DELAY_MS = 5 * 60_000;
export const GIVE_UP_AFTER_MS = 3 * DAY_MS;

/** After the nth failure. */
const retryDelayMs = (failures: number): number =>
  Math.min(MAX_RETRY_DELAY_MS, FIRST_RETRY_DELAY_MS * 2 ** Math.min(failures - 1, 20));
