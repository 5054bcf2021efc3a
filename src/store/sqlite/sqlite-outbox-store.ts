import type Database from 'better-sqlite3';
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
import type { Transact } from './in-transaction.ts';
import { askDatabase } from './map-errors.ts';
import { type OutboxStatements, prepareOutbox } from './outbox-statements.ts';
import { statementBuilder } from './statement-builder.ts';

/** The webhooks in an SQLite file whose migrations have been applied. */
export class SqliteOutboxStore implements OutboxStore {
  readonly #transact: Transact;
  readonly #newId: (at: Date) => string;
  readonly #statements: OutboxStatements;
  /** In memory: only this process sends, and its claims end with it. */
  readonly #claims = new Map<string, { readonly at: Date; readonly ttlMs: number }>();

  constructor({ client, transact, newId }: OutboxParts) {
    this.#transact = transact;
    this.#newId = newId;
    this.#statements = prepareOutbox(statementBuilder(client));
  }

  async reported(): Promise<Reported> {
    const rows = askDatabase(() => this.#statements.reported.all({}));
    return new Map(rows.map((row) => [conditionKey(row), row]));
  }

  async reportingSince(at: Date): Promise<Date> {
    const known = askDatabase(() => this.#statements.start.get({}));
    if (known) return new Date(known.at);
    this.#transact(() => this.#statements.saveStart.run({ atMs: at.getTime() }));
    return at;
  }

  async report(conditions: readonly Condition[], at: Date): Promise<void> {
    this.#transact(() => {
      for (const condition of conditions) this.#reportOne(condition, at);
    });
  }

  async add(event: WebhookEvent, at: Date): Promise<Delivery> {
    return this.#transact(() => this.#add(event, at));
  }

  async waiting(limit: number, at: Date): Promise<readonly Delivery[]> {
    const rows = askDatabase(() => this.#statements.waiting.all({ limit: limit + this.#claims.size }));
    return rows
      .filter(({ id }) => !this.#isClaimed(id, at))
      .slice(0, limit)
      .map(deliveryFromRow);
  }

  async waitingCount(): Promise<number> {
    return askDatabase(() => this.#statements.waitingCount.get({}))?.count ?? 0;
  }

  async retryAll(at: Date): Promise<void> {
    this.#transact(() => this.#statements.retryAll.run({ atMs: at.getTime() }));
  }

  async claim(id: string, { at, ttlMs }: { readonly at: Date; readonly ttlMs: number }): Promise<boolean> {
    const status = askDatabase(() => this.#statements.delivery.get({ id }))?.status;
    if (status !== 'waiting' || this.#isClaimed(id, at)) return false;
    this.#claims.set(id, { at, ttlMs });
    return true;
  }

  async save(delivery: Delivery): Promise<void> {
    this.#transact(() => this.#statements.saveDelivery.run(rowFromDelivery(delivery)));
    this.#claims.delete(delivery.id);
  }

  async queueAgain(delivery: Delivery): Promise<void> {
    this.#transact(() => this.#statements.saveDelivery.run(rowFromDelivery(delivery)));
  }

  async delivery(id: string): Promise<Delivery | undefined> {
    const row = askDatabase(() => this.#statements.delivery.get({ id }));
    return row && deliveryFromRow(row);
  }

  async deliveries({ first, after, statuses }: DeliveriesRequest): Promise<Page<Delivery>> {
    const beforeId = beforeIdIn('webhooks', after);
    const rows = askDatabase(() =>
      this.#statements.deliveriesPage.all({
        beforeId,
        statuses: JSON.stringify(statuses ?? DELIVERY_STATUSES),
        limit: first + 1,
      }),
    );
    return pageOfDeliveryRows(rows, first);
  }

  async troubledPurchases(since: Date, limit: number): Promise<readonly Order[]> {
    const rows = askDatabase(() => [
      ...this.#statements.unknownPurchases.all({ limit }),
      ...this.#statements.failedPurchases.all({ sinceMs: since.getTime(), limit }),
    ]);
    return rows.slice(0, limit).map(orderFromRow);
  }

  async withheldStamps(limit: number): Promise<readonly LiveStamp[]> {
    const rows = askDatabase(() => this.#statements.withheldStamps.all({ limit }));
    return rows.map((row) => liveStampFromRow(row));
  }

  /** A claim in the future was made before the wall clock was set back. */
  #isClaimed(id: string, at: Date): boolean {
    const claim = this.#claims.get(id);
    if (claim === undefined) return false;
    const sinceMs = at.getTime() - claim.at.getTime();
    return sinceMs >= 0 && sinceMs < claim.ttlMs;
  }

  #reportOne({ kind, subject, state, event }: Condition, at: Date): void {
    const before = this.#statements.reportedState.get({ kind, subject })?.state ?? OK;
    if (before === state) return;
    if (state === OK) this.#statements.forgetReported.run({ kind, subject });
    else this.#statements.saveReported.run({ kind, subject, state });
    if (event) this.#add(event, at);
  }

  #add(event: WebhookEvent, at: Date): Delivery {
    const delivery = newDelivery(this.#newId(at), event, at);
    this.#statements.saveDelivery.run(rowFromDelivery(delivery));
    this.#statements.prune.run({
      kept: MAX_ENDED_WEBHOOKS,
      beforeMs: daysBefore(at, ENDED_WEBHOOKS_KEPT_DAYS).getTime(),
    });
    return delivery;
  }
}

interface OutboxParts {
  readonly client: Database.Database;
  readonly transact: Transact;
  readonly newId: (at: Date) => string;
}
