import type { Clock } from '../../src/clock.ts';

/** One life of the process. After its death none of its promises resolves. */
export class Life {
  readonly #gone = new AbortController();
  #steps = 0;
  #dieAt = Infinity;
  #onDeath: () => void = () => {};
  #onTheWay: () => void = () => {};
  #paused: PromiseWithResolvers<void> | null = null;
  #pauseAt = Infinity;
  #onPause: () => void = () => {};
  #onStep: (step: number) => void = () => {};

  /** Aborted when the process has died and its connections are closed. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  get dead(): boolean {
    return this.#gone.signal.aborted;
  }

  /** How many steps the process has made. Each call to the store, to Bee or to the clock is two: before and after. */
  get steps(): number {
    return this.#steps;
  }

  /** Calls `listener` at each step. */
  onStep(listener: (step: number) => void): void {
    this.#onStep = listener;
  }

  /** Makes the process die at this step. */
  dieAt(step: number, onDeath: () => void): void {
    this.#dieAt = step;
    this.#onDeath = onDeath;
  }

  /** Makes the process die this many steps from now, and calls `onTheWay` right before. */
  dieIn(steps: number, onTheWay: () => void): void {
    if (this.#steps + steps >= this.#dieAt) return;
    this.#dieAt = this.#steps + steps;
    this.#onTheWay = onTheWay;
  }

  /** Cancels the death. */
  spare(): void {
    this.#dieAt = Infinity;
  }

  die(): void {
    if (this.dead) return;
    this.#gone.abort();
    this.#onDeath();
  }

  /** Stops the process wherever it waits, as SIGSTOP does. Time goes on, and answers arrive when it is resumed. */
  pause(): void {
    this.#paused ??= Promise.withResolvers();
  }

  /** Pauses the process this many steps from now, and calls `onPause` then. */
  pauseIn(steps: number, onPause: () => void): void {
    this.#pauseAt = this.#steps + steps;
    this.#onPause = onPause;
  }

  resume(): void {
    this.#pauseAt = Infinity;
    const paused = this.#paused;
    this.#paused = null;
    paused?.resolve();
  }

  /** Calls `listener` now, or when the process is resumed; never if it has died. */
  whenAwake(listener: () => void): void {
    if (this.dead) return;
    if (this.#paused === null) listener();
    else void this.#paused.promise.then(() => this.whenAwake(listener));
  }

  get isPaused(): boolean {
    return this.#paused !== null;
  }

  /** `part`, with methods at which the process may die, before or after they have run. */
  mortal<Part extends object>(part: Part): Part {
    return new Proxy(part, {
      get: (target, key) => {
        const member: unknown = Reflect.get(target, key);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]): unknown => {
          if (!this.#survives()) return new Promise(() => {});
          const result: unknown = Reflect.apply(member, target, args);
          return result instanceof Promise ? this.#afterwards(result) : result;
        };
      },
    });
  }

  /** `clock`, with a sleep at which the process may die. Reading the time is no step. */
  mortalClock(clock: Clock): Clock {
    const sleeper = this.mortal({ sleep: (ms: number, signal?: AbortSignal) => clock.sleep(ms, signal) });
    return {
      now: () => clock.now(),
      monotonicMs: () => clock.monotonicMs(),
      sleep: (ms, signal) => sleeper.sleep(ms, signal),
      onJump: (listener) => clock.onJump((byMs) => this.dead || listener(byMs)),
    };
  }

  #afterwards(result: Promise<unknown>): Promise<unknown> {
    const never = new Promise<never>(() => {});
    return result.then(
      (value) => {
        if (this.#paused) return this.#paused.promise.then(() => this.#afterwards(result));
        return this.#survives() ? value : never;
      },
      (error: unknown) => {
        if (this.#paused) return this.#paused.promise.then(() => this.#afterwards(result));
        if (this.#survives()) throw error;
        return never;
      },
    );
  }

  #survives(): boolean {
    if (this.dead) return false;
    this.#steps += 1;
    this.#onStep(this.#steps);
    if (this.#steps >= this.#pauseAt) {
      this.#pauseAt = Infinity;
      this.#onPause();
      this.pause();
    }
    if (this.#steps < this.#dieAt) return true;
    this.#onTheWay();
    this.die();
    return false;
  }
}
