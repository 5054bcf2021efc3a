import type { HttpAnswer } from '../../src/bee/transport.ts';
import type { MaintenanceRun } from '../../src/domain/maintenance-run.ts';
import type { Facts } from './audit-context.ts';
import { type DiskOrder, isUnsettled } from './disk.ts';
import { isFresh } from './expected-view.ts';
import type { Sent } from './requests.ts';
import { Violation } from './violation.ts';
import type { Look } from './wire-tap.ts';

/** A batch is listed at most nine blocks after it was mined; with slow answers and a look, this is generous. */
const OVERDUE_BLOCKS = 30;
/** A purchase that was confirmed and is not shown stops the next one for about a day, and each further one for longer. */
const HOLD_MS = 20 * 3_600_000;
/** From here on an operator must have heard of what was paid for and is not shown. */
const REPORTED_AFTER_BLOCKS = 140;
/** Of the value that a top-up adds, so much must be shown: a balance derived from a time to live is low by up to a step. */
const SHOWN_PERCENT = 90n;
const BLOCK_SECONDS = 5n;
/** Two minutes, and what a look takes. */
const STANDSTILL_MS = 145_000;

/** What Bee has confirmed, and whether any list has shown it since. */
interface Claim {
  readonly sent: Sent;
  /** The batch that the answer names. */
  readonly batchId: string;
  /** What it was before, as the last list showed it; of a top-up only. */
  readonly before: Shown | null;
  readonly atTip: number;
  readonly atMs: number;
  isShown: boolean;
  /** The synced block of the first fresh look since that did not show it. */
  missingSinceBlock: number | null;
}

interface Shown {
  readonly amount: bigint;
  readonly expiresAtMs: number | null;
  readonly value: bigint | null;
}

/**
 * What holds whatever the node answers, also when none of it is true: how much may be paid for what is never shown, that
 * nothing that was paid for is forgotten, and that an operator hears of it.
 */
export class Bounds {
  readonly #facts: Facts;
  #claims: Claim[] = [];
  /** What each stamp was when its last top-up left. */
  readonly #before = new Map<string, Shown | null>();
  #last: Look | null = null;
  #values = new Map<string, bigint>();
  /** Of batches with an amount of ours that are in no row: in how many lists in a row they were shown. */
  #strays = new Map<string, number>();
  /** What the head of the chain was at the last run that believed the node, and since when; null: it has moved. */
  #head: { readonly tip: number; readonly sinceMs: number } | null = null;

  constructor(facts: Facts) {
    this.#facts = facts;
  }

