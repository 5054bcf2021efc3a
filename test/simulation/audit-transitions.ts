import type { MaintenanceRun } from '../../src/domain/maintenance-run.ts';
import { type Facts, targetOf } from './audit-context.ts';
import { type DiskOrder, type DiskStamp, isReady, isUnsettled, type Snapshot } from './disk.ts';
import { ExpectedBackOff } from './expected-back-off.ts';
import type { Requests } from './requests.ts';
import { Violation } from './violation.ts';

/** The checker's own copies of the tables of lives, closed: a step may fall between two looks at the disk. */
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
/** What a refusal may be reported as. */
const REFUSALS = [
  'BUSY',
  'NODE_SYNCING',
  'NODE_UNREACHABLE',
  'CHAIN_DISABLED',
  'PURCHASE_REFUSED',
  'TOP_UP_REFUSED',
];
/** An unknown order is waited for so long after nothing has been pending any more; less five for the step of the node. */
const GIVE_UP_BLOCKS = 40;
/** An end is final: a stamp must not have been shown for so long, whatever the clock says. */
const ENDED_AFTER_BLOCKS = 120;
/** A look that was not counted may have been the one that it was lost by. */
const STEP_BLOCKS = 200;
/** The time of a look is not that of the block before it. */
const LONGER_MS = 6_000;
/** A stamp is replaced at most once in so many blocks: a day. */
const DAY_BLOCKS = 17_280;
const EXPIRY_TOLERANCE_MS = 130_000;

/** Watches what is on disk from one look to the next: no history leaves the tables, and what cost something was told. */
export class Lives {
  readonly #facts: Facts;
  readonly #requests: Requests;
  readonly backOff = new ExpectedBackOff();
  #before: Snapshot = { stamps: new Map(), orders: new Map(), acquisitions: new Map() };
  #refusalsBefore = 0;
  /** By batch: the block that the node had read when the stamp was last lost. */
  readonly #lostAtBlock = new Map<string, number>();
  /** The process has died since the last look: what it was about to tell, it could not. */
  diedSince = false;

  constructor(facts: Facts, requests: Requests) {
    this.#facts = facts;
    this.#requests = requests;
  }

  knew(acquisitionId: string): boolean {
    return this.#before.acquisitions.has(acquisitionId);
  }

