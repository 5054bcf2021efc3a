import type { Clock } from '../clock.ts';
import { type HttpAnswer, type HttpRequest, type Send, SendFailed } from './send.ts';

type How = Pick<HttpRequest, 'apart'>;

export type Asked =
  | { readonly is: 'answered'; readonly answer: HttpAnswer }
  /** No answer will come, or none in time. `invalid`: something did answer, with what no Bee sends. */
  | { readonly is: 'unanswered'; readonly why: string; readonly invalid?: boolean };

interface OpenRead {
  readonly sinceMs: number;
  readonly ended: Promise<Asked>;
}

/**
 * An open read this old is an orphan (a proxy lost it): Bee itself exits after ten minutes without its RPC. Asking anew
 * takes nothing back; never asking again would leave the node unreachable for good.
 */
const FORSAKEN_MS = 15 * 60_000;

/**
 * Reads that are waited for with patience, but never taken back: aborting `GET /chainstate` can shut a node down
 * (docs/bee.md#chainstate-abort). A path that still owes an answer is not asked a second time.
 */
export class PatientReads {
  readonly #open = new Map<string, OpenRead>();
  readonly #send: Send;
  readonly #clock: Clock;

  constructor(send: Send, clock: Clock) {
    this.#send = send;
    this.#clock = clock;
  }

  /** Waits until the node has answered or `outOfPatience` resolves. Rejects only for a bug. */
  async ask(path: string, outOfPatience: Promise<void>, how: How = {}): Promise<Asked> {
    const before = this.#open.get(path);
    if (before && this.#clock.monotonicMs() - before.sinceMs < FORSAKEN_MS) {
      return unanswered(`${this.#since(before)}, and is not asked again before it has ended`);
    }
    const read: OpenRead = { sinceMs: this.#clock.monotonicMs(), ended: this.#read(path, how) };
    this.#open.set(path, read);
    const forget = (): void => {
      if (this.#open.get(path) === read) this.#open.delete(path);
    };
    read.ended.then(forget, forget);
    return await Promise.race([
      read.ended,
      outOfPatience.then(() => unanswered(`${this.#since(read)}; it is left open`)),
    ]);
  }

  /** When every open read has ended. */
  async ended(): Promise<void> {
    await Promise.allSettled([...this.#open.values()].map(({ ended }) => ended));
  }

  #read(path: string, how: How): Promise<Asked> {
    return this.#send({ method: 'GET', path, headers: {}, ...how }).then(
      (answer): Asked => ({ is: 'answered', answer }),
      (error: unknown): Asked => {
        if (!(error instanceof SendFailed)) throw error;
        return { is: 'unanswered', why: error.message, invalid: error.answered };
      },
    );
  }

  #since({ sinceMs }: OpenRead): string {
    return `no answer for ${Math.round((this.#clock.monotonicMs() - sinceMs) / 1000)} s`;
  }
}

const unanswered = (why: string): Asked => ({ is: 'unanswered', why });
