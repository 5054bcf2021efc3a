import { BatchStore } from './batch-store.ts';
import type { Chain } from './chain.ts';
import { ConnectionReset } from './connection.ts';
import type { Coroutines } from './coroutines.ts';
import type { Faults } from './faults.ts';
import { type Issuer, Issuers } from './issuers.ts';
import type { ChainEvent } from './postage-stamp.ts';
import type { Rpc } from './rpc.ts';
import type { Transactions } from './transactions.ts';
import type { VersionTraits } from './versions.ts';

/** The listener stays this far behind the tip, and advances in steps of this size: docs/bee.md#visibility */
const TAIL_BLOCKS = 4;
const STEP_BLOCKS = 5;
/** During a resync the node is at least this far behind. */
const MIN_RESYNC_LAG_BLOCKS = 30;
/** A batch is usable when the node is this many blocks past its block. */
const USABLE_AFTER_BLOCKS = 10;

/** The state of the Bee process: its batch store, its issuers, its phase and its semaphore. */
export class BeeNode {
  readonly store: BatchStore;
  readonly issuers: Issuers;
  readonly #parts: NodeParts;
  #operating = false;
  #stopped = false;
  #downUntil: number;
  #startingUntil: number;
  #syncingUntil: number;
  /** Set from a start with --resync until the node deletes its batch store. */
  #pendingResync: (Required<Omit<Resync, 'downBlocks'>> & { requestsLeft: number }) | undefined;
  #catchUp: { readonly from: number; readonly blocks: number } | undefined;
  #progressAt: number;
  #wasReachable = true;
  #onReachableChange: (isReachable: boolean) => void = () => {};

