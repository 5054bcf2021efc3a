import type { MaintenanceRun } from '../domain/maintenance-run.ts';
import { reserveOf } from '../domain/reserve.ts';
import type { Levels } from '../signals/levels.ts';
import type { Runs } from '../signals/runs.ts';
import { StoreFailedError } from '../store/store.ts';
import { BackOff, backOffMs } from './back-off.ts';
import { BlockPaceMonitor, clockJumped } from './clock-monitor.ts';
import { DecisionLog } from './decision-log.ts';
import { HeadWatch } from './head-watch.ts';
import { InFlight } from './in-flight.ts';
import { type ReconciledRun, type ReconcileParts, reconcile } from './reconcile.ts';
import { isNodeChanged, nextLookMs } from './schedule.ts';
import { StuckTransactions } from './stuck-transactions.ts';

export type ReconcilerParts = Omit<
  ReconcileParts,
  | 'inFlight'
  | 'headWatch'
  | 'blockPace'
  | 'stuckTransactions'
  | 'backOff'
  | 'unaccounted'
  | 'identity'
  | 'stopping'
> & {
  readonly runs: Runs;
  readonly levels: Levels;
};

/** However many ask, the node is looked at no more often than this. */
const MIN_PAUSE_MS = 200;

/** The loop: takes runs when they are due or asked for, one after the other, until disposed. */
export class Reconciler implements AsyncDisposable {
  readonly #parts: ReconcilerParts;
  readonly #reconcileParts: ReconcileParts;
  readonly #stopping = new AbortController();
  #wake = new AbortController();
  #failures = 0;
  /** When the next run is due, by the scale of time that nobody sets. */
  #nextRunAtMs = 0;
  readonly #decisions: DecisionLog;
  #running: Promise<void> = Promise.resolve();
  #stopWatchingClock: () => void = () => {};

  constructor(parts: ReconcilerParts) {
    this.#parts = parts;
    this.#decisions = new DecisionLog(parts.log);
    const inFlight = new InFlight(
      () => parts.runs.want(),
      ({ id }, error) => {
        const detail = `Order ${id}: ${String(error)}`;
        parts.incidents.report({ code: 'ORDER_FAILED', subject: parts.node, detail, cause: error });
      },
    );
    this.#reconcileParts = {
      ...parts,
      inFlight,
      headWatch: new HeadWatch(),
      blockPace: new BlockPaceMonitor(parts.policy.blockTimeSeconds),
      stuckTransactions: new StuckTransactions(parts.policy.blockTimeSeconds),
      backOff: new BackOff(parts.clock, parts.random),
      unaccounted: new Set(),
      identity: { streak: null },
      stopping: this.#stopping.signal,
    };
    parts.runs.onAsked(() => this.#wake.abort());
  }

  /** Begins at once, with what an earlier run of the process left open. */
  start(): void {
    this.#stopWatchingClock = this.#parts.clock.onJump((byMs) => this.#jumped(byMs));
    this.#running = this.#loop();
  }

  /** Does not wait for a request to Bee: its order is settled after the next start. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopWatchingClock();
    this.#stopping.abort();
    this.#wake.abort();
    this.#parts.runs.close(new Error('the service is stopping'));
    await this.#running;
  }

  /** The next run follows the wall clock, and reads the node: after a sleep of the machine, all that is known is old. */
  #jumped(byMs: number): void {
    const incident = clockJumped(byMs);
    if (incident) this.#parts.incidents.report(incident);
    this.#parts.runs.want();
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

  /** Returns how long to wait for the next look, in milliseconds. */
  async #run(): Promise<number> {
    const { runs, clock, policy, random } = this.#parts;
    await this.#followWallClock();
    if (runs.previewWanted) {
      const preview = await reconcile(this.#reconcileParts, { dryRun: true });
      if (isNodeChanged(preview.actions)) runs.want(); // a preview writes nothing, and this must be on disk
      runs.end(this.#finish(preview, 0));
      if (!runs.runWanted && runs.last !== null) return Math.max(0, this.#nextRunAtMs - clock.monotonicMs());
    }
    runs.begin();
    const taken = await reconcile(this.#reconcileParts, { dryRun: false });
    if (this.#stopping.signal.aborted) return 0;
    await this.#publishLevels();
    this.#failures = taken.node.fresh ? 0 : this.#failures + 1;
    const waitMs = nextLookMs({
      stock: taken.stock,
      block: taken.node.block,
      actions: taken.actions,
      sending: this.#reconcileParts.inFlight.busy,
      isStuck: this.#reconcileParts.stuckTransactions.isWaiting,
      failures: this.#failures,
      draw: random(),
      policy,
    });
    this.#nextRunAtMs = clock.monotonicMs() + waitMs;
    this.#decisions.write(taken, clock.monotonicMs());
    runs.end(this.#finish(taken, waitMs));
    return waitMs;
  }

  /** Expiries on disk are as of the wall clock: when that was set, they are moved along with it. */
  async #followWallClock(): Promise<void> {
    const { expiryClock, store, clock } = this.#parts;
    await expiryClock.follow((byMs) => store.write([{ change: 'clockSet', byMs }], clock.now()));
  }

  #finish({ stock: _stock, ...run }: ReconciledRun, waitMs: number): MaintenanceRun {
    return { ...run, nextAt: new Date(run.endedAt.getTime() + waitMs) };
  }

  async #publishLevels(): Promise<void> {
    const { store, levels, policy, clock, expiryClock } = this.#parts;
    const stock = await store.stock();
    levels.publish({ ...reserveOf(stock, policy, expiryClock.now()), at: clock.now() });
  }

  /** A run that fails is told of, and tried again later; it never ends the loop. */
  async #guarded(run: () => Promise<number>): Promise<number> {
    try {
      return await run();
    } catch (error) {
      if (error === this.#stopping.signal.reason) return 0; // what else fails while stopping is reported
      this.#failures += 1;
      const code = error instanceof StoreFailedError ? 'STORE_FAILED' : 'RUN_FAILED';
      this.#parts.incidents.report({ code, subject: 'run', detail: String(error), cause: error });
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
