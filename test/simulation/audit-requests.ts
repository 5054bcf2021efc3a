import type { HttpAnswer, HttpRequest } from '../../src/bee/transport.ts';
import { checkCanaryPurchase } from './audit-canary.ts';
import { type AuditContext, targetOf } from './audit-context.ts';
import type { Bounds } from './bounds.ts';
import { type DiskOrder, isReady, type Snapshot } from './disk.ts';
import { checkAmount } from './expected-amounts.ts';
import { checkPriority } from './expected-priority.ts';
import { checkLimits } from './expected-spending.ts';
import { isFresh } from './expected-view.ts';
import { Violation } from './violation.ts';
import type { Observation, WireTap } from './wire-tap.ts';

/** One request of the service for money, as seen on the wire. */
export interface Sent {
  readonly kind: 'purchase' | 'topUp';
  readonly amount: bigint;
  readonly depth: number;
  /** Of a top-up only. */
  readonly batchId: string | null;
  /** Of a purchase only. */
  readonly label: string | null;
  readonly cost: bigint;
  readonly atMs: number;
  readonly wallMs: number;
  open: boolean;
  /** The head of the chain when it was last sent or ended, without having been confirmed. */
  busyAtTip: number;
}

/** The service waits this long for an answer. */
const PATIENCE_MS = 30 * 60_000;
/** The longest duration of an observation. */
const OBSERVATION_MS = 25_000;
/** The same in a world with rivals, whose commits are slow: until the request leaves. */
const SENT_WITHIN_MS = 180_000;
/** The next run records an answer within this time. */
const SETTLING_MS = 60_000;
/** After this many blocks without being shown, a stamp need not count as stock. */
const LOST_BLOCKS = 120;
/** The shortest back-off. */
const MIN_BACK_OFF_MS = 500;
const TTL_TOLERANCE_MS = 130_000;
const POSTAGE = /^(Approve tokens for postage|Postage batch|expire limited)/;

/** Rules 3, 5 and 6 for each request for money: it is compared with what the wire, the disk and the chain show when it is sent. */
export class RequestAudit {
  readonly sent: Sent[] = [];
  /** Batches that Bee named in a 201, and when. The pool must account for each. */
  readonly claimedPurchases = new Map<string, number>();
  readonly #context: AuditContext;
  readonly #wireTap: WireTap;
  readonly #bounds: Bounds;
  /** The head of the chain when a postage transaction was last seen pending. */
  #pendingAtTip = 0;
  /** When Bee last answered that it is busy or syncing. */
  #refusedAtMs = -Infinity;
  /** The disk as of the last complete observation. */
  #diskAtObservation: Snapshot | null = null;

  constructor(context: AuditContext, observations: WireTap, bounds: Bounds) {
    this.#context = context;
    this.#wireTap = observations;
    this.#bounds = bounds;
  }

