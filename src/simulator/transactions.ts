import { callData } from './abi.ts';
import type { Chain } from './chain.ts';
import type { Faults, Stage, Target } from './faults.ts';
import type { Random } from './random.ts';
import type { Effect, Tx } from './tx.ts';
import type { VersionTraits } from './versions.ts';

/** What Bee's -32000 answers of the RPC come down to: the operation fails with 500. */
export class RpcError extends Error {}

/** The RPC took the transaction, but Bee heard an error: nothing of it is stored. */
export class SendUnseen extends Error {
  readonly reset: boolean;
  constructor(reset: boolean) {
    super('the RPC said error after accepting');
    this.reset = reset;
  }
}

export interface SendWish {
  readonly to: string;
  readonly data: string;
  readonly effect: Effect;
  readonly description: string;
  readonly gasPrice?: bigint | undefined;
  readonly gasLimit?: number | undefined;
}

export interface TransactionsParts {
  readonly chain: Chain;
  readonly faults: Faults;
  readonly traits: VersionTraits;
  readonly random: Random;
  readonly blocks: { readonly approve: number; readonly create: number };
  /** How much of the current block has passed: from 0 to 1. */
  readonly partOfBlock: () => number;
}

const TIP_CAP = { approve: 1_250_000_000n, other: 1_562_500_000n };
const BASE_FEE = 14n;
const GAS_LIMIT = {
  approve: 61_564,
  create: 427_834,
  topUp: 180_000,
  dilute: 165_000,
  expire: 135_000,
  nothing: 21_000,
};
/** What Bee sends with when the estimate fails, so that the transaction reverts on chain and costs gas. */
const FALLBACK_GAS_LIMIT = 500_000;

/** The node's transactions: sent, pending, remembered for good. docs/bee.md#transactions */
export class Transactions {
  readonly #parts: TransactionsParts;
  readonly #stored = new Map<string, Tx>();
  readonly #pending = new Set<Tx>();
  readonly #watched = new Set<Tx>();
  #pollPart = 0;
  #nextNonce = 0;
  #lastDue = 0;

  constructor(parts: TransactionsParts) {
    this.#parts = parts;
  }

  get(hash: string): Tx | undefined {
    return this.#stored.get(hash);
  }

