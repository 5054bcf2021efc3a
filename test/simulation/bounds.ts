import type { HttpAnswer } from '../../src/bee/transport.ts';
import type { MaintenanceRun } from '../../src/domain/maintenance-run.ts';
import type { AuditContext } from './audit-context.ts';
import type { Sent } from './audit-requests.ts';
import { type DiskOrder, isUnsettled } from './disk.ts';
import { isFresh } from './expected-view.ts';
import { Violation } from './violation.ts';
import type { Observation } from './wire-tap.ts';

/** A batch is listed at most nine blocks after it was mined; this leaves room for slow answers and one observation. */
const OVERDUE_BLOCKS = 30;
/** A purchase that was confirmed and is not shown holds the next one for about a day, and each further one for longer. */
const HOLD_MS = 20 * 3_600_000;
/** After this many blocks, what was paid for and is not shown must be reported. */
const REPORTED_AFTER_BLOCKS = 140;
/** The share of a top-up's value that must be shown: a balance derived from a time to live can be low by up to a step. */
const SHOWN_PERCENT = 90n;
const BLOCK_SECONDS = 5n;
/** Two minutes, and the duration of an observation. */
const STANDSTILL_MS = 145_000;

/** What Bee has confirmed, and whether any list has shown it since. */
interface Claim {
  readonly sent: Sent;
  /** The batch that the answer names. */
  readonly batchId: string;
  /** The stamp before the top-up, as the last list showed it; null for a purchase. */
  readonly before: Shown | null;
  readonly atTip: number;
  readonly atMs: number;
  isShown: boolean;
  /** The synced block of the first fresh observation since then that did not show it. */
  missingSinceBlock: number | null;
}

interface Shown {
  readonly amount: bigint;
  readonly expiresAtMs: number | null;
  readonly value: bigint | null;
}

/**
 * What holds whatever the node answers, even if all of it is false: how much may be paid for what is never shown, that nothing
 * paid for is lost track of, and that it is reported.
 */
export class Bounds {
  readonly #context: AuditContext;
  #claims: Claim[] = [];
  /** Each stamp as of the request for its last top-up. */
  readonly #before = new Map<string, Shown | null>();
  #last: Observation | null = null;
  #values = new Map<string, bigint>();
  /** Batches with an amount of ours that are in no row, with the number of consecutive lists that showed them. */
  #strays = new Map<string, number>();
  /** The head of the chain at the last run that trusted the node, and since when; null: it has moved. */
  #head: { readonly tip: number; readonly sinceMs: number } | null = null;

  constructor(context: AuditContext) {
    this.#context = context;
  }

