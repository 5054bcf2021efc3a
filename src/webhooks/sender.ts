import { Alarm } from '../alarm.ts';
import { atMostEvery } from '../at-most-every.ts';
import type { Clock } from '../clock.ts';
import { messageOf } from '../domain/message-of.ts';
import { type Attempt, afterAttempt, type Delivery, isDue, queuedAgain } from '../domain/webhook-delivery.ts';
import type { Incidents } from '../signals/incidents.ts';
import { failureCode } from '../store/failure-code.ts';
import type { OutboxStore } from '../store/outbox-store.ts';
import type { Receiver } from './receiver.ts';

/** Sends what waits in the outbox, several at a time, and records each attempt. After a start everything is tried at once. */
export class Sender implements AsyncDisposable {
  readonly #parts: SenderParts;
  readonly #alarm: Alarm;
  readonly #stopping = new AbortController();
  /** By id. */
  readonly #inFlight = new Map<string, Promise<Delivery>>();
  readonly #logFailure: (delivery: Delivery) => void;
  #isStarted = false;
  /** When the loop last read it. */
  #waitingCount = 0;
  #sending: Promise<void> = Promise.resolve();

  constructor(parts: SenderParts) {
    this.#parts = parts;
    this.#alarm = new Alarm(parts.clock);
    this.#logFailure = atMostEvery(LOG_INTERVAL_MS, parts.clock, ({ id, type, attempts, lastError }, count) =>
      parts.log(
        { id, type, attempts, error: lastError, count },
        'a webhook was not delivered; it is sent again',
      ),
    );
  }

  start(): void {
    this.#sending = this.#loop();
  }

  /** Something new waits. */
  wake(): void {
    this.#alarm.ring();
  }

  /** Sends it at once, whatever its status. Resolves to the delivery after the attempt. */
  async sendNow(delivery: Delivery): Promise<Delivery> {
    const underWay = this.#inFlight.get(delivery.id);
    if (underWay) return await underWay;
    const { outbox, clock } = this.#parts;
    const queued = queuedAgain(delivery, clock.now());
    await outbox.queueAgain(queued);
    if (this.#inFlight.size < MAX_IN_FLIGHT && (await this.#claim(queued))) return await this.#send(queued);
    this.#alarm.ring();
    return (await this.#inFlight.get(delivery.id)) ?? queued; // the loop may have sent it meanwhile
  }

  /** Requests that are still open are aborted. Their webhooks are sent again after the next start. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    this.#alarm.ring();
    await this.#sending;
    await Promise.allSettled(this.#inFlight.values());
  }

  async #loop(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      this.#alarm.reset();
      const waitMs = await this.#sendDue().catch((error: unknown) => this.#failed(error));
      await this.#alarm.sleep(Math.min(waitMs, POLL_MS));
    }
  }

  /** Resolves to the milliseconds until the next one is due. */
  async #sendDue(): Promise<number> {
    const { outbox, clock, onWaiting } = this.#parts;
    const count = await outbox.waitingCount();
    if (!this.#isStarted && count > 0) await outbox.retryAll(clock.now());
    this.#isStarted = true;
    this.#waitingCount = count;
    onWaiting(count);
    const waiting = await outbox.waiting(MAX_AT_ONCE + 1, clock.now());
    const now = clock.now();
    const due = waiting.filter((delivery) => isDue(delivery, now));
    const free = Math.max(0, MAX_AT_ONCE - this.#inFlight.size);
    for (const delivery of due.slice(0, free))
      if (await this.#claim(delivery)) void this.#send(delivery).catch(() => {}); // it was reported
    if (due.length > free) return Infinity; // an attempt that ends wakes the loop
    const next = waiting.find((delivery) => !due.includes(delivery))?.nextAttemptAt;
    return next ? next.getTime() - now.getTime() : Infinity;
  }

  /** Resolves to false if another replica is sending it. */
  #claim({ id }: Delivery): Promise<boolean> {
    const { outbox, clock } = this.#parts;
    return outbox.claim(id, { at: clock.now(), ttlMs: CLAIM_MS });
  }

  #send(delivery: Delivery): Promise<Delivery> {
    const sending = this.#attempt(delivery).finally(() => {
      this.#inFlight.delete(delivery.id);
      this.#alarm.ring();
    });
    this.#inFlight.set(delivery.id, sending);
    return sending;
  }

  async #attempt(delivery: Delivery): Promise<Delivery> {
    const { outbox, clock, receiver } = this.#parts;
    const { signal } = this.#stopping;
    const attempt = await receiver.send(delivery, signal).catch((error: unknown): Attempt => {
      this.#failed(error);
      return { is: 'failed', error: 'an internal error' };
    });
    if (signal.aborted && attempt.is === 'failed') return delivery;
    const after = afterAttempt(delivery, attempt, clock.now());
    try {
      await outbox.save(after);
    } catch (error) {
      await clock.sleep(this.#failed(error), signal); // it is sent again, and must not be at once
      throw error;
    }
    this.#report(after);
    return after;
  }

  #report(after: Delivery): void {
    const { clock, incidents, onAttempt } = this.#parts;
    const { id, type, attempts, status, lastError } = after;
    onAttempt(status === 'waiting' ? 'failed' : status);
    if (lastError === null) return;
    this.#logFailure(after);
    const detail = `Event ${id} (${type}), sent ${attempts} times: ${lastError}.`;
    if (status === 'given_up') return incidents.report({ code: 'WEBHOOK_GIVEN_UP', subject: id, detail });
    if (clock.now().getTime() - after.queuedAt.getTime() < FAILING_MS) return;
    incidents.remind({
      code: 'WEBHOOKS_NOT_DELIVERED',
      subject: 'webhooks',
      detail: `${this.#waitingCount} waiting. ${detail}`,
    });
  }

  #failed(cause: unknown): number {
    const code = failureCode(cause, 'WEBHOOKS_FAILED');
    this.#parts.incidents.report({ code, subject: 'webhooks', detail: messageOf(cause), cause });
    return RETRY_MS;
  }
}

export interface SenderParts {
  readonly outbox: OutboxStore;
  readonly receiver: Receiver;
  readonly clock: Clock;
  readonly incidents: Incidents;
  readonly onAttempt: (result: 'delivered' | 'failed' | 'given_up') => void;
  readonly onWaiting: (count: number) => void;
  readonly log: (fields: Record<string, unknown>, message: string) => void;
}

/** A receiver that hangs holds these only. */
const MAX_AT_ONCE = 8;
/** With those that the operator sends. */
const MAX_IN_FLIGHT = 2 * MAX_AT_ONCE;
/** After this time a failure is an incident. */
const FAILING_MS = 10 * 60_000;
const RETRY_MS = 30_000;
/** An attempt is given up after ten seconds. A claim that is never ended was of a replica that has died. */
const CLAIM_MS = 30_000;
/** Another replica may have died with events that it had written or claimed. */
const POLL_MS = 60_000;
/** A receiver that is down fails every attempt. */
const LOG_INTERVAL_MS = 60_000;
