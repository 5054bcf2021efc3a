import { batchIdOf } from './abi.ts';
import { type ContractBatch, type CreateCall, PostageStamp } from './postage-stamp.ts';
import type { Random } from './random.ts';
import type { Effect, Tx } from './tx.ts';

/** The blockchain. Its block number is its time, and its state changes only when a block is mined. */
export class Chain {
  readonly contract: PostageStamp;
  /** What `GET /wallet` states. Another one changes nothing else. */
  chainId: number;
  /** The address of the node's wallet: hex without 0x. */
  readonly nodeWallet: string;
  readonly #ledger: LedgerEntry[] = [];
  readonly #wallets = new Map<string, Balance>();
  readonly #due = new Map<number, Tx[]>();
  readonly #mempool = new Set<Tx>();
  readonly #random: Random;
  #tip: number;
  #nextNonce = 0;

  constructor({ chainId, startBlock, deployedAtBlock, pricePlur, nodeWallet, random }: ChainParts) {
    this.chainId = chainId;
    this.nodeWallet = nodeWallet;
    this.#tip = startBlock;
    this.#random = random;
    this.contract = new PostageStamp(pricePlur, deployedAtBlock);
  }

  get tip(): number {
    return this.#tip;
  }

  /** The first nonce of the node's wallet that no mined transaction has used. */
  get nextNonce(): number {
    return this.#nextNonce;
  }

  get price(): bigint {
    return this.contract.price;
  }

  get ledger(): readonly LedgerEntry[] {
    return this.#ledger;
  }

  get batches(): ReadonlyMap<string, Readonly<ContractBatch>> {
    return this.contract.batches;
  }

  /** Transactions that are sent and not yet mined. A dropped transaction is not included. */
  get mempool(): ReadonlySet<Tx> {
    return this.#mempool;
  }

