import type { HttpAnswer } from '../../src/bee/transport.ts';
import type { Facts } from './audit-context.ts';
import { type DiskOrder, isUnsettled } from './disk.ts';
import type { Sent } from './requests.ts';
import { Violation } from './violation.ts';

const DAY_BLOCKS = 17_280;
/** Each purchase in a row that was answered and not shown holds the next for so many times longer. */
const HOLD_GROWTH = 7;
/** Orders without an answer that were given up in a row: the second is followed by such a wait, each further one by twice the last. */
const FIRST_WAIT_BLOCKS = 45;
/** Synced blocks move in steps of five, and what a run decides is on disk before it is looked at. */
export const STEP_BLOCKS = 11;
/** Lag, the time until a batch must be listed, and a look. */
const NOTICED_BLOCKS = 40;

/** The outcome of an order that was sent, as the checker saw it. */
interface End {
  readonly order: DiskOrder;
  readonly atBlock: number;
  readonly isShown: boolean;
}

/** Rules 3, 6 and 8 on money that is spent, or may be, and for which nothing appears. */
export class InVain {
  readonly #factsOf: () => Facts;
  readonly #ends: End[] = [];
  /** By order, the head of the chain at the first look that could be used after that. */
  readonly #readableSince = new Map<string, number>();
  /** By order, the head of the chain when Bee said that it is done. */
  readonly #answeredAt = new Map<string, number>();

  /** It is part of the facts itself, so they come later. */
  constructor(factsOf: () => Facts) {
    this.#factsOf = factsOf;
  }

