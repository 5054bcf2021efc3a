import type { HttpAnswer, HttpRequest } from '../../src/bee/transport.ts';
import type { MaintenanceRun } from '../../src/domain/maintenance-run.ts';
import type { AcquireResult } from '../../src/pool/pool.ts';
import type { ReserveLevels } from '../../src/signals/levels.ts';
import { HandOuts } from './audit-acquisitions.ts';
import type { Facts } from './audit-context.ts';
import { checkBooks } from './audit-ledger.ts';
import { checkWords } from './audit-reasons.ts';
import { Lives } from './audit-transitions.ts';
import { Bounds } from './bounds.ts';
import type { Asked } from './clients.ts';
import { ClockBooks } from './clock-books.ts';
import type { DiskOrder, Snapshot } from './disk.ts';
import type { Scene } from './environment.ts';
import { checkSpending } from './expected-spending.ts';
import { Knowledge } from './expected-view.ts';
import { InVain } from './in-vain.ts';
import { checkList } from './levels.ts';
import { Requests } from './requests.ts';
import { Strangers } from './strangers.ts';
import { type Rule, Violation } from './violation.ts';
import { Watch } from './watch.ts';
import { Looks } from './wire-tap.ts';
import type { Answering, Audience } from './world.ts';

/**
 * Keeps its own books of what the chain, the wire, the disk and the clients saw, and holds the service to its eight
 * rules. It uses nothing of the service's own decisions. What it finds it keeps until `assertClean`: it is called from
 * inside the service, which would take a thrown violation for a failure of its own.
 */
export class Checker implements Audience {
  readonly #facts: Facts;
  readonly #looks: Looks;
  readonly #knowledge: Knowledge;
  readonly #bounds: Bounds;
  readonly #inVain: InVain;
  readonly #requests: Requests;
  readonly #handOuts: HandOuts;
  readonly #lives: Lives;
  readonly #watch: Watch;
  readonly #clock: ClockBooks;
  readonly #strangers: Strangers;
  readonly #reported = new Map<string, number>();
  /** The same, when the last run ended. */
  #reportedBefore: ReadonlyMap<string, number> = new Map();
  readonly #named: { readonly code: string; readonly text: string }[] = [];
  readonly #failuresToldBefore = new Map<number, number>();
  #storeFailuresTold = 0;
  #storeFailuresExpected = 0;
  #found: Violation | null = null;
  /** What a restart would find while the database file is replaced. */
  #beforeReplaced: Snapshot | null = null;
  runs = 0;

