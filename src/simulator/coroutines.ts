import type { Tx } from './tx.ts';

/** Runs request handlers that are generators. They wait for blocks without promises, so that mining is synchronous. */
export class Coroutines {
  readonly #waiting = new Set<Running>();
  readonly #parts: CoroutinesParts;

  constructor(parts: CoroutinesParts) {
    this.#parts = parts;
  }

  /** An aborted signal ends the coroutine where it waits, as a cancelled Go context does. */
  run<T>(coroutine: Coroutine<T>, signal: AbortSignal | undefined): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const end = (settle: () => void): void => {
        this.#waiting.delete(running);
        signal?.removeEventListener('abort', onAbort);
        settle();
      };
      const fail = (error: Error): void => {
        this.#waiting.delete(running); // first: a finally block can shut down the node
        try {
          coroutine.throw(error); // runs the finally blocks; the response is not needed any more
        } catch {}
        end(() => reject(error));
      };
      const onAbort = (): void => fail(abortError(signal));
      const resume = (): void => {
        try {
          let step = coroutine.next();
          while (!step.done && this.#isOver(step.value)) step = coroutine.next();
          if (step.done) return end(() => resolve(step.value));
          running.wait = step.value;
          this.#waiting.add(running);
        } catch (error) {
          end(() => reject(error instanceof Error ? error : new Error(String(error))));
        }
      };
      const running: Running = { wait: { until: 'never' }, resume, fail };
      if (signal?.aborted) return reject(abortError(signal));
      signal?.addEventListener('abort', onAbort, { once: true });
      resume();
    });
  }

  /** Continues the coroutines whose wait is over. */
  resume(): void {
    for (const running of this.#waiting) if (this.#isOver(running.wait)) running.resume();
  }

  /** Ends all coroutines, as when the process exits. */
  failAll(error: () => Error): void {
    for (const running of this.#waiting) running.fail(error());
  }

  #isOver(wait: Wait): boolean {
    switch (wait.until) {
      case 'block':
        return this.#parts.tip() >= wait.block;
      case 'noticed':
        return wait.tx.outcome !== 'awaited';
      case 'rpc':
        return this.#parts.rpcAnswers();
      case 'never':
        return false;
    }
  }
}

/** The work on a request, as a generator. */
export type Coroutine<T> = Generator<Wait, T, void>;

/** What a coroutine can wait for. `noticed`: the node has noticed the receipt or the cancellation of a transaction. */
export type Wait =
  | { readonly until: 'block'; readonly block: number }
  | { readonly until: 'noticed'; readonly tx: Tx }
  | { readonly until: 'rpc' }
  | { readonly until: 'never' };

export interface CoroutinesParts {
  readonly tip: () => number;
  /** Whether the node can reach its RPC endpoint. */
  readonly rpcAnswers: () => boolean;
}

interface Running {
  wait: Wait;
  resume(): void;
  fail(error: Error): void;
}

function abortError(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new Error('the client closed the connection', { cause: reason });
}