  get #facts(): Facts {
    return this.#factsOf();
  }

  /** Bee has said that an order is done, whatever batch it names. */
  answered(answer: HttpAnswer | null, order: DiskOrder | undefined): void {
    if (order === undefined || answer?.status !== (order.kind === 'purchase' ? 201 : 202)) return;
    if (!/"txHash":"0x[0-9a-f]{64}"/.test(answer.body)) return;
    this.#answeredAt.set(order.id, this.#facts.stage.simulator.chain.tip);
  }

  wasAnswered({ id }: DiskOrder): boolean {
    return this.#answeredAt.has(id);
  }

  /** What was told to a process that died may not have been written down. */
  started(): void {
    for (const id of this.#answeredAt.keys()) {
      const order = this.#facts.disk.read().orders.get(id);
      if (order?.claimBatchId === null) this.#answeredAt.delete(id);
    }
  }

  /** Records the outcome of an order that was sent. */
  ended(order: DiskOrder): void {
    this.#ends.push(this.#endOf(order));
  }

  #endOf(order: DiskOrder): End {
    const atBlock = this.#facts.knowledge.last?.block ?? 0;
    return { order, atBlock, isShown: order.state === 'confirmed' };
  }

  /** The recorded outcomes, and those that the run in progress has written: it may send something before it ends. */
  get #allEnds(): readonly End[] {
    const isRecorded = ({ id, state }: DiskOrder): boolean =>
      this.#ends.some(({ order }) => order.id === id && order.state === state);
    const ended = [...this.#facts.disk.read().orders.values()]
      .filter(
        (order) => order.sentAt !== null && (order.state === 'abandoned' || order.state === 'confirmed'),
      )
      .filter((order) => !isRecorded(order))
      .map((order) => this.#endOf(order));
    return [...this.#ends, ...ended.toSorted((a, b) => Number(a.isShown) - Number(b.isShown))];
  }

  /** How long the next purchase, or the next top-up of that batch, has to wait, and from which block on. */
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

  /** The longest of all that have to be waited for now, if what is open is given up as well. */
  get longestWaitBlocks(): number {
    const kinds = Map.groupBy(this.#allEnds, ({ order }) => (order.kind === 'purchase' ? '' : order.batchId));
    const isNamed = [...this.#facts.disk.read().orders.values()].some(
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

  /** For how long Bee's word for a purchase that is not shown holds the next. */
  get holdBlocks(): number {
    const purchases = this.#ends.filter(({ order }) => order.kind === 'purchase');
    const inARow = purchases.slice(purchases.findLastIndex(({ isShown }) => isShown) + 1);
    return DAY_BLOCKS * HOLD_GROWTH ** inARow.filter(({ order }) => order.namedBatchId !== null).length;
  }

  /** Money is about to leave. */
  checkSent(sent: Sent, block: number): void {
    const open = [...this.#facts.disk.read().orders.values()].filter(isUnsettled);
    const isOwn = (order: DiskOrder): boolean =>
      order.kind === sent.kind && BigInt(order.amount) === sent.amount && order.state === 'sent';
    for (const order of open.filter((one) => !isOwn(one))) {
      if (order.claimBatchId === null)
        throw new Violation(3, `a ${sent.kind} leaves while another order is not settled`);
      if (order.kind === 'purchase' && sent.kind === 'purchase')
        throw new Violation(3, `a purchase leaves while ${order.id} is answered and not shown`);
      if (order.kind === 'topUp' && order.batchId === sent.batchId)
        throw new Violation(3, `${sent.batchId} is topped up while ${order.id} is answered and not shown`);
    }
    const wait = this.waitOf(sent);
    if (wait && block < wait.untilBlock - STEP_BLOCKS)
      throw new Violation(
        6,
        `a ${sent.kind} leaves at block ${block} that has to wait for ${wait.untilBlock}`,
      );
  }

  /** A claim is on disk: somebody must have made it. */
  checkClaim(order: DiskOrder): void {
    const { chain } = this.#facts.stage.simulator;
    const isPaid = chain.ledger.some(
      ({ kind, batchId, amount }) =>
        kind === 'topUp' &&
        order.kind === 'topUp' &&
        batchId === order.batchId &&
        amount === BigInt(order.amount),
    );
    if (!this.wasAnswered(order) && !isPaid)
      throw new Violation(3, `order ${order.id} is called answered, and never was`);
  }

  /** A claim is gone from the disk: the batch that it named must have shown that it is another order's. */
  checkRefuted(was: DiskOrder): void {
    const { knowledge, disk } = this.#facts;
    const batchId = was.claimBatchId ?? '';
    if (!disk.read().stamps.has(batchId) && !knowledge.everShown(batchId, () => true))
      throw new Violation(
        3,
        `order ${was.id} no longer says that Bee has named ${batchId}, which nothing has refuted`,
      );
  }

  /** Rule 3: only the list makes a purchase of what Bee has answered. */
  checkConfirmed(order: DiskOrder): void {
    if (order.kind !== 'purchase') return;
    const amount = BigInt(order.amount);
    const fits = this.#facts.knowledge.everShown(order.batchId ?? '', (shown) => {
      const listed = BigInt(shown.amount);
      return (
        (listed === amount || (shown.label === order.id && listed > amount)) &&
        shown.depth >= order.depth &&
        shown.blockNumber > order.plannedAtBlock
      );
    });
    if (!fits)
      throw new Violation(
        3,
        `order ${order.id} is confirmed by ${order.batchId}, which the list does not show as its own`,
      );
  }

  /** Rule 3: what Bee has answered is not given up like what it has not. */
  checkAbandoned(order: DiskOrder): void {
    const since = this.#answeredAt.get(order.id);
    if (since === undefined || order.claimBatchId === null) return;
    const { last } = this.#facts.knowledge;
    const wait = order.kind === 'purchase' ? this.holdBlocks : DAY_BLOCKS;
    if (last && last.block - since < wait - NOTICED_BLOCKS)
      throw new Violation(
        6,
        `order ${order.id} was answered, and is given up ${last.block - since} blocks later`,
      );
  }

  /** Rule 8, after a run that could read the node: what does not appear is told. */
  checkTold(): void {
    const { disk, knowledge, named } = this.#facts;
    if (knowledge.last === null) return;
    for (const order of disk.read().orders.values()) {
      if (!this.wasAnswered(order) || !isUnsettled(order) || order.claimBatchId === null) continue;
      const since = this.#readableSince.get(order.id) ?? knowledge.last.tip;
      this.#readableSince.set(order.id, since);
      const blocks = knowledge.last.block - since;
      const [code, most] =
        order.kind === 'purchase'
          ? (['PURCHASE_NOT_SHOWN', NOTICED_BLOCKS] as const)
          : (['TOP_UP_NOT_SHOWN', 120 + NOTICED_BLOCKS] as const);
      if (blocks > most && !named([code], order.id))
        throw new Violation(
          8,
          `order ${order.id} is answered and not shown for ${blocks} blocks, and nobody was told`,
        );
    }
  }
}