  constructor(scene: Scene) {
    const { stage, disk } = scene;
    this.#strangers = new Strangers(`0x${stage.simulator.wallet}`);
    this.#looks = new Looks(stage.simulator, () => scene.lied);
    this.#knowledge = new Knowledge(this.#looks);
    this.#inVain = new InVain(() => this.#facts);
    this.#clock = new ClockBooks(stage, () => this.#facts.reported('STORE_FAILED'));
    this.#facts = {
      stage,
      scene,
      disk,
      knowledge: this.#knowledge,
      inVain: this.#inVain,
      clock: this.#clock,
      mayBeDistrusted: () => this.#strangers.mayBeDistrusted,
      knownBefore: (id) => this.#lives.knew(id),
      reported: (code) => this.#reported.get(code) ?? 0,
      named: (codes, text) =>
        this.#named.some((one) => (codes === 'any' || codes.includes(one.code)) && one.text.includes(text)),
    };
    this.#bounds = new Bounds(this.#facts);
    this.#requests = new Requests(this.#facts, this.#looks, this.#bounds);
    this.#handOuts = new HandOuts(this.#facts);
    this.#lives = new Lives(this.#facts, this.#requests);
    this.#watch = new Watch(this.#facts);
    const { trouble } = stage;
    const before = trouble.onRejected;
    trouble.onRejected = (why) => {
      before(why);
      this.#storeFailuresExpected += 1;
    };
    trouble.onReplacing = () => {
      this.#beforeReplaced = disk.read();
    };
    trouble.onCommittedInVain = () => {
      this.#lives.diedSince = true; // it could not tell what came of it, and a restart would find none of it
    };
  }

  /** @throws Violation the first that was found. */
  assertClean(): void {
    if (this.#found) throw this.#found;
  }

  /** After everything that can happen without time has happened. */
  look(): void {
    this.#keep(() => {
      if (this.#storeFailuresExpected > 0 && !this.#lives.diedSince && this.#storeFailuresTold === 0)
        throw new Violation(8, 'the store failed, and nobody was told');
      this.#storeFailuresExpected = this.#storeFailuresTold = 0;
      this.#lives.look();
    });
    this.#keep(() => this.#clock.check());
    this.#keep(() => this.#watch.checkRefused());
    this.#keep(() => this.#watch.checkLevels());
    this.#keep(() => this.#watch.checkHeard());
    this.assertClean();
  }

  get purchases(): number {
    return this.#requests.sent.filter(({ kind }) => kind === 'purchase').length;
  }

  get topUps(): number {
    return this.#requests.sent.length - this.purchases;
  }

  /** Some request of ours is without an answer, since that long ago. */
  get oldestOpenMs(): number | null {
    const open = this.#requests.sent.filter((one) => one.open);
    return open.length === 0 ? null : Math.min(...open.map(({ atMs }) => atMs));
  }

  get handedOut(): ReadonlyMap<string, string> {
    return this.#handOuts.batches;
  }

  /** Some stamp was lost before, and is not replaced again before a day has passed. */
  get mayBeHeldBack(): boolean {
    return this.#lives.mayBeHeldBack;
  }

  get facts(): Facts {
    return this.#facts;
  }

  asking(asked: Asked): void {
    this.#failuresToldBefore.set(asked.number, this.#facts.reported('STORE_FAILED'));
    this.#handOuts.asking(asked);
    this.#strangers.asking(asked.number);
  }

  told(asked: Asked, result: AcquireResult | null): void {
    const { journal } = this.#facts.stage;
    journal.write(
      `client ${asked.caller} asks ${JSON.stringify(asked.input)} -> ${result === null ? 'an error' : result.is} ${result?.is === 'acquired' ? result.stamp.batchId.slice(0, 8) : ''}`,
    );
    if (result?.is === 'acquired') this.#keep(() => this.#isOnDisk(result.acquisition.id));
    if (result?.is === 'exhausted') this.#watch.refused();
    if (result?.is === 'acquired' && !this.#facts.knownBefore(result.acquisition.id))
      this.#keep(() => this.#strangers.given(asked.number, result.stamp.batchId));
    if (result) this.#keep(() => this.#handOuts.told(asked, result));
    else if (this.#facts.reported('STORE_FAILED') === this.#failuresToldBefore.get(asked.number))
      this.#keep(() => {
        throw new Violation(8, `client ${asked.caller} was answered with an error, and no operator was told`);
      });
  }

  /** null: it has only begun to listen. */
  heard(subscriber: object, levels: ReserveLevels | null): void {
    this.#watch.heard(subscriber, levels);
  }

  leaves(subscriber: object): void {
    this.#watch.leaves(subscriber);
  }

  /** `whole`: nothing was written while it was read. */
  listed(batchIds: readonly string[], { whole }: { readonly whole: boolean }): void {
    this.#keep(() => this.#handOuts.listed(batchIds));
    if (whole) this.#keep(() => checkList(this.#facts, batchIds));
  }

  asked(request: HttpRequest, answering: Answering): void {
    const { stage } = this.#facts;
    if (request.method === 'GET') {
      this.#looks.asked(request.path, stage.nowMs);
      if (request.path === '/health') this.#lookBegan();
      this.#strangers.asked(request.path, stage.nowMs);
    } else {
      stage.journal.write(`> ${request.method} ${request.path}`);
      if (answering === 'other')
        this.#keep(() => {
          throw new Violation(5, `${request.path} leaves for another node`);
        });
      this.#keep(() => this.#isRecorded(request));
      this.#keep(() => this.#requests.asked(request));
      this.#watch.asked(request);
    }
  }

  answered(request: HttpRequest, answer: HttpAnswer | null, answering: Answering): void {
    if (request.method !== 'GET') {
      const words = answer === null ? 'no answer' : `${answer.status} ${answer.body.slice(0, 90).trim()}`;
      this.#facts.stage.journal.write(`< ${request.method} ${request.path.slice(0, 40)}: ${words}`);
      this.#requests.answered(request, answer);
      return;
    }
    if (answer?.status === 200) this.#strangers.answered(request.path, answer.body, this.#facts.stage.nowMs);
    if (answering === 'other') {
      this.#looks.answeredByAnother(request.path);
      return;
    }
    this.#looks.answered(request.path, answer);
    this.#bounds.read(request.path, answer);
    const { last } = this.#looks;
    if (request.path !== '/stamps' || last === null) return;
    this.#knowledge.looked();
    this.#requests.looked(last);
    this.#bounds.looked(last);
    if (!this.#strangers.mayBeDistrusted) this.#watch.looked(last); // what is pending is not judged until then
    this.#strangers.looked(last);
  }

  incident(code: string, fields: Record<string, unknown> | null, message: string): void {
    if (fields) this.#named.push({ code, text: `${String(fields['subject'])} ${message}` });
    else this.#reported.set(code, (this.#reported.get(code) ?? 0) + 1);
    if (code === 'STORE_FAILED') this.#storeFailuresTold += 1;
    if (code === 'CLOCK_JUMPED') this.#clock.reported();
    if (code === 'BLOCK_TIME_MISMATCH')
      this.#keep(() => {
        throw new Violation(8, `the block time is called wrong, which it is not: ${message}`);
      });
    if (code === 'RUN_FAILED' && fields)
      this.#keep(() => {
        throw new Violation(8, `a run failed for a reason that nobody thought of: ${message}`);
      });
  }

  runEnded(run: MaintenanceRun): void {
    this.runs += 1;
    this.#keep(() => this.#clock.runEnded(run.startedAt));
    const { disk, stage } = this.#facts;
    const words = run.actions
      .map((one) => (one.do === 'hold' ? one.code : `${one.do} ${one.depth}`))
      .join(', ');
    stage.journal.write(`run: ${words}${run.errors.length > 0 ? ` (${run.errors.length} errors)` : ''}`);
    const live = [...disk.read().stamps.values()].filter(
      ({ state }) => state !== 'acquired' && state !== 'expired',
    );
    this.#knowledge.runEnded(new Set(live.map(({ batchId }) => batchId)), {
      nowMs: stage.nowMs,
      fresh: run.node.fresh,
    });
    this.#keep(() => this.#strangers.runEnded(run, stage.simulator.chain.tip));
    this.#keep(() => this.#lives.checkShown(run.node));
    this.#keep(() => this.#lives.look()); // before the next run changes what it was seen by
    if (run.node.fresh) this.#keep(() => this.#inVain.checkTold());
    const before = this.#reportedBefore;
    this.#reportedBefore = new Map(this.#reported);
    const told = (code: string): number => this.#facts.reported(code) - (before.get(code) ?? 0);
    const moment = { nowMs: stage.nowMs, wallMs: stage.clock.now().getTime() };
    this.#keep(() => this.#lives.backOff.runEnded(run, moment));
    this.#keep(() => checkSpending(run, { ...moment, atLook: this.#requests.diskAtLook, now: disk.read() }));
    this.#keep(() => checkWords(this.#facts, run, told));
    this.#keep(() => this.#watch.runEnded(run, told));
    this.#keep(() => this.#bounds.runEnded(run));
  }

  started(): void {
    this.#clock.started();
    this.#keep(() => this.#handOuts.checkDisk());
    this.#keep(() => this.#handOuts.checkDemand());
    this.#inVain.started();
    this.#bounds.started();
  }

  jumped(): void {
    this.#clock.jumped();
  }

  died(): void {
    this.#clock.died();
    this.#lives.diedSince = true;
    this.#lives.backOff.died();
    this.#looks.forget();
    this.#requests.died();
    this.#watch.died();
    this.#bounds.died();
  }

  /** When all faults are lifted and the targets are met again. */
  checkSettled(): void {
    this.#keep(() => {
      this.#handOuts.checkDisk();
      this.#handOuts.checkDemand();
      if (!this.#facts.scene.lied) checkBooks(this.#facts, this.#requests.toldBought);
      this.#bounds.checkNothingForgotten();
    });
    this.assertClean();
  }

  fail(rule: Rule, message: string): never {
    throw new Violation(rule, message);
  }

  /** Rule 2: what is acknowledged, a restart finds. */
  #isOnDisk(acquisitionId: string): void {
    const found = this.#afterRestart();
    if (found && !found.acquisitions.has(acquisitionId))
      throw new Violation(
        2,
        `acquisition ${acquisitionId} was acknowledged, and is in a file that was replaced`,
      );
  }

  /** Rule 3: what is sent, a restart knows of. */
  #isRecorded({ method, path }: HttpRequest): void {
    const found = method === 'POST' || method === 'PATCH' ? this.#afterRestart() : null;
    const isRecorded = ({ state, amount }: DiskOrder): boolean =>
      state === 'sent' && path.includes(`/${amount}`);
    if (found && ![...found.orders.values()].some(isRecorded))
      throw new Violation(3, `${method} ${path} was sent, and its order is in a file that was replaced`);
  }

  /** null: the file is in place, and what is on disk says all. */
  #afterRestart(): Snapshot | null {
    return this.#facts.stage.trouble.replaced ? this.#beforeReplaced : null;
  }

  #lookBegan(): void {
    this.#keep(() => this.#clock.lookBegan());
    this.#watch.lookBegan();
  }

  #keep(check: () => void): void {
    try {
      check();
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      if (this.#found === null) this.#facts.stage.journal.write(`!! rule ${error.rule}: ${error.message}`);
      this.#found ??= error;
    }
  }
}