  constructor(parts: NodeParts) {
    const { chain, faults, firstBlock } = parts;
    this.#parts = parts;
    this.issuers = new Issuers(chain.nodeWallet);
    this.store = new BatchStore(chain.contract.events, {
      listener: this.issuers,
      firstBlock,
      misses: (event) => this.#isOfOwnBatch(event) && faults.misses(event.kind),
    });
    this.#downUntil = this.#startingUntil = this.#syncingUntil = this.#progressAt = chain.tip;
    this.store.syncTo(this.#target());
  }

  get phase(): Phase {
    const { tip } = this.#parts.chain;
    if (this.#stopped || tip < this.#downUntil) return 'down';
    if (tip < this.#startingUntil) return 'starting';
    return tip < this.#syncingUntil || this.#pendingResync ? 'syncing' : 'up';
  }

  /** Calls `listener` when the node starts or stops refusing connections. */
  onReachableChange(listener: (isReachable: boolean) => void): void {
    this.#onReachableChange = listener;
  }

  /** Takes the semaphore that allows one on-chain operation at a time. False if it is taken. docs/bee.md#semaphore */
  tryOperate(): boolean {
    if (this.#operating) return false;
    this.#operating = true;
    return true;
  }

  endOperation(): void {
    this.#operating = false;
  }

  usable(issuer: Issuer): boolean {
    return this.store.block - issuer.blockNumber >= USABLE_AFTER_BLOCKS;
  }

  setUtilization(batchId: string, utilization: number): void {
    const issuer = this.issuers.get(batchId);
    if (issuer === undefined) throw new Error(`the node has no issuer for ${batchId}`);
    issuer.utilization = utilization;
  }

  restart(options: Restart = {}): void {
    const { downBlocks = 1, startingBlocks = 1, syncingBlocks = 1, killed = false, dirty = false } = options;
    this.#end(killed);
    if (dirty) this.store.clear();
    this.#stopped = false;
    this.#downUntil = this.#parts.chain.tip + downBlocks;
    this.#startingUntil = this.#downUntil + startingBlocks;
    this.#syncingUntil = this.#startingUntil + syncingBlocks;
    this.#notifyReachable();
  }

  /** Restarts Bee with --resync: it answers 200 soon, while it reads the chain again. docs/bee.md#restart */
  resync({ blocks = 10, keepStampers = true, downBlocks = 1, staleRequests = 3 }: Resync = {}): void {
    this.#end(false);
    this.#stopped = false;
    this.#downUntil = this.#parts.chain.tip + downBlocks;
    this.#startingUntil = this.#syncingUntil = this.#downUntil;
    this.#pendingResync = { blocks, keepStampers, staleRequests, requestsLeft: staleRequests };
    if (downBlocks + staleRequests === 0) this.#startResync();
    this.#notifyReachable();
  }

  shutdown(): void {
    this.#end(false);
    this.#stopped = true;
    this.#notifyReachable();
  }

  /** Starts the node after shutdown(). The start takes as long as that of restart(). */
  start(options: Omit<Restart, 'downBlocks' | 'killed'> = {}): void {
    this.restart({ ...options, downBlocks: 0 });
  }

  /** Called before each request that reaches the node. */
  onRequest(): void {
    const resync = this.#pendingResync;
    if (resync === undefined) return;
    if (resync.requestsLeft > 0) resync.requestsLeft -= 1;
    else this.#startResync();
  }

  /** Called after a block is mined. */
  onBlock(): void {
    this.#notifyReachable();
  }

  /** Advances the listener. As in Bee, it begins one block after a start. */
  readChain(): void {
    const { chain, rpc, stallExitBlocks } = this.#parts;
    if (this.#pendingResync && this.phase !== 'down') this.#startResync();
    if (this.#stopped || chain.tip <= this.#syncingUntil) return;
    if (rpc.answers()) {
      this.#progressAt = chain.tip;
      this.store.syncTo(this.#target());
    } else if (stallExitBlocks > 0 && chain.tip - this.#progressAt >= stallExitBlocks) this.shutdown();
  }

  #isOfOwnBatch(event: ChainEvent): event is Exclude<ChainEvent, { kind: 'price' }> {
    if (event.kind === 'price') return false;
    return event.kind === 'create'
      ? event.batch.owner === this.#parts.chain.nodeWallet
      : this.issuers.get(event.batchId) !== undefined;
  }

  #target(): number {
    const { chain, faults, firstBlock } = this.#parts;
    const lag = faults.get('blockLag');
    const behind = TAIL_BLOCKS + (lag ? (lag.blocks ?? 20) : 0);
    const target = Math.floor((chain.tip - behind) / STEP_BLOCKS) * STEP_BLOCKS;
    if (this.#catchUp === undefined) return target;
    const { from, blocks } = this.#catchUp;
    if (chain.tip >= from + blocks) {
      this.#catchUp = undefined;
      return target;
    }
    const first = chain.contract.events.find(({ kind }) => kind === 'create')?.block ?? firstBlock;
    const read = first + Math.floor(((target - first) * (chain.tip - from + 1)) / (blocks + 1));
    return Math.max(firstBlock, Math.min(read, chain.tip - MIN_RESYNC_LAG_BLOCKS));
  }

  #startResync(): void {
    const resync = this.#pendingResync;
    if (resync === undefined) return;
    this.#pendingResync = undefined;
    this.store.clear();
    if (!resync.keepStampers) this.issuers.clear();
    this.#catchUp = { from: this.#parts.chain.tip, blocks: resync.blocks };
    if (this.#parts.rpc.answers()) this.store.syncTo(this.#target());
  }

  #notifyReachable(): void {
    const isReachable = this.phase !== 'down';
    if (isReachable === this.#wasReachable) return;
    this.#wasReachable = isReachable;
    this.#onReachableChange(isReachable);
  }

  #end(killed: boolean): void {
    const { coroutines, transactions, traits, chain } = this.#parts;
    coroutines.failAll(() => new ConnectionReset());
    this.#operating = false;
    transactions.forgetStale();
    this.issuers.reload(traits.savesIssuersAtShutdown && !killed);
    this.#catchUp = undefined;
    this.#pendingResync = undefined;
    this.#progressAt = chain.tip;
  }
}

/** down: refuses connections; starting: answers "Node is syncing"; syncing: /stamps answers 503. docs/bee.md#restart */
export type Phase = 'down' | 'starting' | 'syncing' | 'up';

export interface Restart {
  readonly downBlocks?: number;
  readonly startingBlocks?: number;
  readonly syncingBlocks?: number;
  /** The node ends by SIGKILL, and saves nothing. */
  readonly killed?: boolean;
  /** The node ended while it handled an event. It rebuilds the batch store from the chain. */
  readonly dirty?: boolean;
}

export interface Resync {
  /** The number of blocks until the node has caught up (default 10). Until then it answers 200 without some batches. */
  readonly blocks?: number;
  /** If false, all batches are listed as recovered. */
  readonly keepStampers?: boolean;
  readonly downBlocks?: number;
  /** This many requests (default 3) see the old block, and 503 on /stamps: a real node deletes its store after about 30 ms. */
  readonly staleRequests?: number;
}

export interface NodeParts {
  readonly chain: Chain;
  readonly faults: Faults;
  readonly rpc: Rpc;
  readonly coroutines: Coroutines;
  readonly transactions: Transactions;
  readonly traits: VersionTraits;
  readonly firstBlock: number;
  readonly stallExitBlocks: number;
}