  asked(request: HttpRequest): void {
    const sent = this.#parse(request);
    if (sent === null) return;
    const before = [...this.sent];
    this.sent.push(sent);
    if (sent.atMs < this.#refusedAtMs + MIN_BACK_OFF_MS)
      throw new Violation(3, `a ${sent.kind} is sent right after the node has refused one`);
    this.#bounds.asked(sent);
    const observation = this.#observationBefore();
    this.#onDisk(sent);
    this.#alone(sent, { before, observation });
    checkLimits(this.#context, { sent, all: this.sent, observation });
    checkAmount(this.#context.world, sent, observation);
    if (sent.kind === 'topUp') this.#due(sent);
    else if (this.#orderOf(sent)?.purpose === 'canary') checkCanaryPurchase(this.#context, sent, observation);
    else this.#needed(sent);
    if (this.#diskAtObservation)
      checkPriority(this.#context, sent, { observation, diskAtObservation: this.#diskAtObservation });
  }

  /** Returns the order, as it is on disk, if the answer is an error. */
  answered(request: HttpRequest, answer: HttpAnswer | null): DiskOrder | undefined {
    const [, bought] = answer?.status === 201 ? (/"batchID":"([0-9a-f]{64})"/.exec(answer.body) ?? []) : [];
    if (bought !== undefined && answer?.body.includes('txHash":"0x'))
      this.claimedPurchases.set(bought, this.#context.world.nowMs);
    if ((answer?.status === 429 || answer?.status === 503) && answer.contentType.includes('json'))
      this.#refusedAtMs = this.#context.world.nowMs;
    const parsed = this.#parse(request);
    const sent = this.sent.find((one) => same(one, parsed));
    if (sent === undefined) return undefined;
    sent.open = false;
    const order = this.#orderOf(sent);
    this.#bounds.answered(sent, answer);
    this.#context.unshown.answered(answer, order);
    const isAwaited = this.#context.world.nowMs - sent.atMs < PATIENCE_MS; // later, only what is pending counts
    if (order?.state !== 'confirmed' && isAwaited) sent.busyAtTip = this.#context.world.simulator.chain.tip;
    return answer !== null && answer.status >= 400 ? order : undefined;
  }

  /** The connections end with the process. */
  died(): void {
    this.#refusedAtMs = -Infinity; // the next process does not know
    for (const sent of this.sent) sent.open = false;
    for (const [batchId, atMs] of this.claimedPurchases) {
      if (this.#context.world.nowMs - atMs < SETTLING_MS) this.claimedPurchases.delete(batchId); // the process may not have recorded it
    }
  }

  observed(observation: Observation): void {
    if (observation.pending.some((one) => this.#mayBeMined(one))) this.#pendingAtTip = observation.tip;
    this.#diskAtObservation = this.#context.disk.read();
  }

  /** The head of the chain when something of that request was last under way. */
  busyAtTip({ busyAtTip }: Sent): number {
    return Math.max(busyAtTip, this.#pendingAtTip);
  }

  get diskAtObservation(): Snapshot | null {
    return this.#diskAtObservation;
  }

  purchaseOf(amount: bigint, depth: number): Sent | undefined {
    return this.sent.find((one) => one.kind === 'purchase' && one.amount === amount && one.depth === depth);
  }

  #parse({ method, path }: HttpRequest): Sent | null {
    const { world, disk } = this.#context;
    const { tip: busyAtTip } = world.simulator.chain;
    const common = { atMs: world.nowMs, wallMs: world.clock.now().getTime(), open: true, busyAtTip };
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

  /** Rule 5: money is sent right after a complete and fresh observation. */
  #observationBefore(): Observation {
    const { last } = this.#wireTap;
    const { world } = this.#context;
    if (last === null) throw new Violation(5, 'money is sent, and the last observation was not complete');
    if (!isFresh(last))
      throw new Violation(5, `money is sent with the node ${last.tip - last.block} blocks behind`);
    if (last.price === 0n) throw new Violation(5, 'money is sent without a known price');
    if (world.nowMs - last.beganMs > (world.scenario.rivals ? SENT_WITHIN_MS : OBSERVATION_MS))
      throw new Violation(5, 'money is sent on an old observation');
    return last;
  }

  /** Rule 3: the order is on disk as sent before the node receives the request. */
  #onDisk(sent: Sent): void {
    const state = this.#stateOf(sent);
    if (state !== 'sent')
      throw new Violation(3, `a ${sent.kind} is sent, and its order on disk is ${state ?? 'missing'}`);
  }

  /** Rule 3: one request at a time, and none twice. */
  #alone(sent: Sent, { before, observation }: { before: readonly Sent[]; observation: Observation }): void {
    if (before.some((one) => same(one, sent))) throw new Violation(3, `the same ${sent.kind} is sent twice`);
    const open = before.find(
      (one) => one.open && sent.atMs - one.atMs < PATIENCE_MS && this.#stateOf(one) !== 'confirmed',
    );
    if (open) throw new Violation(3, `a ${sent.kind} is sent while another request is open`);
    const pending = observation.pending.find((one) => this.#mayBeMined(one));
    if (pending) throw new Violation(3, `a ${sent.kind} is sent while "${pending.description}" is pending`);
    this.#context.unshown.checkSent(sent, observation.block);
  }

  /** A listed transaction is over when a mined one has used its nonce, whether the service can know this or not. */
  #mayBeMined({ description, nonce }: Observation['pending'][number]): boolean {
    return POSTAGE.test(description) && nonce >= this.#context.world.simulator.chain.nextNonce;
  }

  #stateOf(sent: Sent): string | undefined {
    return this.#orderOf(sent)?.state;
  }

  #orderOf({ kind, amount, batchId }: Sent): DiskOrder | undefined {
    return [...this.#context.disk.read().orders.values()].find(
      (one) =>
        one.kind === kind && BigInt(one.amount) === amount && (batchId === null || one.batchId === batchId),
    );
  }

  /** Rule 3: what the chain shows as paid for by us, and no client has acquired, is stock. */
  #needed({ depth }: Sent): void {
    const target = targetOf(this.#context, depth);
    const stock = this.#paidFor().filter((batchId) => this.#isStock(batchId, depth));
    if (stock.length >= target)
      throw new Violation(
        3,
        `depth ${depth} is bought while the target of ${target} is met by ${stock.join(', ')}`,
      );
  }

  #paidFor(): string[] {
    const { world, environment, disk } = this.#context;
    const { chain, wallet } = world.simulator;
    if (environment.lied) return [...disk.read().stamps.keys()]; // the service may never have been shown what is on the chain
    const bought = chain.ledger.filter(
      ({ kind, payer, amount, depth }) =>
        kind === 'create' &&
        payer === wallet &&
        this.purchaseOf(amount, depth) !== undefined &&
        !environment.copiedAmounts.has(amount),
    );
    return [...new Set([...bought.map(({ batchId }) => batchId), ...disk.read().stamps.keys()])];
  }

  #isStock(batchId: string, depth: number): boolean {
    const { world, disk, view, clock } = this.#context;
    const { stamps, orders } = disk.read();
    const row = stamps.get(batchId);
    const batch = world.simulator.chain.batches.get(batchId);
    if ((row?.depth ?? batch?.depth) !== depth) return false;
    if (row?.state === 'acquired' || row?.state === 'expired') return false;
    if (row === undefined) {
      const order = [...orders.values()].find(
        ({ kind, amount }) => kind === 'purchase' && BigInt(amount) === batch?.amount,
      );
      if (order?.purpose === 'canary') return false;
      if (order?.state === 'abandoned') return false; // `TransitionAudit` checks that
    }
    if (row?.withheld === 'lost') {
      const blocks = view.absentBlocks(batchId);
      if (blocks < LOST_BLOCKS) throw new Violation(3, `${batchId} counts as lost after ${blocks} blocks`);
      return false;
    }
    if (row?.withheld === 'in_use' && view.everShownInUse(batchId)) return false;
    return view
      .expiries(batchId)
      .every(
        (expiry) =>
          clock.isSure(expiry) &&
          expiry.atMs >= world.nowMs + world.policy.acquireMinTtlSeconds * 1000 + TTL_TOLERANCE_MS,
      );
  }

  /** Rule 3: only an unused stamp of the pool that the target needs and that falls due is topped up. */
  #due({ batchId, depth }: Sent): void {
    const { world, disk, view } = this.#context;
    const { stamps } = disk.read();
    const row = stamps.get(batchId ?? '');
    if (row === undefined || row.state === 'expired' || row.withheld !== null)
      throw new Violation(3, `${batchId} is topped up, and is ${row?.state}, ${row?.withheld}`);
    const minTtlMs = world.policy.minTtlSeconds * 1000;
    const expiries = view.expiries(row.batchId);
    if (expiries.length > 0 && expiries.every(({ atMs }) => atMs > world.nowMs + minTtlMs + TTL_TOLERANCE_MS))
      throw new Violation(3, `${batchId} is topped up long before it is due`);
    if (!this.#context.environment.lied) this.#notPaidAlready(row.batchId); // under lies, `Bounds` checks what was shown
    const target = targetOf(this.#context, depth);
    const longerLived = [...stamps.values()].filter(
      (one) =>
        one.depth === depth &&
        isReady(one) &&
        (one.expiresAt ?? 0) > (row.expiresAt ?? 0) &&
        view.of(one.batchId)?.shown?.usable,
    );
    if (longerLived.length >= target) throw new Violation(3, `${batchId} is topped up, and is surplus`);
  }

  /** The node shows a top-up some blocks after it was mined; the chain shows it at once. An abandoned one may be mined at any time. */
  #notPaidAlready(batchId: string): void {
    const { world, disk } = this.#context;
    const { chain, wallet } = world.simulator;
    const givenUp = [...disk.read().orders.values()].filter(({ state }) => state === 'abandoned');
    const paid = chain.ledger.some(
      ({ kind, payer, batchId: of, amount }) =>
        kind === 'topUp' &&
        amount > 0n && // a top-up of nothing is the operator's, to clear the node's list
        payer === wallet &&
        of === batchId &&
        !givenUp.some((order) => order.batchId === batchId && BigInt(order.amount) === amount),
    );
    const { normalisedBalance } = chain.contract.existing(batchId);
    const shown = this.#wireTap.last?.price ?? 0n;
    const price = shown > chain.price ? shown : chain.price; // a fall that the node has not read extends no time to live yet
    const leftSeconds = Number((normalisedBalance - chain.contract.outPaymentAt(chain.tip)) / price) * 5;
    if (paid && leftSeconds > world.policy.minTtlSeconds + TTL_TOLERANCE_MS / 1000)
      throw new Violation(
        3,
        `${batchId} is topped up again: what was paid before is on the chain, and not shown yet`,
      );
  }
}

/** The depth of a top-up is not part of its request: it is read from the disk, and may have changed since. */
const same = (one: Sent, other: Sent | null): boolean =>
  one.kind === other?.kind &&
  one.amount === other.amount &&
  one.batchId === other.batchId &&
  (one.kind === 'topUp' || one.depth === other.depth);
