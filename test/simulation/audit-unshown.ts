import type { HttpAnswer } from '../../src/bee/transport.ts';
import type { MaintenanceRun } from '../../src/domain/maintenance-run.ts';
import type { AuditContext } from './audit-context.ts';
import type { Sent } from './audit-requests.ts';
import { type DiskOrder, isUnsettled } from './disk.ts';
import { Violation } from './violation.ts';

const DAY_BLOCKS = 17_280;
/** Each purchase in a row that was answered and not shown holds the next one this many times longer. */
const HOLD_GROWTH = 7;
/** The wait after the second abandoned order in a row that had no answer. It doubles with each further one. */
const FIRST_WAIT_BLOCKS = 45;
/** The synced block advances in steps of five, and a decision is on disk before the checker reads it. */
export const STEP_BLOCKS = 11;
/** An order of an earlier process is not waited for while it is younger. */
const LEFT_OVER_BLOCKS = 120;
/** Lag, the time until a batch must be listed, and one observation. */
const NOTICED_BLOCKS = 40;

const NAMED_BATCH = /"batchID":"[0-9a-f]{64}".*"txHash":"0x[0-9a-f]{64}"/;
/** Answers are recorded one per run, and a late one comes first. */
const RECORDED_WITHIN_RUNS = 3;

/** The outcome of an order that was sent, as the checker saw it. */
interface End {
  readonly order: DiskOrder;
  readonly atBlock: number;
  readonly isShown: boolean;
}

/** Rules 3, 6 and 8 for orders that may have been paid for and whose result the node does not show. */
export class UnshownAudit {
  readonly #contextOf: () => AuditContext;
  readonly #ends: End[] = [];
  /** By order, the head of the chain at the first usable observation after Bee's answer. */
  readonly #readableSince = new Map<string, number>();
  /** By order, the head of the chain when Bee answered that it is done. */
  readonly #answeredAt = new Map<string, number>();

  /** The orders that this process has sent. */
  readonly #sentHere = new Set<string>();

  /** Answers that are not on disk yet, by order: how many runs are left to record them. */
  readonly #unrecorded = new Map<string, number>();

  /** The context contains this audit, so it is passed as a function. */
  constructor(contextOf: () => AuditContext) {
    this.#contextOf = contextOf;
  }