  /** The new price applies from the next block on. */
  setPrice(pricePlur: bigint): void {
    this.contract.setPrice(pricePlur, this.#tip);
  }

  balance(address: string): Readonly<Balance> {
    return this.#wallet(address);
  }

  setBalance(address: string, balance: Partial<Balance>): void {
    Object.assign(this.#wallet(address), balance);
  }

  /** Spends as another user of the node's key would. */
  spendFromNodeWallet({ bzzPlur = 0n, xdaiWei = 0n }: Partial<Balance>): void {
    const wallet = this.#wallet(this.nodeWallet);
    wallet.bzzPlur -= bzzPlur;
    wallet.xdaiWei -= xdaiWei;
  }

  /** Foreign actions take effect in the newest block. The balance of a foreign payer is not checked. */
  createForeignBatch({ owner, amount, depth, immutable = true }: ForeignBatch): string {
    const payer = this.#random.hex(20);
    const batchId = batchIdOf(payer, this.#random.hex(32));
    const call = { owner: owner ?? payer, payer, batchId, amount, depth, immutable };
    throwIfRefused(this.contract.createError(call));
    this.#create(call, this.#random.hex(32));
    return call.batchId;
  }

  topUpBatch(batchId: string, amount: bigint): void {
    throwIfRefused(this.contract.topUpError(batchId, amount, this.#tip));
    this.#topUp({ batchId, amount, payer: this.#random.hex(20) }, this.#random.hex(32));
  }

  /** Dilutes a batch as its owner. */
  diluteBatch(batchId: string, depth: number): void {
    const sender = this.contract.existing(batchId).owner;
    throwIfRefused(this.contract.dilutionError({ batchId, depth, sender }, this.#tip));
    this.#dilute({ batchId, depth, sender }, this.#random.hex(32));
  }

  /** Why the transaction would revert in the next block; undefined if it would succeed. */
  revertReason(tx: Pick<Tx, 'from' | 'effect'>): string | undefined {
    const { effect, from } = tx;
    switch (effect.kind) {
      case 'create':
        return (
          this.contract.createError({ ...effect, payer: from }) ??
          this.#paymentError(from, effect.amount << BigInt(effect.depth))
        );
      case 'topUp': {
        const error = this.contract.topUpError(effect.batchId, effect.amount, this.#tip);
        return error ?? this.#paymentError(from, this.#priceOfTopUp(effect.batchId, effect.amount));
      }
      case 'dilute':
        return this.contract.dilutionError({ ...effect, sender: from }, this.#tip);
      case 'approve':
      case 'expire':
      case 'nothing':
        return undefined;
    }
  }

  /** Mines the transaction after `inBlocks` blocks. 'never': the network drops it. */
  broadcast(tx: Tx, inBlocks: number | 'never'): void {
    if (inBlocks === 'never') return;
    const block = this.#tip + Math.max(1, inBlocks);
    const others = this.#due.get(block);
    if (others === undefined) this.#due.set(block, [tx]);
    else others.push(tx);
    this.#mempool.add(tx);
  }

  /** Removes a transaction that was replaced by another one with the same nonce. */
  withdraw(tx: Tx): void {
    this.#mempool.delete(tx);
  }

  mine(): void {
    this.#tip += 1;
    const due = this.#due.get(this.#tip);
    if (due === undefined) return;
    this.#due.delete(this.#tip);
    for (const tx of due) if (this.#mempool.delete(tx)) this.#execute(tx);
  }

  #execute(tx: Tx): void {
    const needed = GAS_USED[tx.effect.kind];
    const revertReason = tx.forceRevert
      ? 'forced'
      : tx.gasLimit < needed
        ? 'out of gas'
        : this.revertReason(tx);
    const wallet = this.#wallet(tx.from);
    const succeeded = revertReason === undefined;
    const gasUsed = succeeded ? needed : Math.min(tx.gasLimit, GAS_OF_REVERT);
    const gas = BigInt(gasUsed) * tx.gasPrice;
    wallet.xdaiWei -= gas < wallet.xdaiWei ? gas : wallet.xdaiWei; // a balance cannot be negative
    this.#nextNonce = Math.max(this.#nextNonce, tx.nonce + 1);
    tx.receipt = { block: this.#tip, succeeded, gasUsed };
    if (succeeded) this.#apply(tx.effect, tx);
  }

  #apply(effect: Effect, tx: Tx): void {
    if (effect.kind === 'create') this.#create({ ...effect, payer: tx.from }, tx.hash);
    else if (effect.kind === 'topUp') this.#topUp({ ...effect, payer: tx.from }, tx.hash);
    else if (effect.kind === 'dilute') this.#dilute({ ...effect, sender: tx.from }, tx.hash);
    else if (effect.kind === 'expire') this.contract.expireLimited(effect.limit, this.#tip);
  }

  #create(call: CreateCall, txHash: string): void {
    const { batchId, owner, payer, amount, depth, immutable } = call;
    this.contract.create({ batchId, owner, payer, amount, depth, immutable }, this.#tip);
    const totalPaidPlur = amount << BigInt(depth);
    this.#pay(payer, totalPaidPlur);
    this.#record({ kind: 'create', batchId, owner, payer, amount, depth, totalPaidPlur, txHash });
  }

  #topUp(call: { batchId: string; amount: bigint; payer: string }, txHash: string): void {
    const { batchId, amount, payer } = call;
    const totalPaidPlur = this.#priceOfTopUp(batchId, amount);
    this.contract.topUp(batchId, amount, this.#tip);
    this.#pay(payer, totalPaidPlur);
    const { owner, depth } = this.contract.existing(batchId);
    this.#record({ kind: 'topUp', batchId, owner, payer, amount, depth, totalPaidPlur, txHash });
  }

  #dilute(call: { batchId: string; depth: number; sender: string }, txHash: string): void {
    const { batchId, depth, sender } = call;
    this.contract.dilute(batchId, depth, this.#tip);
    this.#record({
      kind: 'dilute',
      batchId,
      owner: sender,
      payer: sender,
      amount: 0n,
      depth,
      totalPaidPlur: 0n,
      txHash,
    });
  }

  #record(entry: Omit<LedgerEntry, 'block'>): void {
    this.#ledger.push({ ...entry, block: this.#tip });
  }

  #priceOfTopUp(batchId: string, amount: bigint): bigint {
    return amount << BigInt(this.contract.existing(batchId).depth);
  }

  #paymentError(payer: string, plur: bigint): string | undefined {
    return this.#wallet(payer).bzzPlur < plur ? 'ERC20: transfer amount exceeds balance' : undefined;
  }

  #pay(payer: string, plur: bigint): void {
    const wallet = this.#wallets.get(payer);
    if (wallet !== undefined) wallet.bzzPlur -= plur;
  }

  #wallet(address: string): Balance {
    const known = this.#wallets.get(address);
    if (known !== undefined) return known;
    const fresh = { bzzPlur: 0n, xdaiWei: 0n };
    this.#wallets.set(address, fresh);
    return fresh;
  }
}

/** One payment on the chain. Tests compare a client's records with these entries. */
export interface LedgerEntry {
  readonly kind: 'create' | 'topUp' | 'dilute';
  readonly batchId: string;
  readonly owner: string;
  readonly payer: string;
  /** PLUR per chunk; 0 for a dilution. */
  readonly amount: bigint;
  /** The depth of the batch after the operation. */
  readonly depth: number;
  readonly totalPaidPlur: bigint;
  readonly block: number;
  readonly txHash: string;
}

export interface Balance {
  bzzPlur: bigint;
  xdaiWei: bigint;
}

export interface ChainParts {
  readonly chainId: number;
  readonly startBlock: number;
  readonly deployedAtBlock: number;
  readonly pricePlur: bigint;
  readonly nodeWallet: string;
  readonly random: Random;
}

export interface ForeignBatch {
  /** Hex without 0x. May be the node's own wallet (docs/bee.md#labels). Default: a new address. */
  readonly owner?: string;
  readonly amount: bigint;
  readonly depth: number;
  readonly immutable?: boolean;
}

const GAS_USED = {
  approve: 46_200,
  create: 300_000,
  topUp: 120_000,
  dilute: 110_000,
  expire: 90_000,
  nothing: 21_000,
};
const GAS_OF_REVERT = 60_000;

function throwIfRefused(reason: string | undefined): void {
  if (reason !== undefined) throw new Error(`the contract refuses: ${reason}`);
}
