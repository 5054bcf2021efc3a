import type { MaintenanceRun } from '../../src/domain/maintenance-run.ts';
import { checkCanariesApart } from './audit-canary.ts';
import { type AuditContext, targetOf } from './audit-context.ts';
import { REFUSALS } from './audit-due-incidents.ts';
import type { RequestAudit } from './audit-requests.ts';
import { type DiskOrder, type DiskStamp, isForPool, isReady, isUnsettled, type Snapshot } from './disk.ts';
import { ExpectedBackOff } from './expected-back-off.ts';
import { Violation } from './violation.ts';

/** The checker's own transition tables, transitively closed: several transitions may happen between two checks of the disk. */
const ORDER_AFTER: Readonly<Record<string, readonly string[]>> = {
  planned: ['sent', 'unknown', 'confirmed', 'rejected', 'abandoned'],
  sent: ['unknown', 'confirmed', 'rejected', 'abandoned'],
  unknown: ['confirmed', 'abandoned'],
  abandoned: ['confirmed'],
  confirmed: [],
  rejected: [],
};
const STAMP_AFTER: Readonly<Record<string, readonly string[]>> = {
  propagating: ['available', 'acquired', 'expired'],
  available: ['acquired', 'expired'],
  acquired: [],
  expired: [],
};
/** An order of unknown outcome is waited for this long after the last pending transaction; five less for the step of the node. */
const GIVE_UP_BLOCKS = 40;
/** A node that has just started does not list all at once: what it does not list counts when it was observed for this long. */
const TRUSTED_AFTER_BLOCKS = 10;
/** An expiry is final: the stamp must not have been shown for this long, whatever the clock shows. */
const ENDED_AFTER_BLOCKS = 120;
/** An observation that does not count may be the one by which the stamp was lost. */
const STEP_BLOCKS = 200;
/** An observation is not made at the same time as the block before it. */
const LONGER_MS = 6_000;
/** A stamp is replaced at most once in this many blocks, a day. */
const DAY_BLOCKS = 17_280;
const EXPIRY_TOLERANCE_MS = 130_000;

/** Compares each state of the disk with the one before: transitions are legal, and those that cost something are reported. */
export class TransitionAudit {
  readonly #context: AuditContext;
  readonly #requests: RequestAudit;
  readonly backOff = new ExpectedBackOff();
  #before: Snapshot = { stamps: new Map(), orders: new Map(), acquisitions: new Map() };
  #refusalsBefore = 0;
  /** By batch: the synced block when the stamp was last lost. */
  readonly #lostAtBlock = new Map<string, number>();
  /** The process has died since the last check, so it could not report what it had just recorded. */
  diedSince = false;
  /** What is on disk, and has to be reported once the process knows that it is. */
  #unreported: readonly Unreported[] = [];

  constructor(context: AuditContext, requests: RequestAudit) {
    this.#context = context;
    this.#requests = requests;
  }

  knew(acquisitionId: string): boolean {
    return this.#before.acquisitions.has(acquisitionId);
  }

  check(): void {
    const now = this.#context.disk.read();
    const before = this.#before;
    if (now !== before) {
      this.#before = now;
      this.#nothingVanished(before, now);
      this.#acquisitionsAreWhole(now);
      checkCanariesApart(now);
      for (const stamp of now.stamps.values()) {
        const was = before.stamps.get(stamp.batchId);
        if (was === undefined && stamp.origin === 'adopted') this.#adopted(stamp, { before, now });
        this.#stamp(was, stamp);
      }
      for (const order of now.orders.values()) {
        this.#order(before.orders.get(order.id), order);
      }
    }
    this.#refusalsBefore = this.#refusals;
    this.#checkReported();
    if (this.#context.world.knowsCommits) this.backOff.known(this.#context.world.nowMs);
    this.diedSince = false;
  }

  /**
   * Rule 4, after a run: depth and amount on disk are those that the node shows, and the expiry on disk is the one that follows
   * from the node's state, or a little earlier.
   */
  checkShown({ fresh }: MaintenanceRun['node']): void {
    const { disk, view, clock } = this.#context;
    for (const { batchId, state, depth, amount, expiresAt, withheld } of disk.read().stamps.values()) {
      const seen = view.of(batchId);
      const shown = fresh && (state === 'propagating' || seen?.shown?.usable) ? seen?.shown : null;
      const isLive = state === 'available' || state === 'propagating';
      if (fresh && isLive && (seen?.shown?.utilization ?? 0) > 0 && withheld !== 'in_use')
        throw new Violation(4, `${batchId} shows use, and is withheld as ${withheld} on disk`);
      if (shown && isLive && (shown.depth !== depth || shown.amount !== amount))
        throw new Violation(
          4,
          `${batchId} is of depth ${depth} and amount ${amount} on disk, and is shown with ${shown.depth} and ${shown.amount}`,
        );
      if (state !== 'available' || expiresAt === null || !seen?.shown?.usable) continue;
      const seenMs = seen.shown.expiresAtMs;
      if (seenMs === null || !clock.isSure(seen)) continue;
      const longerMs = expiresAt - (seenMs + clock.fromMonotonicMs);
      if (longerMs > LONGER_MS || longerMs < -EXPIRY_TOLERANCE_MS)
        throw new Violation(
          4,
          `${batchId} is recorded with ${Math.round(longerMs / 1000)} s more to live than the node shows`,
        );
    }
  }

  #nothingVanished(before: Snapshot, now: Snapshot): void {
    for (const [noun, was, is] of [
      ['stamp', before.stamps, now.stamps],
      ['order', before.orders, now.orders],
      ['acquisition', before.acquisitions, now.acquisitions],
    ] as const) {
      for (const id of was.keys())
        if (!is.has(id)) throw new Violation(3, `the ${noun} ${id} is gone from the disk`);
    }
  }