  get #context(): AuditContext {
    return this.#contextOf();
  }

  /** Bee has answered that an order is done, whichever batch it named. */
  answered(answer: HttpAnswer | null, order: DiskOrder | undefined): void {
    if (order === undefined || answer?.status !== (order.kind === 'purchase' ? 201 : 202)) return;
    if (!/"txHash":"0x[0-9a-f]{64}"/.test(answer.body)) return;
    this.#answeredAt.set(order.id, this.#context.world.simulator.chain.tip);
    if (!this.#context.environment.lied && NAMED_BATCH.test(answer.body))
      this.#unrecorded.set(order.id, RECORDED_WITHIN_RUNS);
  }

  /** Rule 3: an answer is recorded, however late it arrives. */
  checkRecorded({ dryRun }: MaintenanceRun, storeFailed: boolean): void {
    if (dryRun || storeFailed) return;
    const { orders } = this.#context.disk.read();
    for (const [id, runsLeft] of this.#unrecorded) {
      const order = orders.get(id);
      if (order?.state === 'confirmed' || order?.namedBatchId != null) this.#unrecorded.delete(id);
      else if (runsLeft > 1) this.#unrecorded.set(id, runsLeft - 1);
      else
        throw new Violation(
          3,
          `order ${id} was answered ${RECORDED_WITHIN_RUNS} runs ago, and the answer is not on disk`,
        );
    }
  }

  died(): void {
    this.#sentHere.clear();
    this.#unrecorded.clear();
  }

  wasAnswered({ id }: DiskOrder): boolean {
    return this.#answeredAt.has(id);
  }

  /** An answer that a dying process received may not be on disk. */
  started(): void {
    if (this.#context.world.scenario.rivals) return; // the process that received it may still record it
    for (const id of this.#answeredAt.keys()) {
      const order = this.#context.disk.read().orders.get(id);
      if (order?.claimBatchId === null) this.#answeredAt.delete(id);
    }
  }

  /** Records the outcome of an order that was sent. */
  ended(order: DiskOrder): void {
    this.#ends.push(this.#endOf(order));
  }

  #endOf(order: DiskOrder): End {
    const atBlock = this.#context.view.last?.block ?? 0;
    return { order, atBlock, isShown: order.state === 'confirmed' };
  }

  /** The recorded outcomes, and those that the run in progress has written: it may send something before it ends. */
  get #allEnds(): readonly End[] {
    const isRecorded = ({ id, state }: DiskOrder): boolean =>
      this.#ends.some(({ order }) => order.id === id && order.state === state);
    const ended = [...this.#context.disk.read().orders.values()]
      .filter(
        (order) => order.sentAt !== null && (order.state === 'abandoned' || order.state === 'confirmed'),
      )
      .filter((order) => !isRecorded(order))
      .map((order) => this.#endOf(order));
    return [...this.#ends, ...ended.toSorted((a, b) => Number(a.isShown) - Number(b.isShown))];
  }

  /** How long the next purchase, or the next top-up of that batch, has to wait; null: not at all. */
  waitOf(sent: Pick<Sent, 'kind' | 'batchId'>): { readonly untilBlock: number } | null {
    const ends = this.#allEnds.filter(
      ({ order }) =>
        order.kind === sent.kind && (order.kind === 'purchase' || order.batchId === sent.batchId),
    );
    const inARow = ends.slice(ends.findLastIndex(({ isShown }) => isShown) + 1);
    if (inARow.length < 2) return null;
    const blocks = inARow.some(({ order }) => order.namedBatchId !== null)
      ? DAY_BLOCKS
      : Math.min(DAY_BLOCKS, FIRST_WAIT_BLOCKS * 2 ** (inARow.length - 2));
    return { untilBlock: (inARow.at(-1)?.atBlock ?? 0) + blocks };
  }

  /** The longest possible wait, in case every open order is abandoned as well. */
  get longestWaitBlocks(): number {
    const kinds = Map.groupBy(this.#allEnds, ({ order }) => (order.kind === 'purchase' ? '' : order.batchId));
    const isNamed = [...this.#context.disk.read().orders.values()].some(
      (order) => isUnsettled(order) && order.namedBatchId !== null,
    );
    const waits = [...kinds.values()].map((ends) => {
      const inARow = ends.slice(ends.findLastIndex(({ isShown }) => isShown) + 1);
      if (inARow.length === 0) return 0;
      if (isNamed || inARow.some(({ order }) => order.namedBatchId !== null)) return DAY_BLOCKS;
      return Math.min(DAY_BLOCKS, FIRST_WAIT_BLOCKS * 2 ** inARow.length);
    });
    return Math.max(0, ...waits);
  }

  /** How long a purchase that Bee confirmed and does not show holds the next one. */
  get holdBlocks(): number {
    const purchases = this.#ends.filter(({ order }) => order.kind === 'purchase');
    const inARow = purchases.slice(purchases.findLastIndex(({ isShown }) => isShown) + 1);
    return DAY_BLOCKS * HOLD_GROWTH ** inARow.filter(({ order }) => order.namedBatchId !== null).length;
  }

  /** A request for money is being sent. */
  checkSent(sent: Sent, block: number): void {
    const open = [...this.#context.disk.read().orders.values()].filter(isUnsettled);
    const isThis = (order: DiskOrder): boolean =>
      order.kind === sent.kind && BigInt(order.amount) === sent.amount && order.state === 'sent';
    for (const order of open.filter(isThis)) this.#sentHere.add(order.id);
    for (const order of open.filter((one) => !isThis(one) && !this.#isLeftOver(one, block))) {
      if (order.claimBatchId === null)
        throw new Violation(3, `a ${sent.kind} is sent while another order is not settled`);
      if (order.kind === 'purchase' && sent.kind === 'purchase')
        throw new Violation(3, `a purchase is sent while ${order.id} is answered and not shown`);
      if (order.kind === 'topUp' && order.batchId === sent.batchId)
        throw new Violation(3, `${sent.batchId} is topped up while ${order.id} is answered and not shown`);
    }
    const wait = this.waitOf(sent);
    if (wait && block < wait.untilBlock - STEP_BLOCKS)
      throw new Violation(
        6,
        `a ${sent.kind} is sent at block ${block} and has to wait for block ${wait.untilBlock}`,
      );
  }

  /** An earlier process has sent it, and Bee has not answered it. Other needs do not wait for it for a while. */
  #isLeftOver({ id, plannedAtBlock, claimBatchId }: DiskOrder, block: number): boolean {
    return (
      !this.#sentHere.has(id) &&
      claimBatchId === null &&
      block - plannedAtBlock < LEFT_OVER_BLOCKS + STEP_BLOCKS
    );
  }

  /** A claim is on disk, so Bee must have made it. */
  checkClaim(order: DiskOrder): void {
    const { chain } = this.#context.world.simulator;
    const isPaid = chain.ledger.some(
      ({ kind, batchId, amount }) =>
        kind === 'topUp' &&
        order.kind === 'topUp' &&
        batchId === order.batchId &&
        amount === BigInt(order.amount),
    );
    if (!this.wasAnswered(order) && !isPaid)
      throw new Violation(3, `order ${order.id} has a claim that Bee never made`);
  }

  /** A claim was removed from the disk, so its batch must have been shown as that of another order. */
  checkRefuted(was: DiskOrder): void {
    const { view, disk } = this.#context;
    const batchId = was.claimBatchId ?? '';
    if (!disk.read().stamps.has(batchId) && !view.everShown(batchId, () => true))
      throw new Violation(
        3,
        `order ${was.id} no longer has the claim of ${batchId}, which nothing has refuted`,
      );
  }

  /** Rule 3: only a list confirms a purchase. */
  checkConfirmed(order: DiskOrder): void {
    if (order.kind !== 'purchase') return;
    const amount = BigInt(order.amount);
    const fits = this.#context.view.everShown(order.batchId ?? '', (shown) => {
      const listed = BigInt(shown.amount);
      return (
        (listed === amount || (shown.label === order.id && listed > amount)) &&
        shown.depth >= order.depth &&
        shown.blockNumber > order.plannedAtBlock - DAY_BLOCKS // a node may count ahead of the chain
      );
    });
    if (!fits)
      throw new Violation(
        3,
        `order ${order.id} is confirmed by ${order.batchId}, which the list does not show as its own`,
      );
  }

  /** Rule 3: an order that Bee has confirmed is not abandoned like one without an answer. */
  checkAbandoned(order: DiskOrder): void {
    const since = this.#answeredAt.get(order.id);
    if (since === undefined || order.claimBatchId === null) return;
    const { last } = this.#context.view;
    const wait = order.kind === 'purchase' ? this.holdBlocks : DAY_BLOCKS;
    if (last && last.block - since < wait - NOTICED_BLOCKS)
      throw new Violation(
        6,
        `order ${order.id} was answered, and is abandoned ${last.block - since} blocks later`,
      );
  }

  /** Rule 8, after a run with a fresh observation: what is not shown is reported. */
  checkReported(): void {
    const { disk, view, isReported } = this.#context;
    if (view.last === null) return;
    for (const order of disk.read().orders.values()) {
      if (!this.wasAnswered(order) || !isUnsettled(order) || order.claimBatchId === null) continue;
      const since = this.#readableSince.get(order.id) ?? view.last.tip;
      this.#readableSince.set(order.id, since);
      const blocks = view.last.block - since;
      const [code, most] =
        order.kind === 'purchase'
          ? (['PURCHASE_NOT_SHOWN', NOTICED_BLOCKS] as const)
          : (['TOP_UP_NOT_SHOWN', 120 + NOTICED_BLOCKS] as const);
      if (blocks > most && !isReported([code], order.id))
        throw new Violation(
          8,
          `order ${order.id} is answered and not shown for ${blocks} blocks, and no incident was reported`,
        );
    }
  }
}
