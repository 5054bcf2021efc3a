import { createHash } from 'node:crypto';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

const DEFAULT_TRIES_PER_MINUTE = 30;

/** Counts the wrong tokens of each address. A valid token is never refused because of it. */
export class FailedTries {
  readonly #limiter: RateLimiterMemory;

  constructor(triesPerMinute = DEFAULT_TRIES_PER_MINUTE) {
    this.#limiter = new RateLimiterMemory({ points: triesPerMinute, duration: 60 });
  }

  /** Counts one. Returns the seconds to wait if there were too many, else null. */
  async count(address: string): Promise<number | null> {
    try {
      await this.#limiter.consume(bucketOf(address));
      return null;
    } catch (rejection) {
      if (!(rejection instanceof RateLimiterRes)) throw rejection;
      return Math.max(1, Math.ceil(rejection.msBeforeNext / 1000));
    }
  }
}

/** Bounds the memory to 65,536 counters. That two addresses may share one does no harm: it refuses wrong tokens only. */
const bucketOf = (address: string): number =>
  createHash('sha256').update(networkOf(address)).digest().readUInt16BE();

/** An IPv6 client has a whole /64 at its disposal. */
function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const [head = [], tail] = address
    .split('::')
    .map((half) => half.split(':').filter((group) => group !== ''));
  const missing = tail === undefined ? 0 : GROUPS - head.length - tail.length;
  return [...head, ...Array.from({ length: missing }, () => '0'), ...(tail ?? [])]
    .slice(0, GROUPS / 2)
    .join(':');
}

/** Of an IPv6 address. */
const GROUPS = 8;
