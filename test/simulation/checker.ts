import type { HttpAnswer, HttpRequest } from '../../src/bee/transport.ts';
import type { AcquireResult } from '../../src/domain/acquisition.ts';
import type { MaintenanceRun } from '../../src/domain/maintenance-run.ts';
import type { ReserveLevels } from '../../src/signals/levels.ts';
import { AcquisitionAudit } from './audit-acquisitions.ts';
import type { AuditContext } from './audit-context.ts';
import { DueIncidentAudit } from './audit-due-incidents.ts';
import { IdentityAudit } from './audit-identity.ts';
import { checkLedger } from './audit-ledger.ts';
import { auditList } from './audit-levels.ts';
import { checkReasons } from './audit-reasons.ts';
import { RequestAudit } from './audit-requests.ts';
import { RunAudit } from './audit-runs.ts';
import { TransitionAudit } from './audit-transitions.ts';
import { UnshownAudit } from './audit-unshown.ts';
import { Bounds } from './bounds.ts';
import type { Asked } from './clients.ts';
import type { DiskOrder, Snapshot } from './disk.ts';
import type { Environment } from './environment.ts';
import { ExpectedClock } from './expected-clock.ts';
import { checkSpending } from './expected-spending.ts';
import { ExpectedView } from './expected-view.ts';
import { type Rule, Violation } from './violation.ts';
import { WireTap } from './wire-tap.ts';
import type { Answering, Observer } from './world.ts';

/**
 * Records what the chain, the wire, the disk and the clients showed, and checks the eight rules of the service against it. It
 * uses none of the service's decisions. It keeps the first violation until `assertClean`, because its methods are called from
 * inside the service, which would treat a thrown violation as an error of its own.
 */
export class Checker implements Observer {
  readonly #context: AuditContext;
  readonly #wireTap: WireTap;
  readonly #view: ExpectedView;
  readonly #bounds: Bounds;
  readonly #unshown: UnshownAudit;
  readonly #requests: RequestAudit;
  readonly #acquisitions: AcquisitionAudit;
  readonly #transitions: TransitionAudit;
  readonly #runAudit: RunAudit;
  readonly #dueIncidents: DueIncidentAudit;
  readonly #clock: ExpectedClock;
  readonly #identity: IdentityAudit;
  readonly #reported = new Map<string, number>();
  /** The same counts, as of the end of the previous run. */
  #reportedBefore: ReadonlyMap<string, number> = new Map();
  readonly #reports: { readonly code: string; readonly text: string }[] = [];
  readonly #failuresReportedBefore = new Map<number, number>();
  #storeFailuresReported = 0;
  #storeFailuresExpected = 0;
  #found: Violation | null = null;
  /** What a restart would find while the database file is replaced. */
  #beforeReplaced: Snapshot | null = null;
  runs = 0;

