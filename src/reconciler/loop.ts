// This folder does what happens without a request: it observes a Bee node, settles orders and stamps, and keeps the reserve filled.
import { Alarm } from '../alarm.ts';
import type { Bee } from '../bee/bee.ts';
import type { Clock } from '../clock.ts';
import { IllegalTransitionError } from '../domain/apply-change.ts';
import { type LeaseEvent, lineOfLease } from '../domain/lease-event.ts';
import { messageOf } from '../domain/message-of.ts';
import type { OrderEvent } from '../domain/order-event.ts';
import type { Policy } from '../domain/policy.ts';
import type { NodeName, OrderId } from '../domain/units.ts';
import type { CanaryChecks } from '../signals/canary-checks.ts';
import type { ExpiryClock } from '../signals/expiry-clock.ts';
import type { Incidents } from '../signals/incidents.ts';
import type { Levels } from '../signals/levels.ts';
import type { NodeRuns } from '../signals/node-runs.ts';
import { AllocationChangedError } from '../store/allocation-store.ts';
import { failureCode } from '../store/failure-code.ts';
import { LeaseLostError } from '../store/lease-store.ts';
import type { Store } from '../store/store.ts';
import type { Trace } from '../trace.ts';
import { NO_HISTORY } from './assess.ts';
import { BackOff, backOffMs } from './back-off.ts';
import { clockJumped } from './clock-jumped.ts';
import { DecisionLog } from './decision-log.ts';
import { InFlight } from './in-flight.ts';
import { LeaseKeeper, type LeaseTimes, type Tenure } from './lease-keeper.ts';
import { moveExpiries } from './move-expiries.ts';
import { MIN_PAUSE_MS, pauseMs } from './pause.ts';
import { reconcile } from './reconcile.ts';
import type { ReconcileParts } from './reconcile-parts.ts';
import { recordAnswer } from './record-answer.ts';
import { isNodeChanged, nextRunInMs } from './schedule.ts';
import { isSlow } from './stuck-transactions.ts';
import type { DecisionLogger } from './write-changes.ts';

/**
 * The loop of one node: makes runs when they are due or requested, one after the other, until it is disposed. It stands by
 * while another process has the lease of the node.
 */
export class Reconciler implements AsyncDisposable {
  readonly #parts: ReconcilerParts;
  readonly #keeper: LeaseKeeper;
  readonly #inFlight: InFlight;
  readonly #stopping = new AbortController();
  /** Ends a sleep until the next run: one is requested, or the lease is taken. */
  readonly #wake: Alarm;
  /** Ends the pause between two runs: a caller waits for the next one. */
  readonly #pause: Alarm;
  /** What the runs of a tenure remember; another holder may have acted before it began. */
  #current: ReconcileParts | null = null;
  #failures = 0;
  /** The last run failed with an error. */
  #hasFailed = false;
  /** How many stamps the last run has found in the list of the node. */
  #listed = 0;
  #isRetried = false;
  /** When the next run is due, in monotonic time. */
  #nextRunAtMs = 0;
  readonly #decisions: DecisionLog;
  #running: Promise<void> = Promise.resolve();
  #stopWatchingClock: () => void = () => {};

