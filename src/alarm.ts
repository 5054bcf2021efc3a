import type { Clock } from './clock.ts';

/** A sleep that ends early when the alarm rings, at once if it has rung since `reset`. */
export class Alarm {
  readonly #clock: Pick<Clock, 'sleep'>;
  #rung = new AbortController();

  constructor(clock: Pick<Clock, 'sleep'>) {
    this.#clock = clock;
  }

  /** Forgets that it has rung. Call it before the work after which it sleeps. */
  reset(): void {
    this.#rung = new AbortController();
  }

  ring(): void {
    this.#rung.abort();
  }

  async sleep(ms: number): Promise<void> {
    const { signal } = this.#rung;
    if (!signal.aborted) await this.#clock.sleep(ms, signal);
  }
}
