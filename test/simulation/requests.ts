import type { HttpAnswer, HttpRequest } from '../../src/bee/transport.ts';
import { type Facts, targetOf } from './audit-context.ts';
import type { Bounds } from './bounds.ts';
import { type DiskOrder, isReady, type Snapshot } from './disk.ts';
import { checkAmount } from './expected-amounts.ts';
import { checkLimits } from './expected-spending.ts';
import { isFresh } from './expected-view.ts';
import { checkPriority } from './priorities.ts';
import { Violation } from './violation.ts';
import type { Look, Looks } from './wire-tap.ts';

/** One request of ours for money, as it went over the wire. */
export interface Sent {
  readonly kind: 'purchase' | 'topUp';
  readonly amount: bigint;
  readonly depth: number;
  /** Of a top-up. */
  readonly batchId: string | null;
  /** Of a purchase. */
  readonly label: string | null;
  readonly cost: bigint;
  readonly atMs: number;
  readonly wallMs: number;
  open: boolean;
}

/** After this long without an answer nobody waits for it any more. */
const PATIENCE_MS = 30 * 60_000;
/** A look takes at most so long. */
const LOOK_MS = 25_000;
/** An answer is written down by the next run. */
const SETTLING_MS = 60_000;
/** Not shown for so long, a stamp need no longer count as stock. */
const LOST_BLOCKS = 120;
/** Even the shortest back-off is so long. */
const MIN_BACK_OFF_MS = 500;
const TTL_TOLERANCE_MS = 130_000;
const POSTAGE = /^(Approve tokens for postage|Postage batch|expire limited)/;

/** Rules 3, 5 and 6, each time money is about to leave: what the wire, the disk and the chain say at that moment. */
export class Requests {
  readonly sent: Sent[] = [];
  /** Batches that Bee has told us it has bought, and when: there is no excuse for losing sight of them. */
  readonly toldBought = new Map<string, number>();
  readonly #facts: Facts;
  readonly #looks: Looks;
  readonly #bounds: Bounds;
  /** The tip when something of postage was last seen pending, or a request of ours last went out or ended. */
  #busyAtTip = 0;
  /** When Bee last said that it is busy or syncing. */
  #turnedAwayAtMs = -Infinity;
  /** The same, as of the last look. */
  busyBeforeLook = 0;
  /** What was on disk when the last look was complete. */
  #diskAtLook: Snapshot | null = null;

  constructor(facts: Facts, looks: Looks, bounds: Bounds) {
    this.#facts = facts;
    this.#looks = looks;
    this.#bounds = bounds;
  }