  constructor(parts: ReconcilerParts) {
    this.#parts = parts;
    const { node, store, clock, incidents, log, onLease } = parts;
    this.#wake = new Alarm(clock);
    this.#pause = new Alarm(clock);
    this.#decisions = new DecisionLog(log);
    this.#keeper = new LeaseKeeper({
      node,
      holder: parts.holder,
      leases: store.leases,
      clock,
      incidents,
      times: parts.leaseTimes,
      onEvent: (event) => {
        const { fields, message } = lineOfLease(event);
        log(fields, message);
        onLease(event);
      },
    });
    this.#inFlight = new InFlight(
      () => parts.runs.request(),
      ({ id }, cause) =>
        incidents.report({
          code: 'ORDER_FAILED',
          subject: node,
          detail: `Order ${id}: ${messageOf(cause)}`,
          cause,
        }),
    );
    parts.runs.onRequest(() => {
      this.#wake.ring();
      if (parts.runs.isAwaited) this.#pause.ring();
    });
  }

  /** The first run starts when the lease is taken, and settles what an earlier holder left open. */
  start(): void {
    this.#stopWatchingClock = this.#parts.clock.onJump((byMs) => this.#jumped(byMs));
    this.#keeper.start(() => this.#wake.ring());
    this.#running = this.#loop();
  }

  /** Does not wait for a request to Bee: its order is settled after the next start of the service. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopWatchingClock();
    this.#stopping.abort();
    this.#wake.ring();
    this.#pause.ring();
    this.#parts.runs.close(new Error('the service is stopping'));
    await this.#running;
    await this.#keeper[Symbol.asyncDispose]();
  }

  /** The next run moves the expiries with the wall clock. After a suspension of the machine every observation is old. */
  #jumped(byMs: number): void {
    const incident = clockJumped(byMs);
    if (incident) this.#parts.incidents.report(incident);
    this.#parts.runs.request();
  }

  async #loop(): Promise<void> {
    const { clock, runs } = this.#parts;
    while (!this.#stopping.signal.aborted) {
      const tenure = this.#keeper.current();
      if (tenure === null) {
        await this.#standBy();
        continue;
      }
      const startedMs = clock.monotonicMs();
      const waitMs = await this.#guarded(() => this.#run(this.#remembered(tenure)));
      if (tenure.isHeld) await this.#sleep(waitMs);
      const leftMs = (ms: number): number => startedMs + ms - clock.monotonicMs();
      if (leftMs(MIN_PAUSE_MS) > 0) await clock.sleep(leftMs(MIN_PAUSE_MS), this.#stopping.signal);
      const restMs = leftMs(Math.min(waitMs, pauseMs(this.#listed)));
      this.#pause.reset();
      if (restMs > 0 && !runs.isAwaited && !this.#stopping.signal.aborted) await this.#pause.sleep(restMs);
    }
  }

  /** Waits for the lease. Meanwhile it only records the answers to requests that this process has sent. */
  async #standBy(): Promise<void> {
    this.#current = null;
    this.#wake.reset();
    let waitMs = Infinity;
    try {
      await recordAnswer({ ...this.#parts, inFlight: this.#inFlight });
      this.#isRetried = false;
    } catch (error) {
      if (!this.#retryOnce(error)) this.#reportFailure(error);
      waitMs = RECORD_AGAIN_MS;
    }
    await this.#wake.sleep(waitMs); // ends at once if the lease was taken meanwhile
  }

  #remembered(tenure: Tenure): ReconcileParts {
    if (this.#current?.tenure === tenure) return this.#current;
    const { clock, random } = this.#parts;
    this.#failures = 0;
    this.#current = {
      ...this.#parts,
      tenure,
      inFlight: this.#inFlight,
      backOff: new BackOff(clock, random),
      history: { current: NO_HISTORY },
      reportedUnpooled: new Map(),
      canaryMissing: { sinceBlock: null },
      stopping: AbortSignal.any([this.#stopping.signal, tenure.ended]),
    };
    return this.#current;
  }

  /** Returns the milliseconds until the next run. */
  async #run(parts: ReconcileParts): Promise<number> {
    const { runs, clock, policy, random, levels, trace } = this.#parts;
    await this.#followWallClock();
    if (runs.previewRequested) {
      const { run: preview } = await trace('dry run', () => reconcile(parts, { dryRun: true }));
      if (isNodeChanged(preview.actions)) runs.request(); // a dry run does not write, and this must be on disk
      runs.end({ ...preview, nextAt: preview.endedAt });
      if (!runs.runRequested) return Math.max(0, this.#nextRunAtMs - clock.monotonicMs());
    }
    runs.begin();
    const { run, schedule } = await trace('run', () => reconcile(parts, { dryRun: false }));
    if (parts.stopping.aborted) return 0;
    await levels.recount(); // times to live have become shorter
    parts.tenure.assertHeld();
    this.#failures = run.node.fresh ? 0 : this.#failures + 1;
    this.#isRetried = false;
    this.#works();
    this.#listed = schedule.listed;
    const waitMs = nextRunInMs({
      ...schedule,
      block: run.node.block,
      actions: run.actions,
      sending: this.#inFlight.busy,
      isCanaryListed: run.node.canary?.usable === false,
      hasSlowTransaction: isSlow(parts.history.current.transactions),
      failures: this.#failures,
      jitter: random(),
      policy,
    });
    this.#nextRunAtMs = clock.monotonicMs() + waitMs;
    this.#decisions.write(run, clock.monotonicMs());
    runs.end({ ...run, nextAt: new Date(run.endedAt.getTime() + waitMs) });
    return waitMs;
  }

  /** Expiries on disk are in wall-clock time. If the wall clock was set, they move with it. */
  async #followWallClock(): Promise<void> {
    const { expiryClock, levels } = this.#parts;
    const move = (byMs: number) => moveExpiries(byMs, this.#parts);
    if (await expiryClock.follow(move)) await levels.recount(); // until then the later of the two times counts
  }

  /** A run that fails is reported and retried. It never ends the loop. */
  async #guarded(run: () => Promise<number>): Promise<number> {
    try {
      return await run();
    } catch (error) {
      if (error === this.#stopping.signal.reason) return 0; // any other failure while stopping is reported
      if (error instanceof LeaseLostError) {
        this.#keeper.refused(error);
        return 0;
      }
      if (error instanceof AllocationChangedError) {
        this.#parts.runs.request(); // another node has bought or adopted meanwhile: decide anew
        return 0;
      }
      if (this.#retryOnce(error)) return MIN_PAUSE_MS;
      this.#failures += 1;
      this.#reportFailure(error);
      this.#parts.runs.fail(error);
      return backOffMs(this.#failures, this.#parts.random());
    }
  }

  #works(): void {
    if (!this.#hasFailed) return;
    this.#hasFailed = false;
    for (const code of ['STORE_FAILED', 'RUN_FAILED'] as const)
      this.#parts.incidents.over(code, this.#parts.node);
  }

  #reportFailure(error: unknown): void {
    this.#hasFailed = true;
    const code = failureCode(error, 'RUN_FAILED');
    this.#parts.incidents.report({ code, subject: this.#parts.node, detail: messageOf(error), cause: error });
  }

  /**
   * True if the failure is retried at once, and remembers that: another process may have settled an order, or recorded an
   * answer, since the stock was read. A second failure in a row is a bug.
   */
  #retryOnce(error: unknown): boolean {
    const isRetried = this.#isRetried;
    this.#isRetried =
      error instanceof IllegalTransitionError && this.#parts.store.leases.shared && !isRetried;
    return this.#isRetried;
  }

  async #sleep(ms: number): Promise<void> {
    this.#wake.reset();
    if (this.#parts.runs.pending || this.#stopping.signal.aborted) return;
    await this.#wake.sleep(ms);
  }
}

/** After an answer that could not be recorded while standing by. */
const RECORD_AGAIN_MS = 5_000;

export interface ReconcilerParts {
  readonly node: NodeName;
  /** All nodes that are configured. */
  readonly nodes: readonly NodeName[];
  readonly bee: Bee;
  readonly store: Store;
  readonly clock: Clock;
  readonly expiryClock: ExpiryClock;
  readonly policy: Policy;
  readonly incidents: Incidents;
  readonly runs: NodeRuns;
  readonly levels: Levels;
  readonly canaryChecks: Pick<CanaryChecks, 'last'>;
  /** What the reports of nodes compare: it differs if the settings do. */
  readonly settings: string;
  /** Returns a number from 0 to 1, 1 excluded. */
  readonly random: () => number;
  readonly newOrderId: (at: Date) => OrderId;
  readonly log: DecisionLogger;
  /** Runs each run, and each step of it. */
  readonly trace: Trace;
  readonly onOrder: (event: OrderEvent) => void;
  /** Identifies this process to the other replicas. */
  readonly holder: string;
  readonly onLease: (event: LeaseEvent) => void;
  readonly leaseTimes: LeaseTimes;
}