  /** Money is about to leave. */
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
    if (row.length === 1 && this.#isMisnamed(last)) return; // no more than a purchase without an answer
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
    const { stage } = this.#facts;
    const before = this.#before.get(sent.batchId ?? '') ?? null;
    const claim = {
      sent,
      batchId,
      before,
      atTip: this.#tip,
      atMs: stage.nowMs,
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
  looked(look: Look): void {
    this.#last = look;
    if (look.tip !== this.#head?.tip) this.#head = null;
    if (!isFresh(look)) return;
    for (const claim of this.#claims) {
      claim.isShown ||= this.#shows(look, claim);
      if (!claim.isShown) claim.missingSinceBlock ??= look.block;
    }
    const strays = [...look.stamps]
      .filter(([batchId, shown]) => this.#isStray(batchId, shown))
      .map(([id]) => id);
    this.#strays = new Map(strays.map((id) => [id, (this.#strays.get(id) ?? 0) + 1]));
  }

  /** Rule 8: while something is wrong, an operator has heard of it. */
  runEnded({ node, dryRun }: MaintenanceRun): void {
    if (!node.fresh || dryRun) return;
    this.#checkHead();
    const { named } = this.#facts;
    const block = this.#last?.block ?? 0;
    for (const { sent, isShown, missingSinceBlock } of this.#claims) {
      if (isShown || block - (missingSinceBlock ?? block) < REPORTED_AFTER_BLOCKS) continue;
      const order = this.#orderOf(sent);
      const subjects = [order?.id, order?.batchId, sent.batchId].filter((id) => typeof id === 'string');
      if (!subjects.some((subject) => named('any', subject)))
        throw new Violation(
          8,
          `a ${sent.kind} of ${sent.amount} was confirmed and is not shown, and no operator has heard`,
        );
    }
    for (const [batchId, looks] of this.#strays)
      if (looks > 2 && !named('any', batchId))
        throw new Violation(
          8,
          `${batchId} has an amount of ours and is in no row, and no operator has heard`,
        );
  }

  /** An answer that a process took with it when it died is on no disk: for the next process, the outcome is unknown. */
  started(): void {
    this.#claims = this.#claims.filter(({ sent }) => this.#orderOf(sent)?.namedBatchId !== null);
  }

  /** The next process does not know since when the head of the chain stands still. */
  died(): void {
    this.#head = null;
  }

  /** Rule 5: a head of the chain that does not move is not the head of the chain. */
  #checkHead(): void {
    const { nowMs } = this.#facts.stage;
    this.#head ??= { tip: this.#last?.tip ?? 0, sinceMs: nowMs };
    const { tip, sinceMs } = this.#head;
    if (nowMs - sinceMs > STANDSTILL_MS)
      throw new Violation(
        5,
        `the node is believed, and the head of its chain is ${tip} for ${nowMs - sinceMs} ms`,
      );
  }

  /** Rule 3, when the truth has been told for a while: what our wallet paid for is in a row, an open order, or reported. */
  checkNothingForgotten(): void {
    const { stage, disk, scene, named } = this.#facts;
    const { chain, wallet } = stage.simulator;
    const { stamps, orders } = disk.read();
    for (const { kind, payer, amount, depth, batchId } of chain.ledger) {
      if (kind !== 'create' || payer !== wallet || scene.strangersAmounts.has(amount)) continue;
      if (scene.copiedAmounts.has(amount)) continue; // which of the two is ours cannot be known
      if (stamps.has(batchId) || named('any', batchId)) continue;
      const order = [...orders.values()].find(
        (one) => one.kind === 'purchase' && BigInt(one.amount) === amount && one.depth === depth,
      );
      const isGivenUp = order?.state === 'abandoned' && named(['PURCHASE_ABANDONED'], order.id);
      if (order && (isUnsettled(order) || isGivenUp)) continue;
      const batch = chain.contract.existing(batchId);
      if (batch.normalisedBalance <= chain.contract.outPaymentAt(chain.tip)) continue; // over before it was seen
      if (scene.gone.has(batchId)) continue; // the node itself has lost it
      throw new Violation(
        3,
        `${batchId} was paid for by ${order?.id} (${order?.state}), and is in no row nor reported`,
      );
    }
  }

  get #tip(): number {
    return this.#facts.stage.simulator.chain.tip;
  }

  #orderOf(sent: Sent): DiskOrder | undefined {
    return [...this.#facts.disk.read().orders.values()].find(
      ({ kind, amount, batchId }) =>
        kind === sent.kind &&
        BigInt(amount) === sent.amount &&
        (sent.batchId === null || sent.batchId === batchId),
    );
  }

  /** The last purchases that were confirmed, as many as are overdue and were not shown. */
  #unshownInARow(): readonly Claim[] {
    const purchases = this.#claims.filter(({ sent }) => sent.kind === 'purchase');
    const lastShown = purchases.findLastIndex(({ isShown }) => isShown);
    return purchases
      .slice(lastShown + 1)
      .filter((claim) => this.#tip - claim.atTip >= OVERDUE_BLOCKS && !this.#isRefuted(claim));
  }

  /** The batch that the answer names is another one: then it says nothing about the purchase. */
  #isRefuted({ batchId, sent }: Claim): boolean {
    const row = this.#facts.disk.read().stamps.get(batchId);
    if (row !== undefined) return true; // the list has never shown it with the amount of this purchase
    const amount = this.#last?.stamps.get(batchId)?.amount;
    return amount !== undefined && BigInt(amount) !== sent.amount;
  }

  /** The answer named a batch that cannot be what was bought. */
  #isMisnamed({ sent }: Claim): boolean {
    return [...this.#facts.disk.read().orders.values()].some(
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

  #shows(look: Look, { sent, before }: Claim): boolean {
    if (sent.kind === 'purchase')
      return [...look.stamps.values()].some(
        ({ amount, depth, label }) =>
          depth >= sent.depth &&
          (BigInt(amount) === sent.amount || (BigInt(amount) > sent.amount && sent.label === label)),
      );
    const now = this.#shownOf(sent.batchId ?? '');
    if (now === null || before === null) return now !== null;
    const wanted = (sent.amount * SHOWN_PERCENT) / 100n;
    if (now.amount - before.amount >= wanted) return true;
    if (now.value !== null && before.value !== null && now.value - before.value >= wanted) return true;
    if (now.expiresAtMs === null || before.expiresAtMs === null || look.price === 0n) return false;
    const wantedMs = Number((wanted * BLOCK_SECONDS * 1000n) / look.price);
    return now.expiresAtMs - before.expiresAtMs >= wantedMs;
  }

  #isStray(batchId: string, { amount, depth }: { readonly amount: string; readonly depth: number }): boolean {
    const { disk, scene } = this.#facts;
    const { stamps, orders } = disk.read();
    if (stamps.has(batchId) || scene.copiedAmounts.has(BigInt(amount))) return false;
    const order = [...orders.values()].find(
      (one) => one.kind === 'purchase' && one.amount === amount && one.depth === depth,
    );
    return order !== undefined && !isUnsettled(order);
  }
}