  constructor(environment: Environment) {
    const { world, disk } = environment;
    this.#identity = new IdentityAudit(`0x${world.simulator.wallet}`);
    this.#wireTap = new WireTap(world.simulator, () => environment.lied);
    this.#view = new ExpectedView(this.#wireTap);
    this.#unshown = new UnshownAudit(() => this.#context);
    this.#clock = new ExpectedClock(world, () => this.#context.reportCount('STORE_FAILED'));
    this.#context = {
      world,
      environment,
      disk,
      view: this.#view,
      unshown: this.#unshown,
      clock: this.#clock,
      mayBeDistrusted: () => this.#identity.mayBeDistrusted,
      knownBefore: (id) => this.#transitions.knew(id),
      reportCount: (code) => this.#reported.get(code) ?? 0,
      isReported: (codes, text) =>
        this.#reports.some((one) => (codes === 'any' || codes.includes(one.code)) && one.text.includes(text)),
    };
    this.#bounds = new Bounds(this.#context);
    this.#requests = new RequestAudit(this.#context, this.#wireTap, this.#bounds);
    this.#acquisitions = new AcquisitionAudit(this.#context);
    this.#transitions = new TransitionAudit(this.#context, this.#requests);
    this.#runAudit = new RunAudit(this.#context);
    this.#dueIncidents = new DueIncidentAudit(this.#context);
    const { trouble } = world;
    const before = trouble.onRejected;
    trouble.onRejected = (why) => {
      before(why);
      this.#storeFailuresExpected += 1;
    };
    trouble.onCommitted = () => this.#keep(() => this.#dueIncidents.committed());
    trouble.onReplacing = () => {
      this.#beforeReplaced = disk.read();
    };
    trouble.onCommittedInVain = () => {
      this.#transitions.diedSince = true; // it could not report the outcome, and a restart would find none of it
    };
  }

  /** @throws Violation the first one found. */
  assertClean(): void {
    if (this.#found) throw this.#found;
  }

  /** Checks after everything that needs no time has happened. */
  check(): void {
    this.#keep(() => {
      if (
        this.#storeFailuresExpected > 0 &&
        !this.#transitions.diedSince &&
        this.#storeFailuresReported === 0
      )
        throw new Violation(8, 'the store failed, and no incident was reported');
      this.#storeFailuresExpected = this.#storeFailuresReported = 0;
      this.#transitions.check();
    });
    this.#keep(() => this.#clock.check());
    this.#keep(() => this.#runAudit.checkRefused());
    this.#keep(() => this.#runAudit.checkLevels());
    this.#keep(() => this.#runAudit.checkReceived());
    this.assertClean();
  }

  get purchases(): number {
    return this.#requests.sent.filter(({ kind }) => kind === 'purchase').length;
  }

  get topUps(): number {
    return this.#requests.sent.length - this.purchases;
  }

  /** Since when the oldest open request for money has no answer. */
  get oldestOpenMs(): number | null {
    const open = this.#requests.sent.filter((one) => one.open);
    return open.length === 0 ? null : Math.min(...open.map(({ atMs }) => atMs));
  }

  get givenOut(): ReadonlyMap<string, string> {
    return this.#acquisitions.batches;
  }

  /** Some stamp was lost before, so it is not replaced again before a day has passed. */
  get mayBeHeldBack(): boolean {
    return this.#transitions.mayBeHeldBack;
  }

  get context(): AuditContext {
    return this.#context;
  }

  clientAsks(asked: Asked): void {
    this.#failuresReportedBefore.set(asked.number, this.#context.reportCount('STORE_FAILED'));
    this.#acquisitions.clientAsks(asked);
    this.#identity.clientAsks(asked.number);
  }

  clientAnswered(asked: Asked, result: AcquireResult | null): void {
    const { journal } = this.#context.world;
    journal.write(
      `client ${asked.caller} asks ${JSON.stringify(asked.input)} -> ${result === null ? 'an error' : result.is} ${result?.is === 'acquired' ? result.stamp.batchId.slice(0, 8) : ''}`,
    );
    if (result?.is === 'acquired') this.#keep(() => this.#isOnDisk(result.acquisition.id));
    if (result?.is === 'exhausted') this.#runAudit.refused();
    if (result?.is === 'acquired' && !this.#context.knownBefore(result.acquisition.id))
      this.#keep(() => this.#identity.acquired(asked.number, result.stamp.batchId));
    if (result) this.#keep(() => this.#acquisitions.answered(asked, result));
    else if (this.#context.reportCount('STORE_FAILED') === this.#failuresReportedBefore.get(asked.number))
      this.#keep(() => {
        throw new Violation(
          8,
          `client ${asked.caller} was answered with an error, and no incident was reported`,
        );
      });
  }

  /** null: the subscription has just started. */
  levelsReceived(subscriber: object, levels: ReserveLevels | null): void {
    this.#runAudit.levelsReceived(subscriber, levels);
  }

  unsubscribed(subscriber: object): void {
    this.#runAudit.unsubscribed(subscriber);
  }

  /** `whole`: nothing was written while the pages were read. */
  listed(batchIds: readonly string[], { whole }: { readonly whole: boolean }): void {
    this.#keep(() => this.#acquisitions.listed(batchIds));
    if (whole) this.#keep(() => auditList(this.#context, batchIds));
  }

  asked(request: HttpRequest, answering: Answering): void {
    const { world } = this.#context;
    if (request.method === 'GET') {
      this.#wireTap.asked(request.path, world.nowMs);
      if (request.path === '/health') this.#observationBegan();
      this.#identity.asked(request.path, world.nowMs);
    } else {
      world.journal.write(`> ${request.method} ${request.path}`);
      if (answering === 'other')
        this.#keep(() => {
          throw new Violation(5, `${request.path} is sent to another node`);
        });
      this.#keep(() => this.#isRecorded(request));
      this.#keep(() => this.#requests.asked(request));
      this.#runAudit.asked(request);
    }
  }

  answered(request: HttpRequest, answer: HttpAnswer | null, answering: Answering): void {
    if (request.method !== 'GET') {
      const text = answer === null ? 'no answer' : `${answer.status} ${answer.body.slice(0, 90).trim()}`;
      this.#context.world.journal.write(`< ${request.method} ${request.path.slice(0, 40)}: ${text}`);
      const refused = this.#requests.answered(request, answer);
      if (refused) this.#transitions.backOff.refused(refused);
      return;
    }
    if (answer?.status === 200) this.#identity.answered(request.path, answer.body, this.#context.world.nowMs);
    if (answering === 'other') {
      this.#wireTap.answeredByAnother(request.path);
      return;
    }
    this.#wireTap.answered(request.path, answer);
    this.#bounds.read(request.path, answer);
    const { last } = this.#wireTap;
    if (request.path !== '/stamps' || last === null) return;
    this.#view.observed();
    this.#requests.observed(last);
    this.#bounds.observed(last);
    if (!this.#identity.mayBeDistrusted) this.#runAudit.observed(last); // pending transactions are not judged until then
    this.#identity.observed(last);
  }

  incident(code: string, fields: Record<string, unknown> | null, message: string): void {
    if (fields) this.#reports.push({ code, text: `${String(fields['subject'])} ${message}` });
    else this.#reported.set(code, (this.#reported.get(code) ?? 0) + 1);
    if (code === 'STORE_FAILED') this.#storeFailuresReported += 1;
    if (code === 'CLOCK_JUMPED') this.#clock.reportCount();
    if (code === 'BLOCK_TIME_MISMATCH')
      this.#keep(() => {
        throw new Violation(8, `the block time is reported as wrong, and is right: ${message}`);
      });
    if (code === 'RUN_FAILED' && fields)
      this.#keep(() => {
        throw new Violation(8, `a run failed for an unforeseen reason: ${message}`);
      });
  }

  runEnded(run: MaintenanceRun): void {
    this.runs += 1;
    this.#keep(() => this.#clock.runEnded(run.startedAt));
    const { disk, world } = this.#context;
    const actions = run.actions
      .map((one) => (one.do === 'hold' ? one.code : `${one.do} ${one.depth}`))
      .join(', ');
    world.journal.write(`run: ${actions}${run.errors.length > 0 ? ` (${run.errors.length} errors)` : ''}`);
    const live = [...disk.read().stamps.values()].filter(
      ({ state }) => state !== 'acquired' && state !== 'expired',
    );
    this.#view.runEnded(new Set(live.map(({ batchId }) => batchId)), {
      nowMs: world.nowMs,
      fresh: run.node.fresh,
    });
    this.#keep(() => this.#identity.runEnded(run, world.simulator.chain.tip));
    this.#keep(() => this.#transitions.checkShown(run.node));
    this.#keep(() => this.#transitions.check()); // before the next run changes what it is compared with
    if (run.node.fresh) this.#keep(() => this.#unshown.checkReported());
    const before = this.#reportedBefore;
    this.#reportedBefore = new Map(this.#reported);
    const reportedInRun = (code: string): number => this.#context.reportCount(code) - (before.get(code) ?? 0);
    const moment = { nowMs: world.nowMs, wallMs: world.clock.now().getTime() };
    this.#keep(() => this.#unshown.checkRecorded(run, reportedInRun('STORE_FAILED') > 0));
    this.#keep(() => this.#transitions.backOff.runEnded(run, moment));
    if (!this.#clock.isPending)
      this.#keep(() =>
        checkSpending(run, { ...moment, atObservation: this.#requests.diskAtObservation, now: disk.read() }),
      );
    if (world.knowsCommits)
      this.#keep(() =>
        checkReasons(this.#context, run, { reportedInRun, givenSince: this.#givenSinceObservation() }),
      );
    this.#keep(() => this.#runAudit.runEnded(run, reportedInRun));
    if (!run.dryRun && reportedInRun('STORE_FAILED') === 0) this.#keep(() => this.#dueIncidents.runEnded());
    this.#keep(() => this.#bounds.runEnded(run));
  }

  started(): void {
    this.#clock.started();
    this.#keep(() => this.#acquisitions.checkDisk());
    this.#keep(() => this.#acquisitions.checkDemand());
    this.#unshown.started();
    this.#view.started();
    this.#bounds.started();
  }

  unleased(process: string, what: string): void {
    this.#keep(() => {
      throw new Violation(3, `process ${process} ${what}`);
    });
  }

  jumped(): void {
    this.#clock.jumped();
  }

  died(): void {
    this.#clock.died();
    this.#transitions.diedSince = true;
    this.#transitions.backOff.died();
    this.#wireTap.forget();
    this.#requests.died();
    this.#unshown.died();
    this.#runAudit.died();
    this.#bounds.died();
  }

  /** When all faults have ended and the targets are met again. */
  checkSettled(): void {
    this.#keep(() => {
      this.#acquisitions.checkDisk();
      this.#acquisitions.checkDemand();
      if (!this.#context.environment.lied) checkLedger(this.#context, this.#requests.claimedPurchases);
      this.#bounds.checkNothingForgotten();
    });
    this.assertClean();
  }

  fail(rule: Rule, message: string): never {
    throw new Violation(rule, message);
  }

  /** Rule 2: a restart finds every acknowledged acquisition. */
  #isOnDisk(acquisitionId: string): void {
    const found = this.#afterRestart();
    if (found && !found.acquisitions.has(acquisitionId))
      throw new Violation(
        2,
        `acquisition ${acquisitionId} was acknowledged, and is in a file that was replaced`,
      );
  }

  /** Rule 3: a restart finds the order of everything that was sent. */
  #isRecorded({ method, path }: HttpRequest): void {
    const found = method === 'POST' || method === 'PATCH' ? this.#afterRestart() : null;
    const isRecorded = ({ state, amount }: DiskOrder): boolean =>
      state === 'sent' && path.includes(`/${amount}`);
    if (found && ![...found.orders.values()].some(isRecorded))
      throw new Violation(3, `${method} ${path} was sent, and its order is in a file that was replaced`);
  }

  /** Among rivals a run takes time, because answers are late: what it plans on may have been acquired before it ends. */
  #givenSinceObservation(): ReadonlySet<string> {
    const { world, disk } = this.#context;
    const before = this.#requests.diskAtObservation;
    if (!world.scenario.rivals || before === null) return new Set();
    const acquired = [...disk.read().stamps.values()].filter(({ state }) => state === 'acquired');
    return new Set(
      acquired.flatMap(({ batchId }) => (before.stamps.get(batchId)?.state === 'acquired' ? [] : [batchId])),
    );
  }

  /** null: the file is in place, so the disk shows everything. */
  #afterRestart(): Snapshot | null {
    return this.#context.world.trouble.replaced ? this.#beforeReplaced : null;
  }

  #observationBegan(): void {
    this.#keep(() => this.#clock.observationBegan());
    this.#runAudit.observationBegan();
  }

  #keep(check: () => void): void {
    try {
      check();
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      if (this.#found === null)
        this.#context.world.journal.write(`!! promise ${error.rule}: ${error.message}`);
      this.#found ??= error;
    }
  }
}
