import { callData } from './abi.ts';
import type { Chain } from './chain.ts';
import type { Faults, Stage, Target } from './faults.ts';
import type { Random } from './random.ts';
import type { Effect, Tx } from './tx.ts';
import type { VersionTraits } from './versions.ts';

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
/** Bee uses this limit if the estimate fails. The transaction then reverts on chain and costs gas. */
const FALLBACK_GAS_LIMIT = 500_000;

/** The transactions that the node has sent. docs/bee.md#transactions */
export class Transactions {
  readonly #parts: TransactionsParts;
  readonly #stored = new Map<string, Tx>();
  readonly #pending = new Set<Tx>();
  readonly #watched = new Set<Tx>();
  #pollFraction = 0;
  #nextNonce = 0;
  #lastDue = 0;

  constructor(parts: TransactionsParts) {
    this.#parts = parts;
  }

  get(hash: string): Tx | undefined {
    return this.#stored.get(hash);
  }

  /** Ordered by hash, as Bee's key-value store iterates. */
  pending(): Tx[] {
    return [...this.#pending].toSorted((a, b) => (a.hash < b.hash ? -1 : 1));
  }

  /** The fraction of each block at which the node polls for receipts: every block time from the last send on. */
  get pollFraction(): number {
    return this.#pollFraction;
  }

  get isWatching(): boolean {
    return this.#watched.size > 0;
  }

  /**
   * Polls for receipts. Of the transactions with the same nonce at most one is mined. The others are cancelled, and
   * stay listed until the next send or a restart.
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

  send(request: SendRequest, stage: Stage, target: Target): Tx {
    this.forgetStale();
    const { faults, chain } = this.#parts;
    const unseen = faults.take('sendUnseen', target, stage);
    const tx = this.#build(request, this.#nextNonce, faults.take('txReverted', target, stage) !== undefined);
    this.#nextNonce += 1;
    const usual = request.effect.kind === 'approve' ? this.#parts.blocks.approve : this.#parts.blocks.create;
    const late = faults.take('txDelayed', target, stage);
    if (faults.take('txDropped', target, stage)) chain.broadcast(tx, 'never');
    else this.#queue(tx, usual + (late ? (late.blocks ?? 10) : 0));
    if (unseen) throw new SendError({ isReset: unseen.after ?? false });
    this.#watch(tx);
    return tx;
  }

  /** Called before each send and at a start: removes what the RPC endpoint does not list as pending, and reuses dropped nonces. */
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
    const request = {
      to: tx.from,
      data: '',
      effect: { kind: 'nothing' },
      description: `${tx.description} (cancellation)`,
      gasPrice: gasPrice ?? (tx.gasPrice * 11n) / 10n + 1n,
    } as const;
    const cancellation = this.#build(request, tx.nonce, false);
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
    this.#pollFraction = this.#parts.blockFraction();
  }

  /** The transactions of a wallet are mined in the order of their nonces, so that a delayed one delays the next ones. */
  #queue(tx: Tx, inBlocks: number): void {
    const { chain } = this.#parts;
    this.#lastDue = Math.max(chain.tip + inBlocks, this.#lastDue);
    chain.broadcast(tx, this.#lastDue - chain.tip);
  }

  #build(request: SendRequest, nonce: number, forceRevert: boolean): Tx {
    const { chain, random } = this.#parts;
    const from = chain.nodeWallet;
    const gasLimit = this.#gasLimit(request);
    const gasTipCap = request.effect.kind === 'approve' ? TIP_CAP.approve : TIP_CAP.other;
    const gasPrice = request.gasPrice ?? gasTipCap + BASE_FEE;
    if (chain.balance(from).xdaiWei < gasPrice * BigInt(gasLimit))
      throw new RpcError('insufficient funds for gas');
    return {
      hash: random.hex(32),
      from,
      to: request.to,
      nonce,
      data: request.data,
      effect: request.effect,
      description: request.description,
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

  #gasLimit({ effect, gasLimit }: SendRequest): number {
    const { chain, traits } = this.#parts;
    const revertReason = chain.revertReason({ from: chain.nodeWallet, effect });
    if (revertReason === undefined) return gasLimit ?? GAS_LIMIT[effect.kind];
    if (!traits.sendsAfterFailedEstimate) throw new RpcError(`intrinsic gas too low (${revertReason})`);
    return gasLimit ?? FALLBACK_GAS_LIMIT;
  }
}

export interface TransactionsParts {
  readonly chain: Chain;
  readonly faults: Faults;
  readonly traits: VersionTraits;
  readonly random: Random;
  /** The number of blocks until a transaction is mined. */
  readonly blocks: { readonly approve: number; readonly create: number };
  /** How much of the current block has passed: from 0 to 1. */
  readonly blockFraction: () => number;
}

export interface SendRequest {
  readonly to: string;
  readonly data: string;
  readonly effect: Effect;
  readonly description: string;
  readonly gasPrice?: bigint | undefined;
  readonly gasLimit?: number | undefined;
}

/** The RPC endpoint answered -32000. The operation fails with 500. */
export class RpcError extends Error {}

/** The RPC endpoint accepted the transaction, but Bee received an error and stored nothing. */
export class SendError extends Error {
  readonly isReset: boolean;
  constructor({ isReset }: { readonly isReset: boolean }) {
    super('the RPC endpoint answered with an error after it accepted the transaction');
    this.isReset = isReset;
  }
}

const TOKEN = 'dbf3ea6f5bee45c02255b2c26a16f300502f68da';
export const POSTAGE = '45a1502382541cd610cc9068e88727426b696293';

export function approvalRequest(plur: bigint): SendRequest {
  return {
    to: TOKEN,
    data: callData('approve(address,uint256)', POSTAGE, plur),
    effect: { kind: 'approve' },
    description: 'Approve tokens for postage operations',
  };
}
