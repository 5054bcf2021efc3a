import { BatchStore } from './batch-store.ts';
import type { Chain } from './chain.ts';
import { ConnectionReset } from './connection.ts';
import type { Jobs } from './coroutines.ts';
import type { Faults } from './faults.ts';
import type { Issuer } from './issuers.ts';
import { Issuers } from './issuers.ts';
import type { ChainEvent } from './postage-stamp.ts';
import type { Rpc } from './rpc.ts';
import type { Transactions } from './transactions.ts';
import type { VersionTraits } from './versions.ts';

/** down: refuses connections; starting: "Node is syncing"; syncing: /stamps answers 503. docs/bee.md#restart */
export type Phase = 'down' | 'starting' | 'syncing' | 'up';

export interface Restart {
  readonly downBlocks?: number;
  readonly startingBlocks?: number;
  readonly syncingBlocks?: number;
  /** SIGKILL: nothing is saved on the way out. */
  readonly killed?: boolean;
  /** It died in the middle of an event: the batch store is rebuilt from the chain. */
  readonly dirty?: boolean;
}

export interface Resync {
  /** How many blocks it takes to catch up (default 10): until then batches are missing, with 200. */
  readonly blocks?: number;
  /** Without them all batches come back as recovered. */
  readonly keepStampers?: boolean;
  readonly downBlocks?: number;
  /** So many requests (default 3) meet the old block, and 503 on /stamps: a real node needs some 30 ms to forget. */
  readonly staleRequests?: number;
}

export interface NodeParts {
  readonly chain: Chain;
  readonly faults: Faults;
  readonly rpc: Rpc;
  readonly jobs: Jobs;
  readonly transactions: Transactions;
  readonly traits: VersionTraits;
  readonly firstBlock: number;
  readonly stallExitBlocks: number;
}

/** The listener stays this far behind the tip and moves in such steps: docs/bee.md#visibility */
const TAIL_BLOCKS = 4;
const STEP_BLOCKS = 5;
/** A node that reads the chain again is this far behind at least until it has read it all. */
const FAR_BEHIND_BLOCKS = 30;
/** An issuer may stamp when the node is this far past the block of its batch. */
const USABLE_AFTER_BLOCKS = 10;

export class BeeNode {
  readonly store: BatchStore;
  readonly issuers: Issuers;
  readonly #parts: NodeParts;
  #operating = false;
  #stopped = false;
  #downUntil: number;
  #startingUntil: number;
  #syncingUntil: number;
  /** Started with --resync, and has not forgotten yet what it knew. */
  #beforeResync: (Required<Omit<Resync, 'downBlocks'>> & { requestsLeft: number }) | undefined;
  #catchUp: { readonly from: number; readonly blocks: number } | undefined;
  #progressAt: number;
  #wasReachable = true;
  #onReachable: (isReachable: boolean) => void = () => {};

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
    return tip < this.#syncingUntil || this.#beforeResync ? 'syncing' : 'up';
  }

  /** Called when the node begins or ceases to refuse connections. */
  onReachable(listener: (isReachable: boolean) => void): void {
    this.#onReachable = listener;
  }

  /** The one-operation semaphore of Bee: false when somebody holds it. docs/bee.md#semaphore */
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

  restart(how: Restart = {}): void {
    const { downBlocks = 1, startingBlocks = 1, syncingBlocks = 1, killed = false, dirty = false } = how;
    this.#end(killed);
    if (dirty) this.store.clear();
    this.#stopped = false;
    this.#downUntil = this.#parts.chain.tip + downBlocks;
    this.#startingUntil = this.#downUntil + startingBlocks;
    this.#syncingUntil = this.#startingUntil + syncingBlocks;
    this.#tellReachable();
  }

  /** Bee started with --resync: soon answers 200, while it reads the chain again. docs/bee.md#restart */
  resync({ blocks = 10, keepStampers = true, downBlocks = 1, staleRequests = 3 }: Resync = {}): void {
    this.#end(false);
    this.#stopped = false;
    this.#downUntil = this.#parts.chain.tip + downBlocks;
    this.#startingUntil = this.#syncingUntil = this.#downUntil;
    this.#beforeResync = { blocks, keepStampers, staleRequests, requestsLeft: staleRequests };
    if (downBlocks + staleRequests === 0) this.#readAnew();
    this.#tellReachable();
  }

  shutdown(): void {
    this.#end(false);
    this.#stopped = true;
    this.#tellReachable();
  }

  /** After shutdown(); the start takes as long as that of restart(). */
  start(how: Omit<Restart, 'downBlocks' | 'killed'> = {}): void {
    this.restart({ ...how, downBlocks: 0 });
  }

  /** Before each request that reaches it. */
  onRequest(): void {
    const resync = this.#beforeResync;
    if (resync === undefined) return;
    if (resync.requestsLeft > 0) resync.requestsLeft -= 1;
    else this.#readAnew();
  }

  /** After the chain has mined. */
  onBlock(): void {
    this.#tellReachable();
  }

  /** The listener reads on. One block late after a start, as Bee does. */
  readChain(): void {
    const { chain, rpc, stallExitBlocks } = this.#parts;
    if (this.#beforeResync && this.phase !== 'down') this.#readAnew();
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
    return Math.max(firstBlock, Math.min(read, chain.tip - FAR_BEHIND_BLOCKS));
  }

  #readAnew(): void {
    const resync = this.#beforeResync;
    if (resync === undefined) return;
    this.#beforeResync = undefined;
    this.store.clear();
    if (!resync.keepStampers) this.issuers.clear();
    this.#catchUp = { from: this.#parts.chain.tip, blocks: resync.blocks };
    if (this.#parts.rpc.answers()) this.store.syncTo(this.#target());
  }

  #tellReachable(): void {
    const isReachable = this.phase !== 'down';
    if (isReachable === this.#wasReachable) return;
    this.#wasReachable = isReachable;
    this.#onReachable(isReachable);
  }

  #end(killed: boolean): void {
    const { jobs, transactions, traits, chain } = this.#parts;
    jobs.cutAll(() => new ConnectionReset());
    this.#operating = false;
    transactions.forgetStale();
    this.issuers.reload(traits.savesIssuersAtShutdown && !killed);
    this.#catchUp = undefined;
    this.#beforeResync = undefined;
    this.#progressAt = chain.tip;
  }
}
