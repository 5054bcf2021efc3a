import type { Tx } from './tx.ts';

/** What the work on a request may wait for. */
export type Wait =
  | { readonly until: 'block'; readonly block: number }
  | { readonly until: 'noticed'; readonly tx: Tx }
  | { readonly until: 'rpc' }
  | { readonly until: 'never' };

/** Work on a request as a generator: it goes on while time passes, so that blocks can be mined without awaiting. */
export type Job<T> = Generator<Wait, T, void>;

export interface JobsParts {
  readonly tip: () => number;
  /** Whether the node can reach its RPC. */
  readonly rpcAnswers: () => boolean;
}

interface Running {
  wait: Wait;
  resume(): void;
  fail(error: Error): void;
}

export class Jobs {
  readonly #waiting = new Set<Running>();
  readonly #parts: JobsParts;

  constructor(parts: JobsParts) {
    this.#parts = parts;
  }

  /** An aborted signal is a client that has gone: the job ends where it waits, as a Go context does. */
  run<T>(job: Job<T>, signal: AbortSignal | undefined): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const end = (settle: () => void): void => {
        this.#waiting.delete(running);
        signal?.removeEventListener('abort', onAbort);
        settle();
      };
      const fail = (error: Error): void => {
        this.#waiting.delete(running); // before its finally blocks, one of which may end the whole node
        try {
          job.throw(error); // runs its finally blocks; whatever it would answer, nobody is there to hear it
        } catch {}
        end(() => reject(error));
      };
      const onAbort = (): void => fail(abortError(signal));
      const resume = (): void => {
        try {
          let step = job.next();
          while (!step.done && this.#isOver(step.value)) step = job.next();
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

  /** Something has happened that a job may wait for. */
  resume(): void {
    for (const running of this.#waiting) if (this.#isOver(running.wait)) running.resume();
  }

  /** The process ends: every connection is cut, every context cancelled. */
  cutAll(error: () => Error): void {
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

function abortError(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new Error('the client has gone', { cause: reason });
}