  /** Rules 1 and 2: an acquisition is on disk as a whole or not at all. */
  #acquisitionsAreWhole({ stamps, acquisitions }: Snapshot): void {
    const given = new Set([...acquisitions.values()].map(({ batchId }) => batchId));
    for (const { batchId, state } of stamps.values())
      if ((state === 'acquired') !== given.has(batchId))
        throw new Violation(
          2,
          `${batchId} is ${state}, and ${given.has(batchId) ? 'an' : 'no'} acquisition of it exists`,
        );
  }

  #stamp(was: DiskStamp | undefined, is: DiskStamp): void {
    const { view } = this.#context;
    const { batchId } = is;
    if (was && was.state !== is.state && !STAMP_AFTER[was.state]?.includes(is.state))
      throw new Violation(7, `${batchId} was ${was.state} and is ${is.state}`);
    const becameAvailable = is.state === 'available' && was?.state !== 'available';
    if (becameAvailable) this.#lifetime(is);
    if (becameAvailable && !view.everUsable(batchId))
      throw new Violation(4, `${batchId} is available on disk, and the node never showed it as usable`);
    if (is.state === 'expired' && was?.state !== 'expired') {
      this.#expired(batchId);
      this.#mustBeReported('STAMP_EXPIRED', batchId);
    }
    if (is.state !== 'available' && is.state !== 'propagating') return;
    const isOver = (is.expiresAt ?? Infinity) <= this.#context.clock.nowMs;
    if (is.withheld === 'missing' && was?.withheld == null && is.state === 'available' && !isOver)
      this.#mustBeReported('STAMP_WITHHELD', batchId);
    if (is.withheld === 'lost' && was?.withheld !== 'lost') this.#lost(batchId, isOver);
    if (was && is.depth > was.depth) this.#mustBeReported('STAMP_DILUTED', batchId);
    if (was?.withheld === 'in_use' && is.withheld !== 'in_use')
      throw new Violation(4, `${batchId} has shown use, and is no longer withheld for it`);
    if (is.withheld === 'in_use' && was?.withheld !== 'in_use') {
      if (!view.everShownInUse(batchId))
        throw new Violation(4, `${batchId} is withheld as in use, and never showed use`);
      this.#mustBeReported('STAMP_IN_USE', batchId);
    }
  }

  /** Rule 4: the time to live recorded at creation is the one that the node showed. */
  #lifetime({ batchId, ttlAtCreationSeconds }: DiskStamp): void {
    const { view, world } = this.#context;
    const observedAtMs = view.last?.beganMs ?? world.nowMs; // the commit may have been slow
    const leftMs = view.expiries(batchId).flatMap(({ atMs }) => [atMs - observedAtMs, atMs - world.nowMs]);
    const recordedMs = (ttlAtCreationSeconds ?? 0) * 1000;
    if (
      recordedMs < Math.min(...leftMs) - EXPIRY_TOLERANCE_MS ||
      recordedMs > Math.max(...leftMs) + EXPIRY_TOLERANCE_MS
    )
      throw new Violation(4, `${batchId} is recorded with ${recordedMs / 1000} s to live at creation`);
  }

  /** Rule 3: a lost stamp is replaced, so it may be lost once a day at most. One whose time is over is reported when it is expired. */
  #lost(batchId: string, isOver: boolean): void {
    if (!isOver) this.#mustBeReported('STAMP_MISSING', batchId, 'TOP_UP_NOT_SHOWN');
    const block = this.#context.view.last?.block ?? 0;
    const before = this.#lostAtBlock.get(batchId);
    if (before !== undefined && block - before < DAY_BLOCKS - STEP_BLOCKS)
      throw new Violation(
        3,
        `${batchId} counts as lost again ${block - before} blocks after it was lost before`,
      );
    this.#lostAtBlock.set(batchId, block);
  }

  /** Some stamp was lost: within a day, it is not lost again and stays on order. */
  get mayBeHeldBack(): boolean {
    return this.#lostAtBlock.size > 0;
  }

  /** Rule 5: no live stamp is expired, whatever the node shows. */
  #expired(batchId: string): void {
    const { chain } = this.#context.world.simulator;
    const batch = chain.batches.get(batchId);
    if (batch === undefined) return;
    const blocks = Number((batch.normalisedBalance - chain.contract.outPaymentAt(chain.tip)) / chain.price);
    const { view, world } = this.#context;
    const absentBlocks = view.absentBlocks(batchId);
    if (absentBlocks < ENDED_AFTER_BLOCKS)
      throw new Violation(5, `${batchId} was expired after it was not shown for ${absentBlocks} blocks`);
    const { environment } = this.#context;
    const isToppedUp = chain.ledger.some((entry) => entry.kind === 'topUp' && entry.batchId === batchId);
    if (environment.resyncNeeded && isToppedUp) return; // the node has missed the top-up, and ends the batch without it
    if (environment.lied || environment.gone.has(batchId)) return; // its time to live is what was answered
    // with a wrong clock and a node that has lost the stamp, the service cannot know
    if (world.wallOffsetMs > 0) return;
    if (blocks * 5000 > EXPIRY_TOLERANCE_MS)
      throw new Violation(5, `${batchId} was expired, and has ${blocks} blocks to live`);
  }

  /** Rules 3, 4 and 7: which batches may be adopted, and how many. */
  #adopted(
    { batchId, depth }: DiskStamp,
    observations: { readonly before: Snapshot; readonly now: Snapshot },
  ): void {
    const { world, view } = this.#context;
    const { adoption } = world.policy;
    const shown = view.of(batchId)?.shown;
    if (adoption.from === 'nowhere') throw new Violation(7, `${batchId} was adopted, and adoption is off`);
    if (adoption.from === 'list' && ![...adoption.batchIds].some((id) => id === batchId))
      throw new Violation(7, `${batchId} was adopted and is not on the list`);
    if (this.#context.environment.lied) return; // the list may show something else by now
    if (adoption.from === 'any' && shown?.label === 'recovered')
      throw new Violation(7, `${batchId} was adopted, and its owner is unknown`);
    if (!view.everUsable(batchId)) throw new Violation(4, `${batchId} was adopted and is not usable`);
    if (shown && shown.utilization > 0) throw new Violation(7, `${batchId} was adopted and is in use`);
    const leftMs = (shown?.expiresAtMs ?? Infinity) - world.nowMs;
    if (leftMs < world.policy.acquireMinTtlSeconds * 1000 - EXPIRY_TOLERANCE_MS)
      throw new Violation(4, `${batchId} was adopted with ${Math.round(leftMs / 1000)} s to live`);
    const target = targetOf(this.#context, depth);
    const stock = this.#stockOf(depth, observations);
    if (stock > target)
      throw new Violation(
        3,
        `a batch of depth ${depth} was adopted to make ${stock}, with a target of ${target}`,
      );
  }

  /** The stock before this check that still exists, and what was adopted since. */
  #stockOf(depth: number, { before, now }: { readonly before: Snapshot; readonly now: Snapshot }): number {
    const promisedMs = this.#context.clock.nowMs + this.#context.world.policy.acquireMinTtlSeconds * 1000;
    const there = [...now.stamps.values()].filter(
      (one) =>
        one.depth === depth &&
        (one.origin === 'adopted' || before.stamps.has(one.batchId)) &&
        ((one.state === 'propagating' && one.withheld !== 'lost' && one.withheld !== 'in_use') ||
          (isReady(one) && (one.expiresAt ?? 0) > promisedMs)),
    );
    const open = [...now.orders.values()].filter(
      (one) => one.depth === depth && isForPool(one) && isUnsettled(one) && before.orders.has(one.id),
    );
    return there.length + open.length;
  }

  #order(was: DiskOrder | undefined, is: DiskOrder): void {
    if (is.claimBatchId !== null && !was?.claimBatchId) {
      this.#context.unshown.checkClaim(is);
      if (is.state === 'sent') this.backOff.answered();
    }
    if (was?.claimBatchId && is.claimBatchId === null) this.#context.unshown.checkRefuted(was);
    if (is.overdue === 1 && was?.overdue !== 1)
      this.#mustBeReported(is.kind === 'purchase' ? 'PURCHASE_NOT_SHOWN' : 'TOP_UP_NOT_SHOWN', is.id);
    if (was?.state === is.state) return;
    if (was && !ORDER_AFTER[was.state]?.includes(is.state))
      throw new Violation(3, `order ${is.id} was ${was.state} and is ${is.state}`);
    this.backOff.changed(is);
    const noun = is.kind === 'purchase' ? 'PURCHASE' : 'TOP_UP';
    if (is.state === 'unknown' && is.overdue !== 1) this.#mustBeReported(`${noun}_UNKNOWN`, is.id);
    if (is.state === 'rejected') this.#refusalMustBeReported(is.id);
    if (is.state === 'abandoned') this.#abandoned(is, noun);
    if (is.state === 'confirmed') this.#context.unshown.ended(is);
    if (is.state !== 'confirmed') return;
    if (is.kind === 'purchase') this.#context.unshown.checkConfirmed(is);
    if (was?.state === 'abandoned') this.#mustBeReported(`${noun}_LATE`, is.id);
    else if (was?.state !== undefined && this.#context.isReported([`${noun}_LATE`], is.id))
      throw new Violation(8, `order ${is.id} was ${was.state}, and is reported as late`);
  }

  /** Rule 3: an order is abandoned only after the wait, and not while the node shows its batch. */
  #abandoned(order: DiskOrder, noun: string): void {
    const { view, world, unshown } = this.#context;
    unshown.checkAbandoned(order);
    if (order.sentAt !== null) unshown.ended(order);
    const sent = this.#requests.sent.find(
      (one) => one.kind === order.kind && one.amount === BigInt(order.amount) && one.depth === order.depth,
    );
    if (sent === undefined) return; // it was never sent
    this.#mustBeReported(`${noun}_ABANDONED`, order.id);
    const observation = view.last;
    if (observation === null || this.#context.environment.lied || order.claimBatchId !== null) return;
    if (view.observedBlocks < TRUSTED_AFTER_BLOCKS)
      throw new Violation(
        5,
        `order ${order.id} was abandoned by what a node lists that was observed for ${view.observedBlocks} blocks`,
      );
    const waited = observation.block - this.#requests.busyAtTip(sent);
    if (waited < GIVE_UP_BLOCKS)
      throw new Violation(3, `order ${order.id} was abandoned after ${waited} blocks`);
    const { chain, wallet } = world.simulator;
    const mined = chain.ledger.find(
      ({ kind, amount, payer, depth }) =>
        kind === 'create' && payer === wallet && amount === BigInt(order.amount) && depth === order.depth,
    );
    if (order.kind !== 'purchase' || !mined || !observation.stamps.has(mined.batchId)) return;
    // another user has topped it up before it was observed: with its amount the key is lost
    const isKeyless = chain.ledger.some(({ kind, batchId }) => kind === 'topUp' && batchId === mined.batchId);
    if (!isKeyless || !this.#context.isReported(['PURCHASE_AMBIGUOUS'], mined.batchId))
      throw new Violation(3, `order ${order.id} was abandoned while the node shows ${mined.batchId}`);
  }

  #mustBeReported(code: string, subject: string, ...or: readonly string[]): void {
    const isReported = (): boolean => this.#context.isReported([code, ...or], subject);
    this.#unreported = [...this.#unreported, { what: `${code} of ${subject} happened`, isReported }];
  }

  #refusalMustBeReported(orderId: string): void {
    const before = this.#refusalsBefore;
    const isReported = (): boolean => this.#refusals > before;
    this.#unreported = [...this.#unreported, { what: `order ${orderId} was refused`, isReported }];
  }

  /** How many refusals were reported. */
  get #refusals(): number {
    return REFUSALS.reduce((sum, code) => sum + this.#context.reportCount(code), 0);
  }

  /** A process that has died reports nothing more. */
  #checkReported(): void {
    this.#unreported = this.diedSince ? [] : this.#unreported.filter(({ isReported }) => !isReported());
    const [first] = this.#unreported;
    if (first !== undefined && this.#context.world.knowsCommits)
      throw new Violation(8, `${first.what}, and was not reported`);
  }
}

interface Unreported {
  readonly what: string;
  readonly isReported: () => boolean;
}
