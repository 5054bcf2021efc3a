// This folder does what happens without a request: it observes a Bee node, settles orders and stamps, and keeps the reserve filled.
import type { Bee } from '../bee/bee.ts';
import type { Clock } from '../clock.ts';
import type { MaintenanceRun } from '../domain/maintenance-run.ts';
import type { OrderEvent } from '../domain/order-event.ts';
import type { Policy } from '../domain/policy.ts';
import type { NodeName, OrderId } from '../domain/units.ts';
import type { ExpiryClock } from '../signals/expiry-clock.ts';
import type { Incidents } from '../signals/incidents.ts';
import type { Levels } from '../signals/levels.ts';
import type { NodeRuns } from '../signals/node-runs.ts';
import { type Store, StoreFailedError } from '../store/store.ts';
import type { Trace } from '../trace.ts';
import { NO_HISTORY } from './assess.ts';
import { BackOff, backOffMs } from './back-off.ts';
import { clockJumped } from './clock-monitor.ts';
import { DecisionLog } from './decision-log.ts';
import { InFlight } from './in-flight.ts';
import { type ReconciledRun, reconcile } from './reconcile.ts';
import type { ReconcileParts } from './reconcile-parts.ts';
import { isNodeChanged, nextRunInMs } from './schedule.ts';
import { isSlow } from './stuck-transactions.ts';
import type { DecisionLogger } from './write-changes.ts';

/** The loop of one node: makes runs when they are due or requested, one after the other, until it is disposed. */
export class Reconciler implements AsyncDisposable {
  readonly #parts: ReconcilerParts;
  readonly #reconcileParts: ReconcileParts;
  readonly #stopping = new AbortController();
  #wake = new AbortController();
  #failures = 0;
  /** When the next run is due, in monotonic time. */
  #nextRunAtMs = 0;
  readonly #decisions: DecisionLog;
  #running: Promise<void> = Promise.resolve();
  #stopWatchingClock: () => void = () => {};

  constructor(parts: ReconcilerParts) {
    this.#parts = parts;
    this.#decisions = new DecisionLog(parts.log);
    const inFlight = new InFlight(
      () => parts.runs.request(),
      ({ id }, error) => {
        const detail = `Order ${id}: ${String(error)}`;
        parts.incidents.report({ code: 'ORDER_FAILED', subject: parts.node, detail, cause: error });
      },
    );
    const {
      node,
      bee,
      store,
      levels,
      clock,
      expiryClock,
      policy,
      incidents,
      random,
      newOrderId,
      log,
      onOrder,
      trace,
    } = parts;
    this.#reconcileParts = {
      node,
      bee,
      store,
      levels,
      clock,
      expiryClock,
      policy,
      incidents,
      random,
      newOrderId,
      log,
      onOrder,
      trace,
      inFlight,
      backOff: new BackOff(clock, random),
      history: { current: NO_HISTORY },
      reportedStrangers: new Set(),
      canaryMissing: { sinceBlock: null },
      stopping: this.#stopping.signal,
    };
    parts.runs.onRequest(() => this.#wake.abort());
  }

  /** The first run starts at once, and settles what an earlier process left open. */
  start(): void {
    this.#stopWatchingClock = this.#parts.clock.onJump((byMs) => this.#jumped(byMs));
    this.#running = this.#loop();
  }