  /** A request for money is being sent. */
  asked(sent: Sent): void {
    if (sent.batchId !== null) this.#before.set(sent.batchId, this.#shownOf(sent.batchId));
    const unshown = this.#claims.filter(({ isShown }) => !isShown);
    if (sent.kind === 'topUp') {
      const before = unshown.find((claim) => claim.sent.batchId === sent.batchId);
      if (before)
        throw new Violation(3, `${sent.batchId} is topped up again, and the top-up before is not shown`);
      return;
    }
    const row = this.#unshownInARow();
    const last = row.at(-1);
    if (last === undefined) return;
    if (row.length === 1 && this.#isMisnamed(last)) return; // this is no more than a purchase without an answer
    const waitedBlocks = this.#tip - last.atTip;
    if (sent.atMs - last.atMs < HOLD_MS)
      throw new Violation(
        3,
        `depth ${sent.depth} is bought ${waitedBlocks} blocks after the last of ${row.length} purchases in a row that are not shown`,
      );
  }

  answered(sent: Sent, answer: HttpAnswer | null): void {
    const isClaimed = answer?.status === (sent.kind === 'purchase' ? 201 : 202);
    const [, batchId] =
      /"batchID":"([0-9a-f]{64})".*"txHash":"0x[0-9a-f]{64}"/.exec(answer?.body ?? '') ?? [];
    if (!isClaimed || batchId === undefined) return;
    if (sent.batchId !== null && batchId !== sent.batchId) return; // an answer about another stamp: the outcome is unknown
    const { world } = this.#context;
    const before = this.#before.get(sent.batchId ?? '') ?? null;
    const claim = {
      sent,
      batchId,
      before,
      atTip: this.#tip,
      atMs: world.nowMs,
      isShown: false,
      missingSinceBlock: null,
    };
    this.#claims.push({ ...claim, isShown: this.#last !== null && this.#shows(this.#last, claim) });
  }

  read(path: string, answer: HttpAnswer | null): void {
    const [, batchId] = /^\/batches\/([0-9a-f]{64})$/.exec(path) ?? [];
    const [, value] = /"value":"(\d+)"/.exec(answer?.status === 200 ? answer.body : '') ?? [];
    if (batchId !== undefined && value !== undefined) this.#values.set(batchId, BigInt(value));
  }

  /** A list is complete. */
  observed(observation: Observation): void {
    this.#last = observation;
    if (observation.tip !== this.#head?.tip) this.#head = null;
    if (!isFresh(observation)) return;
    for (const claim of this.#claims) {
      claim.isShown ||= this.#shows(observation, claim);
      if (!claim.isShown) claim.missingSinceBlock ??= observation.block;
    }
    const strays = [...observation.stamps]
      .filter(([batchId, shown]) => this.#isStray(batchId, shown))
      .map(([id]) => id);
    this.#strays = new Map(strays.map((id) => [id, (this.#strays.get(id) ?? 0) + 1]));
  }

  /** Rule 8: while something is wrong, it is reported. */
  runEnded({ node, dryRun }: MaintenanceRun): void {
    if (!node.fresh || dryRun) return;
    this.#checkHead();
    const { isReported } = this.#context;
    const block = this.#last?.block ?? 0;
    for (const { sent, isShown, missingSinceBlock } of this.#claims) {
      if (isShown || block - (missingSinceBlock ?? block) < REPORTED_AFTER_BLOCKS) continue;
      const order = this.#orderOf(sent);
      const subjects = [order?.id, order?.batchId, sent.batchId].filter((id) => typeof id === 'string');
      if (!subjects.some((subject) => isReported('any', subject)))
        throw new Violation(
          8,
          `a ${sent.kind} of ${sent.amount} was confirmed and is not shown, and no incident was reported`,
        );
    }
    for (const [batchId, observations] of this.#strays)
      if (observations > 2 && !isReported('any', batchId))
        throw new Violation(
          8,
          `${batchId} has an amount of ours and is in no row, and no incident was reported`,
        );
  }

  /** An answer that a dying process received is not on disk: for the next process, the outcome is unknown. */
  started(): void {
    this.#claims = this.#claims.filter(({ sent }) => this.#orderOf(sent)?.namedBatchId !== null);
  }

  /** The next process does not know since when the head of the chain stands still. */
  died(): void {
    this.#head = null;
  }

  /** Rule 5: a node whose head of the chain does not move is not trusted. */
  #checkHead(): void {
    const { nowMs } = this.#context.world;
    this.#head ??= { tip: this.#last?.tip ?? 0, sinceMs: nowMs };
    const { tip, sinceMs } = this.#head;
    if (nowMs - sinceMs > STANDSTILL_MS)
      throw new Violation(
        5,
        `the node is trusted, and the head of its chain is ${tip} for ${nowMs - sinceMs} ms`,
      );
  }

  /** Rule 3, once answers have been true for a while: what our wallet paid for is in a row, an open order, or reported. */
  checkNothingForgotten(): void {
    const { world, disk, environment, isReported } = this.#context;
    const { chain, wallet } = world.simulator;
    const { stamps, orders } = disk.read();
    for (const { kind, payer, amount, depth, batchId } of chain.ledger) {
      if (kind !== 'create' || payer !== wallet || environment.strangersAmounts.has(amount)) continue;
      if (environment.copiedAmounts.has(amount)) continue; // which of the two is ours cannot be determined
      if (stamps.has(batchId) || isReported('any', batchId)) continue;
      const order = [...orders.values()].find(
        (one) => one.kind === 'purchase' && BigInt(one.amount) === amount && one.depth === depth,
      );
      const isGivenUp = order?.state === 'abandoned' && isReported(['PURCHASE_ABANDONED'], order.id);
      if (order?.purpose === 'canary' && order.batchId === batchId) continue;
      if (order && (isUnsettled(order) || isGivenUp)) continue;
      const batch = chain.contract.existing(batchId);
      if (batch.normalisedBalance <= chain.contract.outPaymentAt(chain.tip)) continue; // expired before it was observed
      if (environment.gone.has(batchId)) continue; // the node itself has lost it
      throw new Violation(
        3,
        `${batchId} was paid for by ${order?.id} (${order?.state}), and is in no row nor reported`,
      );
    }
  }

  get #tip(): number {
    return this.#context.world.simulator.chain.tip;
  }

  #orderOf(sent: Sent): DiskOrder | undefined {
    return [...this.#context.disk.read().orders.values()].find(
      ({ kind, amount, batchId }) =>
        kind === sent.kind &&
        BigInt(amount) === sent.amount &&
        (sent.batchId === null || sent.batchId === batchId),
    );
  }

  /** The latest confirmed purchases, as many in a row as are overdue and were not shown. */
  #unshownInARow(): readonly Claim[] {
    const purchases = this.#claims.filter(({ sent }) => sent.kind === 'purchase');
    const lastShown = purchases.findLastIndex(({ isShown }) => isShown);
    return purchases
      .slice(lastShown + 1)
      .filter((claim) => this.#tip - claim.atTip >= OVERDUE_BLOCKS && !this.#isRefuted(claim));
  }

  /** The named batch is another one, so the answer is no claim about the purchase. */
  #isRefuted({ batchId, sent }: Claim): boolean {
    const row = this.#context.disk.read().stamps.get(batchId);
    if (row !== undefined) return true; // the list has never shown it with the amount of this purchase
    const amount = this.#last?.stamps.get(batchId)?.amount;
    return amount !== undefined && BigInt(amount) !== sent.amount;
  }

