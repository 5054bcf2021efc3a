import type { Condition, Reported } from '../domain/condition.ts';
import type { Order } from '../domain/order.ts';
import type { LiveStamp } from '../domain/stamp.ts';
import type { Delivery, DeliveryStatus } from '../domain/webhook-delivery.ts';
import type { WebhookEvent } from '../domain/webhook-event.ts';
import type { Page, PageRequest } from './page.ts';

/** What was reported to the operator's webhook, and what is on its way there. */
export interface OutboxStore {
  reported(): Promise<Reported>;
  /** When conditions were first compared with what was reported. Writes `at` if they never were. */
  reportingSince(at: Date): Promise<Date>;
  /** Writes the states that differ from the reported ones, and their events as waiting deliveries, in one transaction. */
  report(conditions: readonly Condition[], at: Date): Promise<void>;
  /** Writes an event that follows from no condition. */
  add(event: WebhookEvent, at: Date): Promise<Delivery>;

  /** The first of the waiting ones that are not claimed at that moment, by the time of their next attempt. */
  waiting(limit: number, at: Date): Promise<readonly Delivery[]>;
  waitingCount(): Promise<number>;
  /** All waiting ones are tried at this moment, unless they are claimed. */
  retryAll(at: Date): Promise<void>;
  /**
   * Reserves a waiting delivery for one sender: of the senders of all replicas, only this one may send it until the claim
   * ends. Resolves to false if it is claimed already, or does not wait any more since it was read. A database server compares with its own clock, not `at`.
   */
  claim(id: string, claim: { readonly at: Date; readonly ttlMs: number }): Promise<boolean>;
  /** Writes the result of an attempt, and ends the claim. */
  save(delivery: Delivery): Promise<void>;
  /** Writes that it waits again. A claim stays. */
  queueAgain(delivery: Delivery): Promise<void>;
  delivery(id: string): Promise<Delivery | undefined>;
  /** Newest first. @throws BadCursorError */
  deliveries(page: DeliveriesRequest): Promise<Page<Delivery>>;

  /** The purchases of unknown outcome, and those that were rejected or abandoned since. */
  troubledPurchases(since: Date, limit: number): Promise<readonly Order[]>;
  /** The live stamps that an observation has withheld, by batch id. */
  withheldStamps(limit: number): Promise<readonly LiveStamp[]>;
}

export interface DeliveriesRequest extends PageRequest {
  /** null: of any status. */
  readonly statuses: readonly DeliveryStatus[] | null;
}