  asked(request: HttpRequest): void {
    const sent = this.#parse(request);
    if (sent === null) return;
    const before = [...this.sent];
    this.sent.push(sent);
    this.#busyAtTip = this.#facts.stage.simulator.chain.tip;
    if (sent.atMs < this.#turnedAwayAtMs + MIN_BACK_OFF_MS)
      throw new Violation(3, `a ${sent.kind} leaves right after the node has turned one away`);
    this.#bounds.asked(sent);
    const look = this.#lookBefore();
    this.#onDisk(sent);
    this.#alone(sent, { before, look });
    checkLimits(this.#facts, { sent, all: this.sent, look });
    checkAmount(this.#facts.stage, sent, look);
    if (sent.kind === 'purchase') this.#needed(sent);
    else this.#due(sent);
    if (this.#diskAtLook) checkPriority(this.#facts, sent, { look, diskAtLook: this.#diskAtLook });
  }

  answered(request: HttpRequest, answer: HttpAnswer | null): void {
    const [, bought] = answer?.status === 201 ? (/"batchID":"([0-9a-f]{64})"/.exec(answer.body) ?? []) : [];
    if (bought !== undefined && answer?.body.includes('txHash":"0x'))
      this.toldBought.set(bought, this.#facts.stage.nowMs);
    if ((answer?.status === 429 || answer?.status === 503) && answer.contentType.includes('json'))
      this.#turnedAwayAtMs = this.#facts.stage.nowMs;
    const parsed = this.#parse(request);
    const sent = this.sent.find((one) => same(one, parsed));
    if (sent) sent.open = false;
    if (sent) this.#bounds.answered(sent, answer);
    if (sent) this.#facts.inVain.answered(answer, this.#orderOf(sent));
    if (sent && this.#stateOf(sent) !== 'confirmed') this.#busyAtTip = this.#facts.stage.simulator.chain.tip;
  }

  /** Its connections went with the process. */
  died(): void {
    this.#turnedAwayAtMs = -Infinity; // it does not remember
    for (const sent of this.sent) sent.open = false;
    for (const [batchId, atMs] of this.toldBought) {
      if (this.#facts.stage.nowMs - atMs < SETTLING_MS) this.toldBought.delete(batchId); // it may not have come to it
    }
  }

  looked(look: Look): void {
    if (look.pending.some((one) => this.#mayBeMined(one))) this.#busyAtTip = look.tip;
    this.busyBeforeLook = this.#busyAtTip;
    this.#diskAtLook = this.#facts.disk.read();
  }

  get diskAtLook(): Snapshot | null {
    return this.#diskAtLook;
  }

  purchaseOf(amount: bigint, depth: number): Sent | undefined {
    return this.sent.find((one) => one.kind === 'purchase' && one.amount === amount && one.depth === depth);
  }

  #parse({ method, path }: HttpRequest): Sent | null {
    const { stage, disk } = this.#facts;
    const common = { atMs: stage.nowMs, wallMs: stage.clock.now().getTime(), open: true };
    const [, buying, ofDepth, label = ''] = /^\/stamps\/(\d+)\/(\d+)\?label=(.*)/.exec(path) ?? [];
    if (method === 'POST' && buying !== undefined && ofDepth !== undefined) {
      const [amount, depth] = [BigInt(buying), Number(ofDepth)];
      return {
        ...common,
        kind: 'purchase',
        amount,
        depth,
        batchId: null,
        label,
        cost: amount << BigInt(depth),
      };
    }
    const [, batchId, adding] = /^\/stamps\/topup\/([0-9a-f]+)\/(\d+)$/.exec(path) ?? [];
    if (method !== 'PATCH' || batchId === undefined || adding === undefined) return null;
    const amount = BigInt(adding);
    const depth = disk.read().stamps.get(batchId)?.depth ?? 0;
    return { ...common, kind: 'topUp', amount, depth, batchId, label: null, cost: amount << BigInt(depth) };
  }

  /** Rule 5: right after a complete and fresh look. */
  #lookBefore(): Look {
    const { last } = this.#looks;
    const { stage } = this.#facts;
    if (last === null) throw new Violation(5, 'money leaves, and the last look was not complete');
    if (!isFresh(last))
      throw new Violation(5, `money leaves, with the node ${last.tip - last.block} blocks behind`);
    if (last.price === 0n) throw new Violation(5, 'money leaves, with no price known');
    if (stage.nowMs - last.beganMs > LOOK_MS) throw new Violation(5, 'money leaves on a look that is old');
    return last;
  }

  /** Rule 3: before the node hears of it, it is on disk that it may have heard. */
  #onDisk(sent: Sent): void {
    const state = this.#stateOf(sent);
    if (state !== 'sent')
      throw new Violation(3, `a ${sent.kind} leaves, and on disk its order is ${state ?? 'missing'}`);
  }

  /** Rule 3: one at a time, and never the same twice. */
  #alone(sent: Sent, { before, look }: { before: readonly Sent[]; look: Look }): void {
    if (before.some((one) => same(one, sent))) throw new Violation(3, `the same ${sent.kind} leaves twice`);
    const open = before.find(
      (one) => one.open && sent.atMs - one.atMs < PATIENCE_MS && this.#stateOf(one) !== 'confirmed',
    );
    if (open) throw new Violation(3, `a ${sent.kind} leaves while another request is under way`);
    const pending = look.pending.find((one) => this.#mayBeMined(one));
    if (pending) throw new Violation(3, `a ${sent.kind} leaves while "${pending.description}" is pending`);
    this.#facts.inVain.checkSent(sent, look.block);
  }

  /** What is listed and has its nonce used by a mined transaction is over, whether the service can know it or not. */
  #mayBeMined({ description, nonce }: Look['pending'][number]): boolean {
    return POSTAGE.test(description) && nonce >= this.#facts.stage.simulator.chain.nextNonce;
  }

  #stateOf(sent: Sent): string | undefined {
    return this.#orderOf(sent)?.state;
  }

  #orderOf({ kind, amount, batchId }: Sent): DiskOrder | undefined {
    return [...this.#facts.disk.read().orders.values()].find(
      (one) =>
        one.kind === kind && BigInt(one.amount) === amount && (batchId === null || one.batchId === batchId),
    );
  }

  /** Rule 3: what the chain says that we have paid for, and nobody has acquired, is stock. */
  #needed({ depth }: Sent): void {
    const target = targetOf(this.#facts, depth);
    const stock = this.#paidFor().filter((batchId) => this.#isStock(batchId, depth));
    if (stock.length >= target)
      throw new Violation(
        3,
        `depth ${depth} is bought while the target of ${target} is met by ${stock.join(', ')}`,
      );
  }

  #paidFor(): string[] {
    const { stage, scene, disk } = this.#facts;
    const { chain, wallet } = stage.simulator;
    if (scene.lied) return [...disk.read().stamps.keys()]; // what the chain has was never shown to the service
    const bought = chain.ledger.filter(
      ({ kind, payer, amount, depth }) =>
        kind === 'create' &&
        payer === wallet &&
        this.purchaseOf(amount, depth) !== undefined &&
        !scene.copiedAmounts.has(amount),
    );
    return [...new Set([...bought.map(({ batchId }) => batchId), ...disk.read().stamps.keys()])];
  }

  #isStock(batchId: string, depth: number): boolean {
    const { stage, disk, knowledge, clock } = this.#facts;
    const { stamps, orders } = disk.read();
    const row = stamps.get(batchId);
    const batch = stage.simulator.chain.batches.get(batchId);
    if ((row?.depth ?? batch?.depth) !== depth) return false;
    if (row?.state === 'acquired' || row?.state === 'expired') return false;
    if (row === undefined) {
      const order = [...orders.values()].find(
        ({ kind, amount }) => kind === 'purchase' && BigInt(amount) === batch?.amount,
      );
      if (order?.state === 'abandoned') return false; // whether rightly is for `Lives` to say
    }
    if (row?.withheld === 'lost') {
      const blocks = knowledge.absentBlocks(batchId);
      if (blocks < LOST_BLOCKS) throw new Violation(3, `${batchId} counts as lost after ${blocks} blocks`);
      return false;
    }
    if (row?.withheld === 'in_use' && knowledge.everShownInUse(batchId)) return false;
    return knowledge
      .expiries(batchId)
      .every(
        (told) =>
          clock.isSure(told) &&
          told.atMs >= stage.nowMs + stage.policy.acquireMinTtlSeconds * 1000 + TTL_TOLERANCE_MS,
      );
  }

  /** Rule 3: a top-up is of a stamp that is ours, unused, wanted, and falling due. */
  #due({ batchId, depth }: Sent): void {
    const { stage, disk, knowledge } = this.#facts;
    const { stamps } = disk.read();
    const row = stamps.get(batchId ?? '');
    if (row === undefined || row.state === 'expired' || row.withheld !== null)
      throw new Violation(3, `${batchId} is topped up, which is ${row?.state}, ${row?.withheld}`);
    const minTtlMs = stage.policy.minTtlSeconds * 1000;
    const told = knowledge.expiries(row.batchId);
    if (told.length > 0 && told.every(({ atMs }) => atMs > stage.nowMs + minTtlMs + TTL_TOLERANCE_MS))
      throw new Violation(3, `${batchId} is topped up long before it is due`);
    if (!this.#facts.scene.lied) this.#notPaidAlready(row.batchId); // else what is shown counts: `Bounds`
    const target = targetOf(this.#facts, depth);
    const longerLived = [...stamps.values()].filter(
      (one) =>
        one.depth === depth &&
        isReady(one) &&
        (one.expiresAt ?? 0) > (row.expiresAt ?? 0) &&
        knowledge.of(one.batchId)?.shown?.usable,
    );
    if (longerLived.length >= target) throw new Violation(3, `${batchId} is topped up, which is surplus`);
  }

  /** The node shows a top-up blocks after it was mined; the chain knows at once. One that was given up may come any time. */
  #notPaidAlready(batchId: string): void {
    const { stage, disk } = this.#facts;
    const { chain, wallet } = stage.simulator;
    const givenUp = [...disk.read().orders.values()].filter(({ state }) => state === 'abandoned');
    const paid = chain.ledger.some(
      ({ kind, payer, batchId: of, amount }) =>
        kind === 'topUp' &&
        amount > 0n && // an operator clears the list of the node with nothing
        payer === wallet &&
        of === batchId &&
        !givenUp.some((order) => order.batchId === batchId && BigInt(order.amount) === amount),
    );
    const { normalisedBalance } = chain.contract.existing(batchId);
    const leftSeconds =
      Number((normalisedBalance - chain.contract.outPaymentAt(chain.tip)) / chain.price) * 5;
    if (paid && leftSeconds > stage.policy.minTtlSeconds + TTL_TOLERANCE_MS / 1000)
      throw new Violation(
        3,
        `${batchId} is topped up again: what was paid before is on the chain, and not shown yet`,
      );
  }
}

/** The depth of a top-up is not in its request: it is read from the disk, and may have changed since. */
const same = (one: Sent, other: Sent | null): boolean =>
  one.kind === other?.kind &&
  one.amount === other.amount &&
  one.batchId === other.batchId &&
  (one.kind === 'topUp' || one.depth === other.depth);