  /** The answer named a batch that cannot be the purchased one. */
  #isMisnamed({ sent }: Claim): boolean {
    return [...this.#context.disk.read().orders.values()].some(
      ({ kind, amount, depth, claimBatchId, namedBatchId }) =>
        kind === 'purchase' &&
        BigInt(amount) === sent.amount &&
        depth === sent.depth &&
        namedBatchId !== null &&
        claimBatchId === null,
    );
  }

  #shownOf(batchId: string): Shown | null {
    const shown = this.#last?.stamps.get(batchId);
    if (shown === undefined) return null;
    const { amount, expiresAtMs } = shown;
    return { amount: BigInt(amount), expiresAtMs, value: this.#values.get(batchId) ?? null };
  }

  #shows(observation: Observation, { sent, before }: Claim): boolean {
    if (sent.kind === 'purchase')
      return [...observation.stamps.values()].some(
        ({ amount, depth, label }) =>
          depth >= sent.depth &&
          (BigInt(amount) === sent.amount || (BigInt(amount) > sent.amount && sent.label === label)),
      );
    const now = this.#shownOf(sent.batchId ?? '');
    if (now === null || before === null) return now !== null;
    const wanted = (sent.amount * SHOWN_PERCENT) / 100n;
    if (now.amount - before.amount >= wanted) return true;
    if (now.value !== null && before.value !== null && now.value - before.value >= wanted) return true;
    if (now.expiresAtMs === null || before.expiresAtMs === null || observation.price === 0n) return false;
    const wantedMs = Number((wanted * BLOCK_SECONDS * 1000n) / observation.price);
    return now.expiresAtMs - before.expiresAtMs >= wantedMs;
  }

  #isStray(batchId: string, { amount, depth }: { readonly amount: string; readonly depth: number }): boolean {
    const { disk, environment } = this.#context;
    const { stamps, orders } = disk.read();
    if (stamps.has(batchId) || environment.copiedAmounts.has(BigInt(amount))) return false;
    const order = [...orders.values()].find(
      (one) => one.kind === 'purchase' && one.amount === amount && one.depth === depth,
    );
    return order !== undefined && !isUnsettled(order) && order.batchId !== batchId;
  }
}
