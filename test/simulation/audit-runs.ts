import type { HttpRequest } from '../../src/bee/transport.ts';
import type { MaintenanceRun } from '../../src/domain/maintenance-run.ts';
import type { ReserveLevels } from '../../src/signals/levels.ts';
import type { AuditContext } from './audit-context.ts';
import { auditLevels } from './audit-levels.ts';
import { ReplacedTransactions } from './replaced-transactions.ts';
import { Violation } from './violation.ts';
import type { Observation } from './wire-tap.ts';

/** Refused clients request at most one run in this time. */
const REFUSAL_RUN_MS = 30_000;
/** A run in progress may wait for the node before the requested one starts. */
const RUN_WITHIN_MS = 60_000;
/** A transaction that is pending for this long is stuck. */
const STUCK_BLOCKS = 120;

/** Rule 8 from run to run: requests are counted, and what is wrong with the clock, transactions and levels is reported. */
export class RunAudit {
  readonly #context: AuditContext;
  #purchases = 0;
  #topUps = 0;
  /** When a refused client last requested a run, and by when one must have started. */
  #refusedAtMs = -Infinity;
  #runDueMs = Infinity;
  #observationBeganMs = -Infinity;
  /** By hash: the head of the chain when this process first observed the transaction as pending. */
  #pendingSinceTip: ReadonlyMap<string, number> = new Map();
  #stuckBlocks = 0;
  readonly #replaced: ReplacedTransactions;
  /** How many transactions may be reported as stuck, by the observations since the last run, previews included. */
  #mayBeStuck = 0;
  /** As of the last run. */
  #storeFailures = 0;
  /** What each subscriber received last; null: nothing yet. */
  readonly #received = new Map<object, ReserveLevels | null>();

  constructor(context: AuditContext) {
    this.#context = context;
    this.#replaced = new ReplacedTransactions(() => context.world.simulator.chain.nextNonce);
  }

  /** Checked when everything that needs no time has happened, unless a run still has to observe or could not write. */
  checkLevels(): void {
    const { world, reportCount } = this.#context;
    if (
      world.service === null ||
      !world.knowsCommits ||
      this.#context.clock.isPending ||
      this.#storeFailures !== reportCount('STORE_FAILED')
    )
      return;
    auditLevels(this.#context);
  }

  levelsReceived(subscriber: object, levels: ReserveLevels | null): void {
    this.#received.set(subscriber, levels);
  }

  unsubscribed(subscriber: object): void {
    this.#received.delete(subscriber);
  }

  /** Checked when everything that needs no time has happened, so that every update has arrived. */
  checkReceived(): void {
    const current = JSON.stringify(this.#context.world.service?.engine.levels.current.depths);
    for (const levels of this.#received.values()) {
      const received = JSON.stringify(levels?.depths);
      if (received !== current)
        throw new Violation(8, `a subscriber has received ${received}, and the levels are ${current}`);
    }
  }

  /** A client was refused because the pool is exhausted. */
  refused(): void {
    const { nowMs, policy } = this.#context.world;
    if (!policy.immediateReplenish || nowMs - this.#refusedAtMs < REFUSAL_RUN_MS) return;
    this.#refusedAtMs = nowMs;
    const hasBegun = this.#observationBeganMs === nowMs; // the run starts before the client receives its answer
    if (!hasBegun) this.#runDueMs = Math.min(this.#runDueMs, nowMs + RUN_WITHIN_MS);
  }

  observationBegan(): void {
    this.#observationBeganMs = this.#context.world.nowMs;
    this.#runDueMs = Infinity;
  }

  /** Recovery: a refused client causes a run soon. */
  checkRefused(): void {
    const { nowMs, service, knowsCommits } = this.#context.world;
    if (!knowsCommits) this.#runDueMs = Math.max(this.#runDueMs, nowMs + RUN_WITHIN_MS); // the run in progress waits for its commit
    if (service !== null && nowMs > this.#runDueMs)
      throw new Violation(
        'recovery',
        'a client was refused a minute ago, and no observation has started since',
      );
  }

  asked({ method }: HttpRequest): void {
    if (method === 'POST') this.#purchases += 1;
    if (method === 'PATCH') this.#topUps += 1;
  }

  /** An observation is complete. */
  observed(observation: Observation): void {
    const { pending, tip } = observation;
    this.#replaced.observed(observation);
    const mayBeStuck = pending.filter(({ hash }) => !this.#replaced.isKnownToBeOver(hash)).length;
    this.#mayBeStuck = Math.max(this.#mayBeStuck, mayBeStuck);
    this.#pendingSinceTip = new Map(
      pending.map(({ hash }) => [hash, this.#pendingSinceTip.get(hash) ?? tip]),
    );
    const open = pending.filter((one) => !this.#replaced.isOver(one));
    this.#stuckBlocks = Math.max(
      0,
      ...open.map(({ hash }) => tip - (this.#pendingSinceTip.get(hash) ?? tip)),
    );
  }

  /** `reportedInRun`: how often an incident of that code was reported in this run. */
  runEnded(
    { startedAt, endedAt, purchasesSent, topUpsSent, node }: MaintenanceRun,
    reportedInRun: (code: string) => number,
  ): void {
    const tookMs = endedAt.getTime() - startedAt.getTime();
    if (tookMs >= 0 && this.#context.world.nowMs - tookMs >= this.#refusedAtMs) this.#runDueMs = Infinity;
    const [purchases, topUps] = [this.#purchases, this.#topUps];
    this.#purchases = this.#topUps = 0;
    const isWhole = reportedInRun('STORE_FAILED') === 0; // if not, an earlier run may have sent something and failed
    if (isWhole && (purchasesSent !== purchases || topUpsSent !== topUps))
      throw new Violation(
        8,
        `a run reports that it sent ${purchasesSent} and ${topUpsSent}, and ${purchases} and ${topUps} were sent`,
      );
    this.#storeFailures = this.#context.reportCount('STORE_FAILED');
    if (reportedInRun('TRANSACTION_STUCK') > 0 && this.#mayBeStuck === 0 && !this.#context.environment.lied)
      throw new Violation(
        8,
        'a transaction is reported as stuck although its cancellation was observed as mined',
      );
    this.#mayBeStuck = 0;
    if (node.block === null) this.#replaced.forget(); // the observation failed
    const stuckBlocks = this.#stuckBlocks;
    this.#stuckBlocks = 0; // a run without a complete observation does not know
    if (
      stuckBlocks >= STUCK_BLOCKS &&
      !this.#context.environment.lied &&
      reportedInRun('TRANSACTION_STUCK') === 0
    )
      throw new Violation(
        8,
        `a transaction is pending for ${stuckBlocks} blocks, and no incident was reported`,
      );
  }

  died(): void {
    this.#purchases = this.#topUps = this.#stuckBlocks = 0;
    this.#refusedAtMs = -Infinity;
    this.#runDueMs = Infinity;
    this.#pendingSinceTip = new Map();
    this.#replaced.forget();
    this.#mayBeStuck = 0;
    this.#received.clear();
  }
}