  look(): void {
    const now = this.#facts.disk.read();
    const before = this.#before;
    const refusals = REFUSALS.reduce((sum, code) => sum + this.#facts.reported(code), 0);
    if (now !== before) {
      this.#before = now;
      this.#nothingVanished(before, now);
      this.#handOutsAreWhole(now);
      for (const stamp of now.stamps.values()) {
        const was = before.stamps.get(stamp.batchId);
        if (was === undefined && stamp.origin === 'adopted') this.#adopted(stamp, { before, now });
        this.#stamp(was, stamp);
      }
      for (const order of now.orders.values()) {
        this.#order(before.orders.get(order.id), order, refusals > this.#refusalsBefore);
      }
    }
    this.#refusalsBefore = refusals;
    this.diedSince = false;
  }

  /**
   * Rule 4, after a run: depth and amount on disk are what the node has shown, and when stamps expire is what its own
   * books say, or a little less.
   */
  checkShown({ fresh }: MaintenanceRun['node']): void {
    const { disk, knowledge, clock } = this.#facts;
    for (const { batchId, state, depth, amount, expiresAt, withheld } of disk.read().stamps.values()) {
      const told = knowledge.of(batchId);
      const shown = fresh && (state === 'propagating' || told?.shown?.usable) ? told?.shown : null;
      const isLive = state === 'available' || state === 'propagating';
      if (fresh && isLive && (told?.shown?.utilization ?? 0) > 0 && withheld !== 'in_use')
        throw new Violation(4, `${batchId} shows use, and is withheld as ${withheld} on disk`);
      if (shown && isLive && (shown.depth !== depth || shown.amount !== amount))
        throw new Violation(
          4,
          `${batchId} is of depth ${depth} and amount ${amount} on disk, and is shown with ${shown.depth} and ${shown.amount}`,
        );
      if (state !== 'available' || expiresAt === null || !told?.shown?.usable) continue;
      const toldMs = told.shown.expiresAtMs;
      if (toldMs === null || !clock.isSure(told)) continue;
      const longerMs = expiresAt - (toldMs + clock.fromMonotonicMs);
      if (longerMs > LONGER_MS || longerMs < -EXPIRY_TOLERANCE_MS)
        throw new Violation(
          4,
          `${batchId} is said to live ${Math.round(longerMs / 1000)} s longer than the node says`,
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

  /** Rules 1 and 2: a hand-out is on disk as a whole or not at all. */
  #handOutsAreWhole({ stamps, acquisitions }: Snapshot): void {
    const given = new Set([...acquisitions.values()].map(({ batchId }) => batchId));
    for (const { batchId, state } of stamps.values())
      if ((state === 'acquired') !== given.has(batchId))
        throw new Violation(
          2,
          `${batchId} is ${state}, and ${given.has(batchId) ? 'an' : 'no'} acquisition says whose`,
        );
  }

  #stamp(was: DiskStamp | undefined, is: DiskStamp): void {
    const { knowledge } = this.#facts;
    const { batchId } = is;
    if (was && was.state !== is.state && !STAMP_AFTER[was.state]?.includes(is.state))
      throw new Violation(7, `${batchId} was ${was.state} and is ${is.state}`);
    const becameAvailable = is.state === 'available' && was?.state !== 'available';
    if (becameAvailable) this.#lifetime(is);
    if (becameAvailable && !knowledge.everUsable(batchId))
      throw new Violation(4, `${batchId} is called available, and the node never showed it usable`);
    if (is.state === 'expired' && was?.state !== 'expired') {
      this.#expired(batchId);
      this.#mustBeNamed('STAMP_EXPIRED', batchId);
    }
    if (is.state !== 'available' && is.state !== 'propagating') return;
    const isOver = (is.expiresAt ?? Infinity) <= this.#facts.clock.nowMs;
    if (is.withheld === 'missing' && was?.withheld == null && is.state === 'available' && !isOver)
      this.#mustBeNamed('STAMP_WITHHELD', batchId);
    if (is.withheld === 'lost' && was?.withheld !== 'lost') this.#lost(batchId);
    if (was && is.depth > was.depth) this.#mustBeNamed('STAMP_DILUTED', batchId);
    if (was?.withheld === 'in_use' && is.withheld !== 'in_use')
      throw new Violation(4, `${batchId} has shown use, and is taken for unused again`);
    if (is.withheld === 'in_use' && was?.withheld !== 'in_use') {
      if (!knowledge.everShownInUse(batchId))
        throw new Violation(4, `${batchId} is called used, and never showed use`);
      this.#mustBeNamed('STAMP_IN_USE', batchId);
    }
  }

  /** Rule 4: the time to live that it came into the pool with is what the node showed. */
  #lifetime({ batchId, ttlAtCreationSeconds }: DiskStamp): void {
    const { knowledge, stage } = this.#facts;
    const leftMs = knowledge.expiries(batchId).map(({ atMs }) => atMs - stage.nowMs);
    const said = (ttlAtCreationSeconds ?? 0) * 1000;
    if (said < Math.min(...leftMs) - EXPIRY_TOLERANCE_MS || said > Math.max(...leftMs) + EXPIRY_TOLERANCE_MS)
      throw new Violation(4, `${batchId} is said to have come with ${said / 1000} s to live`);
  }

  /** Rule 3: what is lost is replaced, so that it may be lost once a day at most. */
  #lost(batchId: string): void {
    this.#mustBeNamed('STAMP_MISSING', batchId, 'TOP_UP_NOT_SHOWN');
    const block = this.#facts.knowledge.last?.block ?? 0;
    const before = this.#lostAtBlock.get(batchId);
    if (before !== undefined && block - before < DAY_BLOCKS - STEP_BLOCKS)
      throw new Violation(
        3,
        `${batchId} counts as lost again ${block - before} blocks after it was lost before`,
      );
    this.#lostAtBlock.set(batchId, block);
  }

