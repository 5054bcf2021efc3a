import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { createBuckets } from './buckets.ts';

const DEFAULT_TRIES_PER_MINUTE = 30;

/** Counts the wrong tokens of each address. A valid token is never refused because of it. */
export class FailedTries {
  readonly #limiter: RateLimiterMemory;
  readonly #bucketOf = createBuckets();

  constructor(triesPerMinute = DEFAULT_TRIES_PER_MINUTE) {
    this.#limiter = new RateLimiterMemory({ points: triesPerMinute, duration: 60 });
  }

  /** Counts one. Returns the seconds to wait if there were too many, else null. */
  async count(address: string): Promise<number | null> {
    try {
      await this.#limiter.consume(this.#bucketOf(address));
      return null;
    } catch (rejection) {
      if (!(rejection instanceof RateLimiterRes)) throw rejection;
      return Math.max(1, Math.ceil(rejection.msBeforeNext / 1000));
    }
  }
}
