import type { HttpRequest } from '../../src/bee/transport.ts';
import type { MaintenanceRun } from '../../src/domain/maintenance-run.ts';
import type { ReserveLevels } from '../../src/signals/levels.ts';
import type { Facts } from './audit-context.ts';
import { checkLevels } from './levels.ts';
import { ReplacedTransactions } from './replaced-transactions.ts';
import { Violation } from './violation.ts';
import type { Look } from './wire-tap.ts';

/** Refused clients ask for one run in so long a time. */
const REFUSAL_RUN_MS = 30_000;
/** A run that is under way may wait for the node before the one that was asked for begins. */
const RUN_WITHIN_MS = 60_000;
/** A transaction that is pending for so long is stuck. */
const STUCK_BLOCKS = 120;

/** Rule 8, from one run of a process to its next: what was sent is counted, what is odd about time and chain is told. */
export class Watch {
  readonly #facts: Facts;
  #purchases = 0;
  #topUps = 0;
  /** When a refused client last asked for a run, and by when there must have been one. */
  #refusedAtMs = -Infinity;
  #runDueMs = Infinity;
  #lookBeganMs = -Infinity;
  /** By hash: the head of the chain when it was first seen pending by this process. */
  #pendingSinceTip: ReadonlyMap<string, number> = new Map();
  #stuckBlocks = 0;
  readonly #replaced: ReplacedTransactions;
  /** How many may be reported as stuck, by the looks since the last run: there may have been previews as well. */
  #mayBeStuck = 0;
  /** As of the last run. */
  #storeFailures = 0;
  /** What each subscriber has heard last; null: nothing yet. */
  readonly #heard = new Map<object, ReserveLevels | null>();

  constructor(facts: Facts) {
    this.#facts = facts;
    this.#replaced = new ReplacedTransactions(() => facts.stage.simulator.chain.nextNonce);
  }

  /** When everything that can happen without time has happened; what a run has not seen or could not write is not told yet. */
  checkLevels(): void {
    const { stage, reported } = this.#facts;
    if (stage.run === null || this.#facts.clock.isPending || this.#storeFailures !== reported('STORE_FAILED'))
      return;
    checkLevels(this.#facts);
  }

  heard(subscriber: object, levels: ReserveLevels | null): void {
    this.#heard.set(subscriber, levels);
  }

  leaves(subscriber: object): void {
    this.#heard.delete(subscriber);
  }

  /** When everything that can happen without time has happened, so that nothing is still to be heard. */
  checkHeard(): void {
    const current = JSON.stringify(this.#facts.stage.run?.core.levels.current.depths);
    for (const levels of this.#heard.values()) {
      const heard = JSON.stringify(levels?.depths);
      if (heard !== current)
        throw new Violation(8, `a subscriber has heard ${heard}, and the levels are ${current}`);
    }
  }

  /** A client was told that there is none. */
  refused(): void {
    const { nowMs, policy } = this.#facts.stage;
    if (!policy.immediateReplenish || nowMs - this.#refusedAtMs < REFUSAL_RUN_MS) return;
    this.#refusedAtMs = nowMs;
    const hasBegun = this.#lookBeganMs === nowMs; // a client hears of it when the run has begun already
    if (!hasBegun) this.#runDueMs = Math.min(this.#runDueMs, nowMs + RUN_WITHIN_MS);
  }

  lookBegan(): void {
    this.#lookBeganMs = this.#facts.stage.nowMs;
    this.#runDueMs = Infinity;
  }

  /** What a client did not find is looked for soon. */
  checkRefused(): void {
    const { nowMs, run } = this.#facts.stage;
    if (run !== null && nowMs > this.#runDueMs)
      throw new Violation(
        'recovery',
        'a client was refused a minute ago, and the node has not been read since',
      );
  }

  asked({ method }: HttpRequest): void {
    if (method === 'POST') this.#purchases += 1;
    if (method === 'PATCH') this.#topUps += 1;
  }

  /** A look is complete. */
  looked(look: Look): void {
    const { pending, tip } = look;
    this.#replaced.looked(look);
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

  /** `told`: how often an incident of that code was reported in this run. */
  runEnded(
    { startedAt, endedAt, purchasesSent, topUpsSent, node }: MaintenanceRun,
    told: (code: string) => number,
  ): void {
    const tookMs = endedAt.getTime() - startedAt.getTime();
    if (tookMs >= 0 && this.#facts.stage.nowMs - tookMs >= this.#refusedAtMs) this.#runDueMs = Infinity;
    const [purchases, topUps] = [this.#purchases, this.#topUps];
    this.#purchases = this.#topUps = 0;
    const isWhole = told('STORE_FAILED') === 0; // else a run in between may have sent, and failed before its end
    if (isWhole && (purchasesSent !== purchases || topUpsSent !== topUps))
      throw new Violation(
        8,
        `a run says that it sent ${purchasesSent} and ${topUpsSent}, and ${purchases} and ${topUps} were sent`,
      );
    this.#storeFailures = this.#facts.reported('STORE_FAILED');
    if (told('TRANSACTION_STUCK') > 0 && this.#mayBeStuck === 0 && !this.#facts.scene.lied)
      throw new Violation(8, 'a transaction is called stuck although its cancellation was seen to be mined');
    this.#mayBeStuck = 0;
    if (node.block === null) this.#replaced.forget(); // its look failed
    const stuckBlocks = this.#stuckBlocks;
    this.#stuckBlocks = 0; // a run whose look was not complete knows nothing of it
    if (stuckBlocks >= STUCK_BLOCKS && !this.#facts.scene.lied && told('TRANSACTION_STUCK') === 0)
      throw new Violation(8, `a transaction is pending for ${stuckBlocks} blocks, and no operator was told`);
  }

  died(): void {
    this.#purchases = this.#topUps = this.#stuckBlocks = 0;
    this.#refusedAtMs = -Infinity;
    this.#runDueMs = Infinity;
    this.#pendingSinceTip = new Map();
    this.#replaced.forget();
    this.#mayBeStuck = 0;
    this.#heard.clear();
  }
}
