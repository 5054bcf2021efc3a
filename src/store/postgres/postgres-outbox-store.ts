import { type Condition, conditionKey, OK, type Reported } from '../../domain/condition.ts';
import { daysBefore } from '../../domain/durations.ts';
import type { Order } from '../../domain/order.ts';
import type { LiveStamp } from '../../domain/stamp.ts';
import {
  DELIVERY_STATUSES,
  type Delivery,
  ENDED_WEBHOOKS_KEPT_DAYS,
  MAX_ENDED_WEBHOOKS,
  newDelivery,
} from '../../domain/webhook-delivery.ts';
import type { WebhookEvent } from '../../domain/webhook-event.ts';
import type { DeliveriesRequest, OutboxStore } from '../outbox-store.ts';
import type { Page } from '../page.ts';
import { deliveryFromRow, rowFromDelivery } from '../rows/delivery-row.ts';
import { orderFromRow } from '../rows/order-row.ts';
import { beforeIdIn, pageOfDeliveryRows } from '../rows/pages.ts';
import { liveStampFromRow } from '../rows/stamp-row.ts';
import type { Database } from './database.ts';
import * as statements from './outbox-statements.ts';
import type { Asks } from './statement.ts';

/** The webhooks in PostgreSQL. */
export class PostgresOutboxStore implements OutboxStore {
  readonly #database: Database;
  readonly #newId: (at: Date) => string;

  constructor(database: Database, newId: (at: Date) => string) {
    this.#database = database;
    this.#newId = newId;
  }

  async reported(): Promise<Reported> {
    const rows = await statements.reported(this.#database, {});
    return new Map(rows.map((row) => [conditionKey(row), row]));
  }

  async reportingSince(at: Date): Promise<Date> {
    const [known] = await statements.start(this.#database, {});
    if (known) return new Date(known.at);
    await this.#database.transact((transaction) => statements.saveStart(transaction, { atMs: at.getTime() }));
    const [written] = await statements.start(this.#database, {}); // perhaps by another replica
    return new Date(written?.at ?? at);
  }

  async report(conditions: readonly Condition[], at: Date): Promise<void> {
    await this.#database.transact(async (transaction) => {
      for (const { event, ...reported } of conditions) {
        const changed = reported.state === OK ? statements.forgetReported : statements.saveReported;
        const rows = await changed(transaction, reported);
        if (event && rows.length > 0) await this.#add(transaction, { event, at });
      }
    });
  }

  async add(event: WebhookEvent, at: Date): Promise<Delivery> {
    return await this.#database.transact((transaction) => this.#add(transaction, { event, at }));
  }

  async waiting(limit: number): Promise<readonly Delivery[]> {
    return (await statements.waiting(this.#database, { limit })).map(deliveryFromRow);
  }

  async waitingCount(): Promise<number> {
    return (await statements.waitingCount(this.#database, {}))[0]?.count ?? 0;
  }

  async retryAll(at: Date): Promise<void> {
    await this.#database.transact((transaction) => statements.retryAll(transaction, { atMs: at.getTime() }));
  }

  async claim(id: string, { ttlMs }: { readonly ttlMs: number }): Promise<boolean> {
    const rows = await this.#database.transact((transaction) => statements.claim(transaction, { id, ttlMs }));
    return rows.length > 0;
  }

  async save(delivery: Delivery): Promise<void> {
    const row = rowFromDelivery(delivery);
    await this.#database.transact((transaction) => statements.saveAttempt(transaction, row));
  }

  async queueAgain(delivery: Delivery): Promise<void> {
    const row = rowFromDelivery(delivery);
    await this.#database.transact((transaction) => statements.queueAgain(transaction, row));
  }

  async delivery(id: string): Promise<Delivery | undefined> {
    const [row] = await statements.delivery(this.#database, { id });
    return row && deliveryFromRow(row);
  }

  async deliveries({ first, after, statuses }: DeliveriesRequest): Promise<Page<Delivery>> {
    const rows = await statements.deliveriesPage(this.#database, {
      beforeId: beforeIdIn('webhooks', after),
      statuses: statuses ?? DELIVERY_STATUSES,
      limit: first + 1,
    });
    return pageOfDeliveryRows(rows, first);
  }

  async troubledPurchases(since: Date, limit: number): Promise<readonly Order[]> {
    const rows = await this.#database.read(async (on) => [
      ...(await statements.unknownPurchases(on, { limit })),
      ...(await statements.failedPurchases(on, { sinceMs: since.getTime(), limit })),
    ]);
    return rows.slice(0, limit).map(orderFromRow);
  }

  async withheldStamps(limit: number): Promise<readonly LiveStamp[]> {
    const rows = await statements.withheldStamps(this.#database, { limit });
    return rows.map((row) => liveStampFromRow(row));
  }

  async #add(
    on: Asks,
    { event, at }: { readonly event: WebhookEvent; readonly at: Date },
  ): Promise<Delivery> {
    const delivery = newDelivery(this.#newId(at), event, at);
    await statements.addDelivery(on, rowFromDelivery(delivery));
    await statements.prune(on, {
      kept: MAX_ENDED_WEBHOOKS,
      beforeMs: daysBefore(at, ENDED_WEBHOOKS_KEPT_DAYS).getTime(),
    });
    return delivery;
  }
}
