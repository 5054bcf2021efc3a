import type { Clock } from '../clock.ts';
import { type Condition, unreported } from '../domain/condition.ts';
import { DAY_MS } from '../domain/durations.ts';
import type { MaintenanceRun } from '../domain/maintenance-run.ts';
import type { Policy } from '../domain/policy.ts';
import { PACE_DAYS, runwayDays } from '../domain/runway.ts';
import { GIVE_UP_AFTER_MS } from '../domain/webhook-delivery.ts';
import type { CanaryChecks } from '../signals/canary-checks.ts';
import type { ExpiryClock } from '../signals/expiry-clock.ts';
import type { Incidents } from '../signals/incidents.ts';
import type { Levels } from '../signals/levels.ts';
import type { OutboxStore } from '../store/outbox-store.ts';
import { type Store, StoreFailedError } from '../store/store.ts';
import { Alarm } from './alarm.ts';
import { conditionsOf, type Known, MAX_COMPARED } from './conditions.ts';
import { FIRST_RUN_HOLD_MS, type HeldBack, holdBack, statesOf } from './first-run.ts';

/**
 * Compares the levels, the last run, the purchases and the stamps with what was reported, and writes what is new to the
 * outbox. It observes nothing before the first run. What a crash prevents from being written is found after the next start.
 */
export class Observer implements AsyncDisposable {
  readonly #parts: ObserverParts;
  readonly #alarm: Alarm;
  readonly #stopping = new AbortController();
  #run: MaintenanceRun | null = null;
  #facts: Facts | null = null;
  /** What the first run found; null before it. */
  #firstRun: { readonly held: HeldBack; readonly untilMs: number } | null = null;
  #observing: Promise<void> = Promise.resolve();
  #stopWatching: () => void = () => {};

  constructor(parts: ObserverParts) {
    this.#parts = parts;
    this.#alarm = new Alarm(parts.clock);
  }

  start(): void {
    const { levels, canaryChecks } = this.#parts;
    const stops = [levels, canaryChecks].map((source) => source.onChange(() => this.#alarm.ring()));
    this.#stopWatching = () => stops.forEach((stop) => stop());
    this.#observing = this.#loop();
  }

  runEnded(run: MaintenanceRun): void {
    this.#run = run;
    this.#alarm.ring();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopWatching();
    this.#stopping.abort();
    this.#alarm.ring();
    await this.#observing;
  }

  async #loop(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const waitMs = await this.#observe().catch((error: unknown) => this.#failed(error));
      await this.#alarm.sleep(waitMs);
    }
  }

  /** Resolves to the milliseconds until it must observe again, if nothing changes before. */
  async #observe(): Promise<number> {
    if (this.#run === null) return Infinity;
    const { outbox, clock } = this.#parts;
    if (this.#facts?.run !== this.#run) this.#facts = await this.#read(this.#run);
    const { held, due } = this.#heldBack(unreported(this.#conditions(this.#facts), this.#facts.reported));
    if (due.length > 0) {
      const room = MAX_WAITING - (await outbox.waitingCount());
      const reportable = due.slice(0, Math.max(0, Math.min(room, MAX_PER_COMMIT)));
      await outbox.report(reportable, clock.now());
      this.#facts = { ...this.#facts, reported: await outbox.reported() };
      this.#parts.onReported();
      if (reportable.length < due.length) return room > MAX_PER_COMMIT ? 0 : RETRY_MS;
    }
    return held.size > 0 ? Math.max(0, (this.#firstRun?.untilMs ?? 0) - clock.monotonicMs()) : Infinity;
  }

  async #read(run: MaintenanceRun): Promise<Facts> {
    const { outbox, store, clock } = this.#parts;
    const now = clock.now();
    const start = await outbox.reportingSince(now);
    const since = new Date(Math.max(start.getTime(), now.getTime() - GIVE_UP_AFTER_MS));
    const paceStart = new Date(now.getTime() - PACE_DAYS * DAY_MS);
    const { wallet, name } = run.node;
    return {
      run,
      reported: await outbox.reported(),
      purchases: await outbox.troubledPurchases(since, MAX_COMPARED),
      stamps: await outbox.withheldStamps(MAX_COMPARED),
      runwayDays: wallet && runwayDays(wallet.bzz, await store.spentSince(name, paceStart)),
    };
  }

  #conditions(facts: Facts): readonly Condition[] {
    const { levels, canaryChecks, policy, nodeUrl, runwayThresholdDays, expiryClock } = this.#parts;
    return conditionsOf({
      ...facts,
      levels: levels.current.depths,
      canary: canaryChecks.last(facts.run.node.name),
      policy,
      nodeUrl,
      runwayThresholdDays,
      expiryNow: expiryClock.now(),
    });
  }

  #heldBack(news: readonly Condition[]): ReturnType<typeof holdBack> {
    const nowMs = this.#parts.clock.monotonicMs();
    this.#firstRun ??= { held: statesOf(news), untilMs: nowMs + FIRST_RUN_HOLD_MS };
    const { untilMs } = this.#firstRun;
    const result = holdBack(nowMs < untilMs ? this.#firstRun.held : new Map(), news);
    this.#firstRun = { held: result.held, untilMs };
    return result;
  }

  #failed(cause: unknown): number {
    this.#parts.incidents.report({
      code: cause instanceof StoreFailedError ? 'STORE_FAILED' : 'WEBHOOKS_FAILED',
      subject: 'webhooks',
      detail: String(cause),
      cause,
    });
    return RETRY_MS;
  }
}

export interface ObserverParts {
  readonly outbox: OutboxStore;
  readonly store: Pick<Store, 'spentSince'>;
  readonly levels: Levels;
  readonly canaryChecks: CanaryChecks;
  readonly incidents: Incidents;
  readonly clock: Clock;
  readonly expiryClock: ExpiryClock;
  readonly policy: Policy;
  readonly nodeUrl: string;
  readonly runwayThresholdDays: number;
  /** Called after events were written. */
  readonly onReported: () => void;
}

/** What was read from the store after a run. */
type Facts = Pick<Known, 'run' | 'reported' | 'purchases' | 'stamps' | 'runwayDays'>;

/** While more are waiting, no event is written. What still differs then is written later. */
const MAX_WAITING = 10_000;
const MAX_PER_COMMIT = 100;
const RETRY_MS = 30_000;
