import type { ExecutionResult } from 'graphql';
import type { WorkQueue } from '../work-queue.ts';
import { SharedEvent } from './shared-event.ts';
import { SharedSubscription } from './shared-subscription.ts';

/** Between two events of a subscriber. The newest wins. */
const MIN_PAUSE_MS = 50;
/** Many times what an event costs, so that events take little of the time, however many subscribers there are. */
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
  readonly #members = new Set<SharedSubscription>();
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
  join(left: () => void): SharedSubscription {
    const member = new SharedSubscription({
      started: () => {
        if (!member.offer(this.#latest)) void this.#publish();
      },
      left: () => {
        left();
        this.#members.delete(member);
        if (this.#members.size > 0) return;
        this.#parts.close();
        void this.#source.return?.();
      },
    });
    this.#members.add(member);
    return member;
  }

  async #follow(): Promise<void> {
    try {
      for await (const result of this.#source) {
        this.#latest = new SharedEvent(result);
        void this.#publish();
      }
      for (const member of this.#members) member.end();
    } catch (error) {
      for (const member of this.#members) member.fail(error);
    } finally {
      this.#parts.close();
    }
  }

  /** Until every member has the newest event. One that reads slowly is tried again after each pause. */
  async #publish(): Promise<void> {
    if (this.#isPublishing) return;
    this.#isPublishing = true;
    for (let areCurrent = false; !areCurrent && this.#members.size > 0; ) {
      await this.#pause();
      areCurrent = await this.#offerAll();
      this.#publishedMs = performance.now();
    }
    this.#isPublishing = false;
  }

  /** Returns false if a member does not have the newest event. */
  async #offerAll(): Promise<boolean> {
    const { workQueue } = this.#parts;
    const first = this.#latest;
    let areCurrent = true;
    for (const member of this.#members) {
      if (!member.needs(this.#latest)) continue;
      if (!workQueue.tryStart('sharedEvent')) await workQueue.start('sharedEvent');
      areCurrent = member.offer(this.#latest) && areCurrent;
    }
    return areCurrent && first === this.#latest;
  }

  async #pause(): Promise<void> {
    const pauseMs = Math.max(MIN_PAUSE_MS, this.#members.size * PAUSE_PER_MEMBER_MS);
    const waitMs = this.#publishedMs + pauseMs - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs).unref());
  }
}
