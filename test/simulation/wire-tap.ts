import type { Simulator } from '../../src/simulator/simulator.ts';

/** One own batch as the node's answer said it, on the wire. */
export interface Shown {
  readonly depth: number;
  readonly amount: string;
  readonly usable: boolean;
  readonly utilization: number;
  readonly label: string;
  readonly immutable: boolean;
  readonly blockNumber: number;
  /** When it expires by what the node had applied at that time, in milliseconds of the monotonic scale; null: it did not tell. */
  readonly expiresAtMs: number | null;
}

/** One transaction that the node said it was waiting for. */
interface Pending {
  readonly hash: string;
  readonly nonce: number;
  readonly description: string;
}

/** One complete look of the service at its node, put together from what went over the wire. */
export interface Look {
  readonly beganMs: number;
  readonly tip: number;
  readonly block: number;
  readonly price: bigint;
  /** null: the node did not tell. */
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
  -readonly [Key in Exclude<keyof Look, 'beganMs'>]: Look[Key];
}>;

const BLOCK_MS = 5000;
/** More is not believed. */
const CENTURY_SECONDS = 100 * 365 * 86_400;

/**
 * Follows the reads of the service. Knows nothing of how the service reads them: a look begins with /health and is
 * complete with a list of stamps, if nothing between was missing or mangled.
 */
export class Looks {
  readonly #simulator: Simulator;
  #began = { beganMs: 0 };
  #part: Part | null = null;
  #expiries = new Map<string, number>();
  #blockBefore = 0;
  /** The node has begun to read the chain again in the middle of the look: its parts are as of different blocks. */
  #readAnew = false;
  /** The last one that was complete; null again as soon as another has begun. */
  last: Look | null = null;

  readonly #lied: () => boolean;

  /** `lied`: whether an answer may be other than what the node says. */
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

  /** Another node has answered: what was read is no look at the node. Its version does not matter. */
  answeredByAnother(path: string): void {
    if (path === '/health') return;
    this.#part = null;
    this.last = null;
  }

  /** null: no answer came. */
  answered(path: string, answer: Answer | null): void {
    const part = this.#part;
    if (part === null || this.last !== null) return;
    try {
      if (!this.#take(part, path, answer)) this.#part = null;
    } catch {
      this.#part = null; // mangled
    }
  }

  /** The process has died, or what was read is no longer what it goes by. */
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

  #whole({ minimumValidityBlocks = null, ...part }: Part): Look | null {
    const { tip, block, price, pending, wallet, stamps } = part;
    if (tip === undefined || block === undefined || price === undefined) return null;
    if (pending === undefined || wallet === undefined || stamps === undefined) return null;
    return { ...this.#began, tip, block, price, minimumValidityBlocks, pending, wallet, stamps };
  }

  #shown({ batchID, batchTTL, immutableFlag: immutable, ...shown }: RawStamp, part: Part): Shown {
    if (!/^\d{1,78}$/.test(shown.amount))
      throw new TypeError(`"${shown.amount}" is no amount: the list is mangled`);
    const byTheNode =
      this.#lied() || this.#readAnew ? this.#expiryByTheAnswer(batchTTL, part) : this.#expiries.get(batchID);
    const expiresAtMs = batchTTL < 0 ? null : (byTheNode ?? null);
    return { ...shown, immutable, expiresAtMs };
  }

  /** Where the books of the node say nothing about what was answered: as of the block that the answer is about. */
  #expiryByTheAnswer(ttlSeconds: number, { tip = 0, block = 0 }: Part): number {
    const seconds = Math.floor(Math.min(ttlSeconds, CENTURY_SECONDS));
    return this.#began.beganMs + seconds * 1000 - (tip - block) * BLOCK_MS;
  }

  /** Not from the answer but from the books of the node: what is left, at its price, from the block it has applied. */
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
