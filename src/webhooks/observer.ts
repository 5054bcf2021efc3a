import { Alarm } from '../alarm.ts';
import type { Clock } from '../clock.ts';
import { type Condition, unreported } from '../domain/condition.ts';
import { daysBefore } from '../domain/durations.ts';
import type { MaintenanceRun } from '../domain/maintenance-run.ts';
import { messageOf } from '../domain/message-of.ts';
import type { Policy } from '../domain/policy.ts';
import { PACE_DAYS, runwayDays } from '../domain/runway.ts';
import type { NodeName } from '../domain/units.ts';
import { GIVE_UP_AFTER_MS, MAX_WAITING_WEBHOOKS } from '../domain/webhook-delivery.ts';
import type { CanaryChecks } from '../signals/canary-checks.ts';
import type { ExpiryClock } from '../signals/expiry-clock.ts';
import type { Incidents } from '../signals/incidents.ts';
import type { Levels } from '../signals/levels.ts';
import { failureCode } from '../store/failure-code.ts';
import type { OutboxStore } from '../store/outbox-store.ts';
import type { Store } from '../store/store.ts';
import { conditionsOf, type Known, MAX_COMPARED } from './conditions.ts';
import { FIRST_RUN_HOLD_MS, type HeldBack, heldAtFirst, holdBack } from './first-run.ts';

/**
 * Compares the levels, the last run of each node, the purchases and the stamps with what was reported, and writes what is
 * new to the outbox. It observes nothing before the first run. What a crash prevents from being written is found after the next start.
 */
export class Observer implements AsyncDisposable {
  readonly #parts: ObserverParts;
  readonly #alarm: Alarm;
  readonly #stopping = new AbortController();
  /** The last run of each node. */
  #runs: ReadonlyMap<NodeName, MaintenanceRun> = new Map();
  #facts: Facts | null = null;
  /** What the first runs of the nodes found; null before the first of them. */
  #firstRun: {
    readonly held: HeldBack;
    readonly untilMs: number;
    readonly nodes: ReadonlySet<NodeName>;
  } | null = null;
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
    this.#runs = new Map(this.#runs).set(run.node.name, run);
    this.#alarm.ring();
  }

  /** Another process makes the runs of the node, and observes it. */
  runEndedElsewhere(node: NodeName): void {
    this.#runs = new Map([...this.#runs].filter(([name]) => name !== node));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopWatching();
    this.#stopping.abort();
    this.#alarm.ring();
    await this.#observing;
  }

  async #loop(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      this.#alarm.reset();
      const waitMs = await this.#observe().catch((error: unknown) => this.#failed(error));
      await this.#alarm.sleep(waitMs);
    }
  }

  /** Resolves to the milliseconds until it must observe again, if nothing changes before. */
  async #observe(): Promise<number> {
    if (this.#runs.size === 0) return Infinity;
    const { outbox, clock } = this.#parts;
    if (this.#facts?.runs !== this.#runs) this.#facts = await this.#read(this.#runs);
    const { held, due } = this.#heldBack(this.#facts);
    if (due.length > 0) {
      const room = MAX_WAITING_WEBHOOKS - (await outbox.waitingCount()); // what still differs then is written later
      const reportable = due.slice(0, Math.max(0, Math.min(room, MAX_PER_COMMIT)));
      await outbox.report(reportable, clock.now());
      this.#facts = { ...this.#facts, reported: await outbox.reported() };
      this.#parts.onReported();
      if (reportable.length < due.length) return room > MAX_PER_COMMIT ? 0 : RETRY_MS;
    }
    return held.size > 0 ? Math.max(0, (this.#firstRun?.untilMs ?? 0) - clock.monotonicMs()) : Infinity;
  }

  async #read(runs: Facts['runs']): Promise<Facts> {
    const { outbox, store, clock } = this.#parts;
    const now = clock.now();
    const start = await outbox.reportingSince(now);
    const since = new Date(Math.max(start.getTime(), now.getTime() - GIVE_UP_AFTER_MS));
    const paceStart = daysBefore(now, PACE_DAYS);
    const runways = new Map<NodeName, number | null>();
    for (const [name, { node }] of runs)
      if (node.wallet !== null)
        runways.set(name, runwayDays(node.wallet.bzz, await store.spentByNodeSince(name, paceStart)));
    return {
      runs,
      runways,
      reported: await outbox.reported(),
      purchases: await outbox.troubledPurchases(since, MAX_COMPARED),
      stamps: await outbox.withheldStamps(MAX_COMPARED),
    };
  }

  #conditions({ runs, runways, ...facts }: Facts): readonly Condition[] {
    const { levels, canaryChecks, policy, nodeUrl, runwayThresholdDays, expiryClock } = this.#parts;
    return conditionsOf({
      ...facts,
      levels: levels.current.depths,
      nodes: [...runs].map(([name, run]) => ({
        run,
        canary: canaryChecks.last(name),
        url: nodeUrl(name),
        runwayDays: runways.get(name) ?? null,
      })),
      policy,
      runwayThresholdDays,
      expiryNow: expiryClock.now(),
    });
  }

  /** What the first run of another node finds is held back like that of the first one. */
  #heldBack(facts: Facts): ReturnType<typeof holdBack> {
    const news = unreported(this.#conditions(facts), facts.reported);
    const nowMs = this.#parts.clock.monotonicMs();
    const before = this.#firstRun;
    const isFirst = [...facts.runs.keys()].some((node) => before?.nodes.has(node) !== true);
    const held = isFirst
      ? new Map([...(before?.held ?? []), ...heldAtFirst(news)])
      : (before?.held ?? new Map());
    const untilMs = isFirst ? nowMs + FIRST_RUN_HOLD_MS : (before?.untilMs ?? nowMs);
    const result = holdBack(nowMs < untilMs ? held : new Map(), news);
    this.#firstRun = { held: result.held, untilMs, nodes: new Set(facts.runs.keys()) };
    return result;
  }

  #failed(cause: unknown): number {
    const code = failureCode(cause, 'WEBHOOKS_FAILED');
    this.#parts.incidents.report({ code, subject: 'webhooks', detail: messageOf(cause), cause });
    return RETRY_MS;
  }
}

export interface ObserverParts {
  readonly outbox: OutboxStore;
  readonly store: Pick<Store, 'spentByNodeSince'>;
  readonly levels: Levels;
  readonly canaryChecks: CanaryChecks;
  readonly incidents: Incidents;
  readonly clock: Clock;
  readonly expiryClock: ExpiryClock;
  readonly policy: Policy;
  /** Without user and password. */
  readonly nodeUrl: (node: NodeName) => string;
  readonly runwayThresholdDays: number;
  /** Called after events were written. */
  readonly onReported: () => void;
}

/** What was read from the store after a run. */
interface Facts extends Pick<Known, 'reported' | 'purchases' | 'stamps'> {
  readonly runs: ReadonlyMap<NodeName, MaintenanceRun>;
  /** How many days the BZZ of a node lasts; null if nothing was spent. */
  readonly runways: ReadonlyMap<NodeName, number | null>;
}

const MAX_PER_COMMIT = 100;
const RETRY_MS = 30_000;
