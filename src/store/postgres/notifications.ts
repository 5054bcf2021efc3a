import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { clientOptions } from './connection.ts';
import { CHANNEL, type Notification, parseNotification } from './notification.ts';
import type { Times } from './times.ts';
import { within } from './within.ts';

/**
 * Receives the notifications of other processes, on a connection of its own from the first `watch` on. After that
 * connection was lost, listeners are called as if everything had changed: what was sent meanwhile is not delivered. Every
 * five seconds the newest revision is read, so that a notification that got lost in a proxy is noticed, too.
 */
export class Notifications implements AsyncDisposable {
  readonly #parts: NotificationsParts;
  readonly #listeners = new Set<Listener>();
  readonly #stop = new AbortController();
  #listening: Promise<void> | null = null;

  constructor(parts: NotificationsParts) {
    this.#parts = parts;
  }

  /** Disposing ends it. */
  watch(listener: Listener): Disposable {
    this.#listeners.add(listener);
    this.#listening ??= this.#listen();
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#listening;
  }

  async #listen(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.#listenOnce().catch(ignore); // lost; statements on other connections fail, too, and are reported
      if (signal.aborted) return;
      const reading = within(this.#parts.times.heartbeatMs, () => this.#parts.readRevision());
      await reading.then((revision) => this.#notify({ is: 'commit', revision }), ignore);
      await delay(RECONNECT_MS, undefined, { signal }).catch(ignore);
    }
  }

  /** Resolves after `stop`. Rejects when the connection is lost. */
  async #listenOnce(): Promise<void> {
    const { url, applicationName, from, times } = this.#parts;
    const client = new Client({
      ...clientOptions({ url, applicationName }),
      connectionTimeoutMillis: times.heartbeatMs,
      query_timeout: times.heartbeatMs,
    });
    const ended = new AbortController();
    for (const event of ['error', 'end'] as const) client.on(event, () => ended.abort());
    client.on('notification', ({ payload = '' }) => {
      const received = parseNotification(payload);
      if (received !== null && received.from !== from) this.#notify(received);
    });
    const signal = AbortSignal.any([ended.signal, this.#stop.signal]);
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
      await this.#catchUp(client);
      this.#notify({ is: 'report' });
      this.#notify({ is: 'runRequest', dryRun: false });
      while (!signal.aborted) {
        await delay(times.heartbeatMs, undefined, { signal }).catch(ignore);
        if (!signal.aborted) await this.#catchUp(client);
      }
    } finally {
      const ending = client.end().catch(ignore);
      if (this.#stop.signal.aborted) await ending; // a lost connection may not end before its timeout
    }
  }

  async #catchUp(client: Client): Promise<void> {
    const { rows } = await client.query<{ revision: string }>('select revision from pool_revision');
    this.#notify({ is: 'commit', revision: Number(rows[0]?.revision ?? 0) });
  }

  #notify(received: Received): void {
    for (const listener of this.#listeners) listener(received);
  }
}

interface NotificationsParts {
  readonly url: string;
  readonly applicationName: string;
  /** What this process sends as `from`: its own notifications are passed over. */
  readonly from: string;
  readonly times: Pick<Times, 'heartbeatMs'>;
  /** The newest revision, read on another connection. */
  readonly readRevision: () => Promise<number>;
}

type WithoutFrom<One> = One extends unknown ? Omit<One, 'from'> : never;
type Received = WithoutFrom<Notification>;
type Listener = (received: Received) => void;

const RECONNECT_MS = 500;

const ignore = (): void => {};
