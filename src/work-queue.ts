/**
 * What waits: requests known to be cheap, acquisitions, acquisitions whose document is not validated yet, other requests,
 * events of subscriptions, and those whose text is made.
 */
type Lane = 'cheap' | RequestLane | 'newAcquire' | 'event' | 'sharedEvent';

export type RequestLane = 'acquire' | 'other';

/**
 * How many of a lane start in one iteration of the event loop. A cheap request takes 0.02 ms, and as many as fit into one
 * commit start together. Validating a document takes up to some milliseconds. An event takes 0.1 ms, one whose text is
 * made 0.01 ms, a query up to 30 ms.
 */
const PER_ITERATION: Readonly<Record<Lane, number>> = {
  cheap: 128,
  acquire: 10,
  newAcquire: 1,
  other: 1,
  event: 20,
  sharedEvent: 50,
};

/** While requests arrive, fewer events whose text is made: sending 1,000 of them must not delay an acquisition by a millisecond. */
const SHARED_EVENTS_BESIDE_REQUESTS = 16;

/** Long work is rare, and others wait as well. */
const MAX_PAUSE_MS = 100;

/**
 * Starts a little work in each iteration of the event loop, so that new connections and acquisitions are served between
 * expensive queries, however many of them wait. After an expensive one, acquisitions have as much time again for themselves.
 */
export class WorkQueue {
  readonly #waiting: Readonly<Record<Lane, (() => void)[]>> = {
    cheap: [],
    acquire: [],
    newAcquire: [],
    other: [],
    event: [],
    sharedEvent: [],
  };
  /** In the present iteration. */
  readonly #started: Record<Lane, number> = {
    cheap: 0,
    acquire: 0,
    newAcquire: 0,
    other: 0,
    event: 0,
    sharedEvent: 0,
  };
  /** Whether requests started in the iteration before. */
  #isServing = false;
  #isScheduled = false;
  #otherBeganMs = 0;
  #othersFromMs = 0;

  /** How many of a lane wait. */
  waiting(lane: Lane): number {
    return this.#waiting[lane].length;
  }

  /** Resolves when work of this lane may start: at once, if there is room in the present iteration. */
  async start(lane: Lane): Promise<void> {
    if (this.tryStart(lane)) return;
    await new Promise<void>((start) => {
      this.#waiting[lane].push(start);
    });
  }

  /** Starts work of this lane, which counts it, and returns true if there is room for it in the present iteration. */
  tryStart(lane: Lane): boolean {
    this.#schedule();
    if (this.#waiting[lane].length > 0 || !this.#hasRoom(lane)) return false;
    this.#count(lane);
    return true;
  }

  #hasRoom(lane: Lane): boolean {
    const isPaused = lane === 'other' && performance.now() < this.#othersFromMs;
    const room =
      lane === 'sharedEvent' && this.#isServing ? SHARED_EVENTS_BESIDE_REQUESTS : PER_ITERATION[lane];
    return !isPaused && this.#started[lane] < room;
  }

  #count(lane: Lane): void {
    this.#started[lane] += 1;
    if (lane === 'other') this.#otherBeganMs = performance.now();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#beginIteration());
  }

  #beginIteration(): void {
    this.#isScheduled = false;
    this.#isServing = REQUEST_LANES.some((lane) => this.#started[lane] > 0);
    const nowMs = performance.now();
    // What a query does at once is done when the next iteration begins.
    if (this.#started.other > 0)
      this.#othersFromMs = nowMs + Math.min(nowMs - this.#otherBeganMs, MAX_PAUSE_MS);
    for (const lane of LANES) {
      this.#started[lane] = 0;
      while (this.#waiting[lane].length > 0 && this.#hasRoom(lane)) {
        this.#count(lane);
        this.#waiting[lane].shift()?.();
      }
    }
    const isBusy = LANES.some((lane) => this.#started[lane] > 0);
    if (isBusy) this.#schedule();
    else if (this.waiting('other') > 0) setTimeout(() => this.#schedule(), this.#othersFromMs - nowMs);
  }
}

const REQUEST_LANES = ['cheap', 'acquire', 'newAcquire', 'other'] as const satisfies readonly Lane[];
const LANES = [
  'cheap',
  'acquire',
  'newAcquire',
  'event',
  'sharedEvent',
  'other',
] as const satisfies readonly Lane[];

/** How work waits, and how early it is refused when there is too much: acquisitions last. */
export interface WorkKind {
  readonly urgency: RequestLane;
  readonly lane: Exclude<Lane, 'event' | 'sharedEvent'>;
}

export const OTHER: WorkKind = { urgency: 'other', lane: 'other' };

/** Too many requests wait. Nothing was given out. */
export class OverloadedError extends Error {
  override readonly name = 'OverloadedError';
  readonly statusCode = 503;
}
