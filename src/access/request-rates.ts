import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Clock } from '../clock.ts';
import type { Caller } from '../domain/caller.ts';
import type { RequestRate } from '../domain/request-rate.ts';
import { createBuckets } from './buckets.ts';

/** A caller may send the requests of a whole window at once. */
const WINDOW_SECONDS = 10;

interface RequestRatesParts {
  readonly clock: Pick<Clock, 'now'>;
  /** Of a caller whose token has no rate of its own, on average over a window. */
  readonly requestsPerSecond: number;
  /** Called for each request beyond a rate. */
  readonly onExceeded: () => void;
}

/** Counts the requests of each owner, and of each address without a token. A counter is forgotten when its window ends. */
export class RequestRates {
  readonly #parts: RequestRatesParts;
  /** Only counts: tokens of one owner may have different rates, each of which is compared with the one count. */
  readonly #counters = new RateLimiterMemory({ points: Number.MAX_SAFE_INTEGER, duration: WINDOW_SECONDS });
  readonly #bucketOf = createBuckets();

  constructor(parts: RequestRatesParts) {
    this.#parts = parts;
  }

  /** null: the caller is not limited. */
  async count(caller: Caller): Promise<RequestRate | null> {
    if (caller.kind === 'open') return null;
    const { clock, requestsPerSecond, onExceeded } = this.#parts;
    const limit = (caller.requestsPerSecond ?? requestsPerSecond) * WINDOW_SECONDS;
    const { consumedPoints, msBeforeNext } = await this.#counters.consume(this.#keyOf(caller));
    // The counter compares with the wall clock, which may be set meanwhile.
    const resetsInMs = Math.min(Math.max(msBeforeNext, 0), WINDOW_SECONDS * 1000);
    const isExceeded = consumedPoints > limit;
    if (isExceeded) onExceeded();
    return {
      of: caller.kind === 'anonymous' ? 'address' : 'owner',
      limit,
      windowSeconds: WINDOW_SECONDS,
      remaining: Math.max(0, limit - consumedPoints),
      isExceeded,
      resetsAt: new Date(clock.now().getTime() + resetsInMs),
      resetsInSeconds: Math.max(1, Math.ceil(resetsInMs / 1000)),
    };
  }

  /** Owners have been authenticated, and have a counter each. */
  #keyOf({ kind, id, address }: Caller): string {
    return kind === 'anonymous' ? `anonymous:${this.#bucketOf(address)}` : id;
  }
}
