import { getHeapStatistics } from 'node:v8';
import { GraphQLError } from 'graphql';
import type { Pool } from '../pool/pool.ts';
import type { ReserveLevels } from '../signals/levels.ts';
import type { WorkQueue } from '../work-queue.ts';
import { once } from './once.ts';

/** Of the heap, for everything but subscriptions. */
const RESERVED_BYTES = 100_000_000;
const BYTES_PER_SUBSCRIPTION = 50_000;

/** How many subscriptions fit into the heap, over all clients. */
const maxSubscriptions = (): number =>
  Math.max(100, Math.floor((getHeapStatistics().heap_size_limit - RESERVED_BYTES) / BYTES_PER_SUBSCRIPTION));

/** Counts the open subscriptions of all clients. */
export class SubscriptionLimit {
  readonly #max: number;
  readonly #onChange: (subscribers: number) => void;
  #open = 0;
  #sources = 0;

  /** Calls `onChange` with the number of clients that subscribe: without the sources that they share. */
  constructor(onChange: (subscribers: number) => void, max = maxSubscriptions()) {
    this.#onChange = onChange;
    this.#max = max;
  }

  get isReached(): boolean {
    return this.#open >= this.#max;
  }

  /** Counts one. Returns what ends it, and may be called again. */
  enter(): () => void {
    this.#add(1, 0);
    return once(() => this.#add(-1, 0));
  }

  /** One of those that are open is the source of others. Returns what ends that, and may be called again. */
  markSource(): () => void {
    this.#add(0, 1);
    return once(() => this.#add(0, -1));
  }

  #add(open: number, sources: number): void {
    this.#open += open;
    this.#sources += sources;
    this.#onChange(this.#open - this.#sources);
  }
}

/**
 * Watches the levels for subscriptions: as many as the heap has room for, and their events through the work queue. A
 * change of the levels is an event of every subscription.
 */
export function paceLevels(pool: Pool, workQueue: WorkQueue, limit: SubscriptionLimit): Pool['watchLevels'] {
  return () => {
    if (limit.isReached) throw tooMany();
    return paced(pool.watchLevels(), workQueue, limit.enter());
  };
}

const paced = (
  source: AsyncIterableIterator<ReserveLevels>,
  workQueue: WorkQueue,
  end: () => void,
): AsyncIterableIterator<ReserveLevels> => ({
  async next() {
    const result = await source.next();
    if (result.done) end();
    else await workQueue.start('event');
    return result;
  },
  async return() {
    end();
    return (await source.return?.()) ?? { done: true, value: undefined };
  },
  [Symbol.asyncIterator]() {
    return this;
  },
});

const tooMany = (): GraphQLError =>
  new GraphQLError('Too many subscriptions are open. Retry later.', {
    extensions: { code: 'TOO_MANY_SUBSCRIPTIONS' },
  });
