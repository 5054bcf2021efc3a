import type { Clock } from '../clock.ts';
import type { HttpAnswer, HttpRequest, Send } from './transport.ts';
import { TransportError } from './transport-error.ts';

/**
 * GET requests that are never aborted, because aborting `GET /chainstate` can shut a node down
 * (docs/bee.md#chainstate-abort). The caller stops waiting at a deadline. A path with an open request is not read again.
 */
export class UnabortableReads {
  readonly #open = new Map<string, OpenRead>();
  readonly #send: Send;
  readonly #clock: Clock;

  constructor(send: Send, clock: Clock) {
    this.#send = send;
    this.#clock = clock;
  }

  /** Waits until the node has answered or the deadline passes. Rejects only for a bug. */
  async read(path: string, deadline: Deadline, options: ReadOptions = {}): Promise<ReadResult> {
    const open = this.#open.get(path);
    if (open && this.#clock.monotonicMs() - open.startedMs < MAX_OPEN_READ_MS) {
      return unanswered(
        `${this.#silenceOf(open)}; the request is still open and is not repeated until it ends`,
      );
    }
    const read: OpenRead = { startedMs: this.#clock.monotonicMs(), result: this.#request(path, options) };
    this.#open.set(path, read);
    const remove = (): void => {
      if (this.#open.get(path) === read) this.#open.delete(path);
    };
    read.result.then(remove, remove);
    const timedOut = deadline.then(() =>
      unanswered(
        `${this.#silenceOf(read)} when the time for the observation was over; the request stays open`,
      ),
    );
    return await Promise.race([read.result, timedOut]);
  }

  /** Resolves when every open read has ended. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#open.values()].map(({ result }) => result));
  }

  #request(path: string, options: ReadOptions): Promise<ReadResult> {
    return this.#send({ method: 'GET', path, headers: {}, ...options }).then(
      (answer): ReadResult => ({ is: 'answered', answer }),
      (error: unknown): ReadResult => {
        if (!(error instanceof TransportError)) throw error;
        return { is: 'unanswered', reason: error.message, invalidAnswer: error.invalidAnswer };
      },
    );
  }

  #silenceOf({ startedMs }: OpenRead): string {
    return `no answer for ${Math.round((this.#clock.monotonicMs() - startedMs) / 1000)} s`;
  }
}

/** Resolves when the caller stops waiting. */
export type Deadline = Promise<void>;

export type ReadOptions = Pick<HttpRequest, 'ownConnection' | 'onText'>;

export type ReadResult =
  | { readonly is: 'answered'; readonly answer: HttpAnswer }
  /** No answer at all, or none before the deadline. `invalidAnswer`: something that Bee never sends arrived. */
  | { readonly is: 'unanswered'; readonly reason: string; readonly invalidAnswer?: boolean };

interface OpenRead {
  readonly startedMs: number;
  readonly result: Promise<ReadResult>;
}

/**
 * A read that is open for longer is lost, for example in a proxy: Bee exits after ten minutes without its RPC. Reading the
 * path again aborts nothing; never reading it again would leave the node unreachable until a restart.
 */
const MAX_OPEN_READ_MS = 15 * 60_000;

const unanswered = (reason: string): ReadResult => ({ is: 'unanswered', reason });
