import type { ExecutionResult } from 'graphql';
import { SharedEvent } from './shared-event.ts';
import type { WorkQueue } from './work-queue.ts';

/** Between two events of a subscriber. The newest wins. */
const MIN_PAUSE_MS = 50;
/** Ten times what an event costs, so that events take a tenth of the time at most, however many subscribers there are. */
const PAUSE_PER_MEMBER_MS = 0.3;

interface EventGroupParts {
  readonly workQueue: WorkQueue;
  /** Called when the last member has left or the source has ended: no client can join any more. */
  readonly close: () => void;
}

/** The subscribers that share the events of one source. Each gets the newest event at once, and at most one per pause. */
export class EventGroup {
  readonly #parts: EventGroupParts;
  readonly #source: AsyncIterableIterator<ExecutionResult>;
  readonly #members = new Set<Member>();
  #latest: SharedEvent;
  #publishedMs = -Infinity;
  #isPublishing = false;

  /** Resolves when the source has its first event. */
  static async open(
    source: AsyncIterableIterator<ExecutionResult>,
    parts: EventGroupParts,
  ): Promise<EventGroup> {
    const first = await source.next();
    if (first.done) throw new TypeError('the source has no event');
    return new EventGroup(source, new SharedEvent(first.value), parts);
  }

  private constructor(
    source: AsyncIterableIterator<ExecutionResult>,
    latest: SharedEvent,
    parts: EventGroupParts,
  ) {
    this.#source = source;
    this.#latest = latest;
    this.#parts = parts;
    void this.#follow();
  }

  /** `left` is called when the subscriber has left. */
  join(left: () => void): AsyncIterableIterator<SharedEvent> {
    const member = new Member(() => {
      left();
      this.#members.delete(member);
      if (this.#members.size > 0) return;
      this.#parts.close();
      void this.#source.return?.();
    });
    this.#members.add(member);
    member.offer(this.#latest);
    return member;
  }

  async #follow(): Promise<void> {
    try {
      for await (const result of this.#source) {
        this.#latest = new SharedEvent(result);
        if (!this.#isPublishing) void this.#publish();
      }
      for (const member of this.#members) member.end();
    } catch (error) {
      for (const member of this.#members) member.fail(error);
    } finally {
      this.#parts.close();
    }
  }

  /** Until every member has been offered the newest event. */
  async #publish(): Promise<void> {
    this.#isPublishing = true;
    for (let sent: SharedEvent | null = null; sent !== this.#latest && this.#members.size > 0; ) {
      await this.#pause();
      this.#publishedMs = performance.now();
      sent = this.#latest;
      for (const member of this.#members) {
        await this.#parts.workQueue.start('sharedEvent');
        member.offer(sent);
      }
    }
    this.#isPublishing = false;
  }

  async #pause(): Promise<void> {
    const pauseMs = Math.max(MIN_PAUSE_MS, this.#members.size * PAUSE_PER_MEMBER_MS);
    const waitMs = this.#publishedMs + pauseMs - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs).unref());
  }
}

/** One subscriber: it holds one event at most, the newest. */
class Member implements AsyncIterableIterator<SharedEvent> {
  readonly #leave: () => void;
  #offered: SharedEvent | null = null;
  #last: SharedEvent | null = null;
  #isOver = false;
  #waiting: PromiseWithResolvers<IteratorResult<SharedEvent>> | null = null;

  constructor(leave: () => void) {
    this.#leave = leave;
  }

  offer(event: SharedEvent): void {
    if (this.#isOver || event === this.#last) return;
    this.#last = event;
    if (this.#waiting === null) this.#offered = event;
    else this.#settle(({ resolve }) => resolve({ done: false, value: event }));
  }

  end(): void {
    this.#over();
    this.#settle(({ resolve }) => resolve({ done: true, value: undefined }));
  }

  fail(error: unknown): void {
    this.#over();
    this.#settle(({ reject }) => reject(error));
  }

  next(): Promise<IteratorResult<SharedEvent>> {
    const event = this.#offered;
    this.#offered = null;
    if (event !== null) return Promise.resolve({ done: false, value: event });
    if (this.#isOver) return Promise.resolve({ done: true, value: undefined });
    this.#waiting ??= Promise.withResolvers();
    return this.#waiting.promise;
  }

  return(): Promise<IteratorResult<SharedEvent>> {
    this.#offered = null;
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #over(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#leave();
  }

  #settle(how: (waiting: PromiseWithResolvers<IteratorResult<SharedEvent>>) => void): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting) how(waiting);
  }
}
