import type { Simulator } from '../../src/simulator/simulator.ts';

/** One batch of the wallet as the node's answer showed it. */
export interface Shown {
  readonly depth: number;
  readonly amount: string;
  readonly usable: boolean;
  readonly utilization: number;
  readonly label: string;
  readonly immutable: boolean;
  readonly blockNumber: number;
  /** When it expires according to the state that the node had applied then, in milliseconds of the monotonic clock; null: not stated. */
  readonly expiresAtMs: number | null;
}

/** A transaction that the node listed as pending. */
interface Pending {
  readonly hash: string;
  readonly nonce: number;
  readonly description: string;
}

/** A complete observation, put together from the answers on the wire. */
export interface Observation {
  readonly beganMs: number;
  readonly tip: number;
  readonly block: number;
  readonly price: bigint;
  /** null: the node did not state it. */
  readonly minimumValidityBlocks: number | null;
  readonly pending: readonly Pending[];
  readonly wallet: { readonly bzz: bigint; readonly xdai: bigint } | null;
  readonly stamps: ReadonlyMap<string, Shown>;
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

type Part = Partial<{
  -readonly [Key in Exclude<keyof Observation, 'beganMs'>]: Observation[Key];
}>;

const BLOCK_MS = 5000;
/** A longer time to live is not believed. */
const CENTURY_SECONDS = 100 * 365 * 86_400;

/**
 * Follows the reads of the service without knowledge of its code: an observation starts with /health and is complete with a
 * list of stamps, if no answer in between was missing or malformed.
 */
export class WireTap {
  readonly #simulator: Simulator;
  #began = { beganMs: 0 };
  #part: Part | null = null;
  #expiries = new Map<string, number>();
  #blockBefore = 0;
  /** The node has started to read the chain again during the observation, so the parts are as of different blocks. */
  #readAnew = false;
  /** The last complete observation; null again when another one has started. */
  last: Observation | null = null;

  readonly #lied: () => boolean;

  /** `lied`: whether an answer may differ from what the node says. */
  constructor(simulator: Simulator, lied: () => boolean) {
    this.#simulator = simulator;
    this.#lied = lied;
  }

  asked(path: string, beganMs: number): void {
    if (path === '/health') {
      this.#began = { beganMs };
      this.#part = {};
      this.last = null;
    }
    const { block } = this.#simulator.node.store;
    if (path === '/chainstate') this.#blockBefore = block;
    if (path === '/stamps') this.#expiries = this.#expiriesByTheNode(beganMs);
  }

  /** Another node has answered, so this is no observation of the node. Its version does not matter. */
  answeredByAnother(path: string): void {
    if (path === '/health') return;
    this.#part = null;
    this.last = null;
  }

  /** null: no answer arrived. */
  answered(path: string, answer: Answer | null): void {
    const part = this.#part;
    if (part === null || this.last !== null) return;
    try {
      if (!this.#take(part, path, answer)) this.#part = null;
    } catch {
      this.#part = null; // malformed
    }
  }

  /** The process has died, or what was read no longer counts. */
  forget(): void {
    this.#part = null;
    this.last = null;
  }

  #take(part: Part, path: string, answer: Answer | null): boolean {
    if (path.startsWith('/batches/')) return answer?.status === 200 || answer?.status === 404;
    if (path === '/wallet' && answer?.status === 403) {
      part.wallet = null;
      return answer.body.includes('is disabled');
    }
    if (answer?.status !== 200) return false;
    const body = JSON.parse(answer.body);
    switch (path) {
      case '/chainstate':
        Object.assign(part, {
          tip: body.chainTip,
          block: body.block,
          price: BigInt(body.currentPrice),
          minimumValidityBlocks: body.minimumValidityBlocks || null,
        });
        return true;
      case '/transactions':
        part.pending = body.pendingTransactions.map((tx: RawTransaction) => ({
          hash: tx.transactionHash,
          nonce: tx.nonce,
          description: tx.description,
        }));
        return true;
      case '/wallet':
        part.wallet = { bzz: BigInt(body.bzzBalance), xdai: BigInt(body.nativeTokenBalance) };
        return true;
      case '/stamps':
        this.#readAnew = this.#simulator.node.store.block < this.#blockBefore;
        part.stamps = new Map(
          body.stamps.map((stamp: RawStamp) => [stamp.batchID, this.#shown(stamp, part)]),
        );
        this.last = this.#whole(part);
        return true;
      default:
        return true;
    }
  }

  #whole({ minimumValidityBlocks = null, ...part }: Part): Observation | null {
    const { tip, block, price, pending, wallet, stamps } = part;
    if (tip === undefined || block === undefined || price === undefined) return null;
    if (pending === undefined || wallet === undefined || stamps === undefined) return null;
    return { ...this.#began, tip, block, price, minimumValidityBlocks, pending, wallet, stamps };
  }

  #shown({ batchID, batchTTL, immutableFlag: immutable, ...shown }: RawStamp, part: Part): Shown {
    if (!/^\d{1,78}$/.test(shown.amount))
      throw new TypeError(`"${shown.amount}" is no amount: the list is malformed`);
    const byTheNode =
      this.#lied() || this.#readAnew ? this.#expiryByTheAnswer(batchTTL, part) : this.#expiries.get(batchID);
    const expiresAtMs = batchTTL < 0 ? null : (byTheNode ?? null);
    return { ...shown, immutable, expiresAtMs };
  }

  /** The expiry that follows from the answer itself, as of the block that the answer refers to. */
  #expiryByTheAnswer(ttlSeconds: number, { tip = 0, block = 0 }: Part): number {
    const seconds = Math.floor(Math.min(ttlSeconds, CENTURY_SECONDS));
    return this.#began.beganMs + seconds * 1000 - (tip - block) * BLOCK_MS;
  }

  /** The expiry that follows from the node's own state: the remaining balance at its price, from the block it has applied. */
  #expiriesByTheNode(nowMs: number): Map<string, number> {
    const { node, chain } = this.#simulator;
    const { store } = node;
    const expiries = new Map<string, number>();
    if (store.price === 0n) return expiries;
    const appliedMs = nowMs - (nowMs % BLOCK_MS) - (chain.tip - store.block) * BLOCK_MS;
    for (const { batchId, value } of store.all()) {
      const blocks = Number(((value - store.totalAmount) * 1000n) / store.price) / 1000;
      expiries.set(batchId, appliedMs + blocks * BLOCK_MS);
    }
    return expiries;
  }
}

interface RawTransaction {
  readonly transactionHash: string;
  readonly nonce: number;
  readonly description: string;
}

interface RawStamp {
  readonly batchID: string;
  readonly depth: number;
  readonly amount: string;
  readonly usable: boolean;
  readonly utilization: number;
  readonly label: string;
  readonly batchTTL: number;
  readonly immutableFlag: boolean;
  readonly blockNumber: number;
}
