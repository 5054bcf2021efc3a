import { Repeater, SlidingBuffer } from '@repeaterjs/repeater';
import type { Reserve } from '../domain/reserve.ts';

/** The reserve at a moment, as subscribers see it. */
export interface ReserveLevels extends Reserve {
  readonly at: Date;
}

/** The current levels: a value that many may watch, the newest wins, nothing queues up. */
export class Levels {
  #value: ReserveLevels;
  readonly #watchers = new Set<(value: ReserveLevels) => void>();

  constructor(initial: ReserveLevels) {
    this.#value = initial;
  }

  get current(): ReserveLevels {
    return this.#value;
  }

  /** How many are watching; 0 once all have ended. */
  get watcherCount(): number {
    return this.#watchers.size;
  }

  /** Tells the watchers, unless nothing has changed. */
  publish(value: ReserveLevels): void {
    const changed = JSON.stringify(this.#value.depths) !== JSON.stringify(value.depths);
    this.#value = value;
    if (changed) for (const tell of this.#watchers) tell(value);
  }

  /** The present levels at once, then every change; a slow reader finds the newest only. */
  watch(): AsyncIterableIterator<ReserveLevels> {
    return new Repeater<ReserveLevels>(async (push, stop) => {
      const tell = (value: ReserveLevels): void => {
        void push(value);
      };
      this.#watchers.add(tell);
      tell(this.#value);
      await stop; // an async generator would sleep through return() until the next change
      this.#watchers.delete(tell);
    }, new SlidingBuffer(1));
  }
}