  /** What would be lost if it had not been within the day: it may stay on order until the day is over. */
  get mayBeHeldBack(): boolean {
    return this.#lostAtBlock.size > 0;
  }

  /** Rule 5: nothing is given up for expired that lives, whatever the node does not show. */
  #expired(batchId: string): void {
    const { chain } = this.#facts.stage.simulator;
    const batch = chain.batches.get(batchId);
    if (batch === undefined) return;
    const blocks = Number((batch.normalisedBalance - chain.contract.outPaymentAt(chain.tip)) / chain.price);
    const { knowledge, stage } = this.#facts;
    const absentBlocks = knowledge.absentBlocks(batchId);
    if (absentBlocks < ENDED_AFTER_BLOCKS)
      throw new Violation(
        5,
        `${batchId} is called expired after it was not shown for ${absentBlocks} blocks`,
      );
    const { scene } = this.#facts;
    const isToppedUp = chain.ledger.some((entry) => entry.kind === 'topUp' && entry.batchId === batchId);
    if (scene.resyncNeeded && isToppedUp) return; // the node has passed over the top-up, and ends the batch without it
    if (scene.lied || scene.gone.has(batchId)) return; // its time to live is what was answered
    // When the clock is wrong and the node has lost the stamp as well, there is nothing left to tell by.
    if (stage.wallOffsetMs > 0) return;
    if (blocks * 5000 > EXPIRY_TOLERANCE_MS)
      throw new Violation(5, `${batchId} is called expired, and has ${blocks} blocks to live`);
  }

  /** What may come in that we have not bought, and how much of it. */
  #adopted(
    { batchId, depth }: DiskStamp,
    looks: { readonly before: Snapshot; readonly now: Snapshot },
  ): void {
    const { stage, knowledge } = this.#facts;
    const { adoption } = stage.policy;
    const shown = knowledge.of(batchId)?.shown;
    if (adoption.from === 'nowhere') throw new Violation(7, `${batchId} was adopted, which is off`);
    if (adoption.from === 'list' && ![...adoption.batchIds].some((id) => id === batchId))
      throw new Violation(7, `${batchId} was adopted and is not on the list`);
    if (this.#facts.scene.lied) return; // the list that it was adopted on may say something else by now
    if (adoption.from === 'any' && shown?.label === 'recovered')
      throw new Violation(7, `${batchId} was adopted, of which nobody knows whose it is`);
    if (!knowledge.everUsable(batchId)) throw new Violation(4, `${batchId} was adopted and is not usable`);
    if (shown && shown.utilization > 0) throw new Violation(7, `${batchId} was adopted and is in use`);
    const leftMs = (shown?.expiresAtMs ?? Infinity) - stage.nowMs;
    if (leftMs < stage.policy.acquireMinTtlSeconds * 1000 - EXPIRY_TOLERANCE_MS)
      throw new Violation(4, `${batchId} was adopted with ${Math.round(leftMs / 1000)} s to live`);
    const target = targetOf(this.#facts, depth);
    const stock = this.#stockOf(depth, looks);
    if (stock > target)
      throw new Violation(
        3,
        `a batch of depth ${depth} was adopted to make ${stock}, with a target of ${target}`,
      );
  }

  /** What was there before this look and still is, and what was adopted since. */
  #stockOf(depth: number, { before, now }: { readonly before: Snapshot; readonly now: Snapshot }): number {
    const promisedMs = this.#facts.clock.nowMs + this.#facts.stage.policy.acquireMinTtlSeconds * 1000;
    const there = [...now.stamps.values()].filter(
      (one) =>
        one.depth === depth &&
        (one.origin === 'adopted' || before.stamps.has(one.batchId)) &&
        (one.state === 'propagating' || (isReady(one) && (one.expiresAt ?? 0) > promisedMs)),
    );
    const open = [...now.orders.values()].filter(
      (one) =>
        one.depth === depth && one.kind === 'purchase' && isUnsettled(one) && before.orders.has(one.id),
    );
    return there.length + open.length;
  }

  #order(was: DiskOrder | undefined, is: DiskOrder, refusalTold: boolean): void {
    if (is.claimBatchId !== null && !was?.claimBatchId) {
      this.#facts.inVain.checkClaim(is);
      if (is.state === 'sent') this.backOff.answered();
    }
    if (was?.claimBatchId && is.claimBatchId === null) this.#facts.inVain.checkRefuted(was);
    if (is.overdue === 1 && was?.overdue !== 1)
      this.#mustBeNamed(is.kind === 'purchase' ? 'PURCHASE_NOT_SHOWN' : 'TOP_UP_NOT_SHOWN', is.id);
    if (was?.state === is.state) return;
    if (was && !ORDER_AFTER[was.state]?.includes(is.state))
      throw new Violation(3, `order ${is.id} was ${was.state} and is ${is.state}`);
    this.backOff.changed(is, this.#facts.stage.nowMs);
    const noun = is.kind === 'purchase' ? 'PURCHASE' : 'TOP_UP';
    if (is.state === 'unknown' && is.overdue !== 1) this.#mustBeNamed(`${noun}_UNKNOWN`, is.id);
    if (is.state === 'rejected' && !refusalTold && !this.diedSince)
      throw new Violation(8, `order ${is.id} was refused, and nobody was told`);
    if (is.state === 'abandoned') this.#abandoned(is, noun);
    if (is.state === 'confirmed') this.#facts.inVain.ended(is);
    if (is.state !== 'confirmed' || is.kind !== 'purchase') return;
    this.#facts.inVain.checkConfirmed(is);
    if (was?.state === 'abandoned') this.#mustBeNamed('PURCHASE_LATE', is.id);
    else if (was?.state !== undefined && this.#facts.named(['PURCHASE_LATE'], is.id))
      throw new Violation(8, `order ${is.id} was ${was.state}, and is called late`);
  }

  /** Rule 3: given up only after it has been waited for, and not while the node shows it. */
  #abandoned(order: DiskOrder, noun: string): void {
    const { knowledge, stage, inVain } = this.#facts;
    inVain.checkAbandoned(order);
    if (order.sentAt !== null) inVain.ended(order);
    const sent = this.#requests.sent.some(
      (one) => one.kind === order.kind && one.amount === BigInt(order.amount) && one.depth === order.depth,
    );
    if (!sent) return; // it never left
    this.#mustBeNamed(`${noun}_ABANDONED`, order.id);
    const look = knowledge.last;
    if (look === null || this.#facts.scene.lied || order.claimBatchId !== null) return;
    const waited = look.block - this.#requests.busyBeforeLook;
    if (waited < GIVE_UP_BLOCKS)
      throw new Violation(3, `order ${order.id} was given up after ${waited} blocks`);
    const { chain, wallet } = stage.simulator;
    const mined = chain.ledger.find(
      ({ kind, amount, payer, depth }) =>
        kind === 'create' && payer === wallet && amount === BigInt(order.amount) && depth === order.depth,
    );
    if (order.kind !== 'purchase' || !mined || !look.stamps.has(mined.batchId)) return;
    // somebody has topped it up before it was known: with its amount the key is gone
    const isKeyless = chain.ledger.some(({ kind, batchId }) => kind === 'topUp' && batchId === mined.batchId);
    if (!isKeyless || !this.#facts.named(['PURCHASE_AMBIGUOUS'], mined.batchId))
      throw new Violation(3, `order ${order.id} was given up while the node shows ${mined.batchId}`);
  }

  #mustBeNamed(code: string, subject: string, ...or: readonly string[]): void {
    if (this.diedSince || this.#facts.named([code, ...or], subject)) return;
    throw new Violation(8, `${code} of ${subject} happened, and nobody was told`);
  }
}