  /** Does not wait for a request to Bee: its order is settled after the next start of the service. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopWatchingClock();
    this.#stopping.abort();
    this.#wake.abort();
    this.#parts.runs.close(new Error('the service is stopping'));
    await this.#running;
  }

  /** The next run moves the expiries with the wall clock. After a suspension of the machine every observation is old. */
  #jumped(byMs: number): void {
    const incident = clockJumped(byMs);
    if (incident) this.#parts.incidents.report(incident);
    this.#parts.runs.request();
  }

  async #loop(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const started = this.#parts.clock.monotonicMs();
      const waitMs = await this.#guarded(() => this.#run());
      const { runs } = this.#parts;
      if (!runs.pending) await this.#sleep(waitMs);
      const pauseMs = MIN_PAUSE_MS - (this.#parts.clock.monotonicMs() - started);
      if (pauseMs > 0) await this.#parts.clock.sleep(pauseMs, this.#stopping.signal);
    }
  }

  /** Returns the milliseconds until the next run. */
  async #run(): Promise<number> {
    const { runs, clock, policy, random, levels, trace } = this.#parts;
    await this.#followWallClock();
    if (runs.previewRequested) {
      const preview = await trace('dry run', () => reconcile(this.#reconcileParts, { dryRun: true }));
      if (isNodeChanged(preview.actions)) runs.request(); // a dry run does not write, and this must be on disk
      runs.end(this.#finish(preview, 0));
      if (!runs.runRequested && runs.last !== null)
        return Math.max(0, this.#nextRunAtMs - clock.monotonicMs());
    }
    runs.begin();
    const run = await trace('run', () => reconcile(this.#reconcileParts, { dryRun: false }));
    if (this.#stopping.signal.aborted) return 0;
    await levels.recount(); // times to live have become shorter
    this.#failures = run.node.fresh ? 0 : this.#failures + 1;
    const waitMs = nextRunInMs({
      stock: run.stock,
      isStampUnderWay: run.isStampUnderWay,
      block: run.node.block,
      actions: run.actions,
      sending: this.#reconcileParts.inFlight.busy,
      isCanaryListed: run.node.canary?.usable === false,
      hasSlowTransaction: isSlow(this.#reconcileParts.history.current.transactions),
      failures: this.#failures,
      jitter: random(),
      policy,
    });
    this.#nextRunAtMs = clock.monotonicMs() + waitMs;
    this.#decisions.write(run, clock.monotonicMs());
    runs.end(this.#finish(run, waitMs));
    return waitMs;
  }

  /** Expiries on disk are in wall-clock time. If the wall clock was set, they move with it. */
  async #followWallClock(): Promise<void> {
    const { expiryClock, store, clock, levels } = this.#parts;
    await expiryClock.follow(async (byMs) =>
      levels.include(await store.write([{ change: 'clockSet', byMs }], clock.now())),
    );
  }

  #finish(
    { stock: _stock, isStampUnderWay: _isStampUnderWay, ...run }: ReconciledRun,
    waitMs: number,
  ): MaintenanceRun {
    return { ...run, nextAt: new Date(run.endedAt.getTime() + waitMs) };
  }

  /** A run that fails is reported and retried. It never ends the loop. */
  async #guarded(run: () => Promise<number>): Promise<number> {
    try {
      return await run();
    } catch (error) {
      if (error === this.#stopping.signal.reason) return 0; // any other failure while stopping is reported
      this.#failures += 1;
      const code = error instanceof StoreFailedError ? 'STORE_FAILED' : 'RUN_FAILED';
      this.#parts.incidents.report({ code, subject: this.#parts.node, detail: String(error), cause: error });
      this.#parts.runs.fail(error);
      return backOffMs(this.#failures, this.#parts.random());
    }
  }

  async #sleep(ms: number): Promise<void> {
    this.#wake = new AbortController();
    if (this.#parts.runs.pending || this.#stopping.signal.aborted) return;
    await this.#parts.clock.sleep(ms, this.#wake.signal);
  }
}

/** A run starts no earlier than this after the previous one, however many are requested. */
const MIN_PAUSE_MS = 200;

export interface ReconcilerParts {
  readonly node: NodeName;
  readonly bee: Bee;
  readonly store: Store;
  readonly clock: Clock;
  readonly expiryClock: ExpiryClock;
  readonly policy: Policy;
  readonly incidents: Incidents;
  readonly runs: NodeRuns;
  readonly levels: Levels;
  /** Returns a number from 0 to 1, 1 excluded. */
  readonly random: () => number;
  readonly newOrderId: (at: Date) => OrderId;
  readonly log: DecisionLogger;
  /** Runs each run, and each step of it. */
  readonly trace: Trace;
  readonly onOrder: (event: OrderEvent) => void;
}