  /** In the order of their hashes, as the key-value store iterates. */
  pending(): Tx[] {
    return [...this.#pending].toSorted((a, b) => (a.hash < b.hash ? -1 : 1));
  }

  /** At which part of each block the node looks for receipts: one block time after the last send, and so on. */
  get pollPart(): number {
    return this.#pollPart;
  }

  get isWatching(): boolean {
    return this.#watched.size > 0;
  }

  /**
   * Looks for receipts. Of transactions with one nonce at most one is mined: the others are cancelled, and stay
   * listed until the next send or a restart.
   */
  poll(): void {
    const mined = new Set<number>();
    for (const tx of this.#watched) if (tx.receipt !== undefined) mined.add(tx.nonce);
    if (mined.size === 0) return;
    for (const tx of this.#watched) {
      if (!mined.has(tx.nonce)) continue;
      this.#watched.delete(tx);
      tx.outcome = tx.receipt === undefined ? 'cancelled' : 'mined';
      if (tx.receipt !== undefined) this.#pending.delete(tx);
    }
  }

  send(wish: SendWish, stage: Stage, target: Target): Tx {
    this.forgetStale();
    const { faults, chain } = this.#parts;
    const unseen = faults.take('sendUnseen', target, stage);
    const tx = this.#build(wish, this.#nextNonce, faults.take('txReverted', target, stage) !== undefined);
    this.#nextNonce += 1;
    const usual = wish.effect.kind === 'approve' ? this.#parts.blocks.approve : this.#parts.blocks.create;
    const late = faults.take('txDelayed', target, stage);
    if (faults.take('txDropped', target, stage)) chain.broadcast(tx, 'never');
    else this.#queue(tx, usual + (late ? (late.blocks ?? 10) : 0));
    if (unseen) throw new SendUnseen(unseen.after ?? false);
    this.#watch(tx);
    return tx;
  }

  /** At each send and at a start, what the RPC does not know as pending leaves the list; a dropped nonce is used again. */
  forgetStale(): void {
    for (const tx of this.#pending) {
      if (tx.receipt === undefined && this.#parts.chain.mempool.has(tx)) continue;
      this.#pending.delete(tx);
      if (tx.receipt === undefined && tx.replacedBy === undefined) {
        this.#nextNonce = Math.min(this.#nextNonce, tx.nonce);
      }
    }
  }

  cancel(tx: Tx, gasPrice: bigint | undefined): Tx | 'refused' {
    const isNonceUsed = tx.receipt !== undefined || (tx.nonce < this.#nextNonce && !this.#pending.has(tx));
    if (isNonceUsed || tx.replacedBy !== undefined) return 'refused';
    const wish = {
      to: tx.from,
      data: '',
      effect: { kind: 'nothing' },
      description: `${tx.description} (cancellation)`,
      gasPrice: gasPrice ?? (tx.gasPrice * 11n) / 10n + 1n,
    } as const;
    const cancellation = this.#build(wish, tx.nonce, false);
    this.#parts.chain.withdraw(tx);
    tx.replacedBy = cancellation;
    this.#queue(cancellation, 1);
    this.#watch(cancellation);
    return cancellation;
  }

  #watch(tx: Tx): void {
    this.#stored.set(tx.hash, tx);
    this.#pending.add(tx);
    this.#watched.add(tx);
    this.#pollPart = this.#parts.partOfBlock();
  }

  /** A wallet's transactions are mined in the order of their nonces: none overtakes a delayed one. */
  #queue(tx: Tx, inBlocks: number): void {
    const { chain } = this.#parts;
    this.#lastDue = Math.max(chain.tip + inBlocks, this.#lastDue);
    chain.broadcast(tx, this.#lastDue - chain.tip);
  }

  #build(wish: SendWish, nonce: number, forceRevert: boolean): Tx {
    const { chain, random } = this.#parts;
    const from = chain.nodeWallet;
    const gasLimit = this.#gasLimit(wish);
    const gasTipCap = wish.effect.kind === 'approve' ? TIP_CAP.approve : TIP_CAP.other;
    const gasPrice = wish.gasPrice ?? gasTipCap + BASE_FEE;
    if (chain.balance(from).xdaiWei < gasPrice * BigInt(gasLimit))
      throw new RpcError('insufficient funds for gas');
    return {
      hash: random.hex(32),
      from,
      to: wish.to,
      nonce,
      data: wish.data,
      effect: wish.effect,
      description: wish.description,
      gasLimit,
      gasPrice,
      gasTipCap,
      createdAtBlock: chain.tip,
      forceRevert,
      receipt: undefined,
      outcome: 'awaited',
      replacedBy: undefined,
    };
  }

  #gasLimit({ effect, gasLimit }: SendWish): number {
    const { chain, traits } = this.#parts;
    const why = chain.whyRevert({ from: chain.nodeWallet, effect });
    if (why === undefined) return gasLimit ?? GAS_LIMIT[effect.kind];
    if (!traits.sendsAfterFailedEstimate) throw new RpcError(`intrinsic gas too low (${why})`);
    return gasLimit ?? FALLBACK_GAS_LIMIT;
  }
}

const TOKEN = 'dbf3ea6f5bee45c02255b2c26a16f300502f68da';
export const POSTAGE = '45a1502382541cd610cc9068e88727426b696293';

export function approveWish(plur: bigint): SendWish {
  return {
    to: TOKEN,
    data: callData('approve(address,uint256)', POSTAGE, plur),
    effect: { kind: 'approve' },
    description: 'Approve tokens for postage operations',
  };
}
