import type { Clock } from '../clock.ts';

/** A sleep that a ring ends. A ring that comes before the sleep ends it at once. */
export class Alarm {
  readonly #clock: Pick<Clock, 'sleep'>;
  #rung = new AbortController();

  constructor(clock: Pick<Clock, 'sleep'>) {
    this.#clock = clock;
  }

  ring(): void {
    this.#rung.abort();
  }

  async sleep(ms: number): Promise<void> {
    if (!this.#rung.signal.aborted) await this.#clock.sleep(ms, this.#rung.signal);
    this.#rung = new AbortController();
  }
}
