import { Webhook } from 'standardwebhooks';
import { vi } from 'vitest';
import { z } from 'zod';
import type { Post } from '../../src/webhooks/receiver.ts';

export const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

/** One request that the receiver has verified. */
export interface ReceivedEvent {
  readonly id: string;
  /** When it was signed. */
  readonly sentAt: Date;
  readonly type: string;
  readonly timestamp: string;
  readonly data: unknown;
  readonly accepted: boolean;
}

const bodySchema = z.object({ type: z.string(), timestamp: z.string(), data: z.unknown() });

/** Verifies each request with the library of Standard Webhooks, at the time of `now`, and answers `status`. */
export class TestReceiver {
  readonly requests: ReceivedEvent[] = [];
  status: number | 'refuses connections' | 'hangs' = 204;
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  readonly post: Post = async ({ headers, body }, signal) => {
    const { status } = this;
    const verified = bodySchema.parse(this.#verify(body, { ...headers }));
    this.requests.push({
      id: headers['webhook-id'] ?? '',
      sentAt: new Date(Number(headers['webhook-timestamp']) * 1000),
      ...verified,
      accepted: status === 204,
    });
    if (status === 'refuses connections') throw new Error('connect ECONNREFUSED 127.0.0.1:9');
    if (status === 'hangs') return await aborted(signal);
    return status;
  };

  /** What it has accepted. */
  get events(): readonly ReceivedEvent[] {
    return this.requests.filter(({ accepted }) => accepted);
  }

  get types(): readonly string[] {
    return this.events.map(({ type }) => type);
  }

  /** The library compares the timestamp with Date.now(). */
  #verify(body: string, headers: Record<string, string>): unknown {
    vi.useFakeTimers({ toFake: ['Date'], now: this.#now() });
    try {
      return new Webhook(SECRET).verify(body, headers);
    } finally {
      vi.useRealTimers();
    }
  }
}

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
