// This folder is the port to the database, with a folder per database for its adapter, and one for the rows of both.
import type { AcquireOutcome, AcquireRequest, Acquisition } from '../domain/acquisition.ts';
import type { Change } from '../domain/change.ts';
import type { AwayBound, Holding, NodeRecord } from '../domain/node.ts';
import type { AbandonedOrder, OpenOrder, Order, OrderState } from '../domain/order.ts';
import type { FallbackRules } from '../domain/policy.ts';
import type { DepthCount, StockSnapshot } from '../domain/reserve.ts';
import type { AvailableStamp, LiveStamp, Stamp } from '../domain/stamp.ts';
import type { BatchId, Depth, NodeName, Plur } from '../domain/units.ts';
import type { AllocationStore } from './allocation-store.ts';
import type { CanaryStore } from './canary-store.ts';
import type { DueIncidentStore } from './due-incident-store.ts';
import type { HistoryStore } from './history-store.ts';
import type { LastKnownStore } from './last-known-store.ts';
import type { Lease, LeaseStore } from './lease-store.ts';
import type { Moment } from './moment.ts';
import type { OutboxStore } from './outbox-store.ts';
import type { Page, PageRequest } from './page.ts';
import type { ReplicaStore } from './replica-store.ts';
import type { TokenStore } from './token-store.ts';

/**
 * The port to the database. A method that writes has committed durably when its promise resolves, and has written nothing
 * when it rejects: with StoreFailedError if the database is at fault. It may have written everything if it rejects with
 * OutcomeUnknownError: the connection to a server was lost during a commit, and the server cannot be asked afterwards; or the
 * file was replaced during a commit, and may be put back.
 *
 * Commits that can change the stock are numbered: a revision is larger than that of every commit before it. Results may
 * arrive in another order than the commits, and numbers may be missing: see signals/levels.ts.
 *
 * All adapters are held to one suite: test/contracts/store.ts.
 */
export interface Store extends AsyncDisposable {
  readonly tokens: TokenStore;
  readonly history: HistoryStore;
  readonly lastKnown: LastKnownStore;
  readonly allocations: AllocationStore;
  readonly canaries: CanaryStore;
  readonly dueIncidents: DueIncidentStore;
  readonly outbox: OutboxStore;
  readonly leases: LeaseStore;
  readonly replicas: ReplicaStore;

  /**
   * Gives out at most one stamp per request, in the order of the requests, in one transaction: of the exact depth, else of
   * the smallest larger one that the fallback rules allow; among those the one that expires first and still meets the
   * promise, of another node than those of last resort if there is one. Counts the demand, and the usage of each quota on the
   * UTC day of the wall clock. A replay counts for neither, and a request that a quota refuses is not demand.
   */
  acquire(requests: readonly AcquireRequest[], moment: AcquireMoment): Promise<AcquireCommit>;

  /** Writes all changes in one transaction, or none. @throws IllegalTransitionError, LeaseLostError, AllocationChangedError */
  write(changes: readonly Change[], at: Date, condition?: WriteCondition): Promise<Commit>;

  /**
   * Calls `listener` after commits of other processes that can change the stock. Of a burst it may get only the newest; after
   * a lost connection it gets the newest. Disposing ends it. A database with one process has no such commits.
   */
  watchCommits(listener: (commit: Commit) => void): Disposable;

  /** Commits a write of the size of an acquisition. Rejects if an acquisition would fail. */
  probe(at: Date): Promise<void>;

  /** undefined if nothing was written about the node yet. Then its stock is given out; so is stock of a node without `observedAt`. */
  node(name: NodeName): Promise<NodeRecord | undefined>;
  /** By name. */
  nodes(): Promise<readonly NodeRecord[]>;
  /** What each node holds under its present address and under earlier ones; by name, the present address first. */
  holdings(at: Date): Promise<readonly Holding[]>;
  /** The stock of one node, counted at that moment. Costs the same for any size of the stock. */
  nodeStock(node: NodeName, moment: Moment): Promise<NodeStock>;
  /** A page of the live stamps of a node, in an order that does not change. */
  liveStamps(node: NodeName, page: StampPage): Promise<readonly LiveStamp[]>;
  /** The same of those that may change without time passing: not usable yet, not shown by the node, or withheld. */
  watchedStamps(node: NodeName, page: StampPage): Promise<readonly LiveStamp[]>;
  /**
   * Of the available stamps that their nodes show and that are not withheld, the pool keeps those that expire last. Of these,
   * the ones of this node that are due for a top-up.
   */
  dueStamps(node: NodeName, request: DueRequest): Promise<DueStamps>;
  /** The hashes of transactions that the node may still list as pending although they are superseded. */
  supersededTransactions(node: NodeName): Promise<readonly string[]>;
  /** Those of all nodes. */
  openOrders(): Promise<readonly OpenOrder[]>;
  /** By depth, when the first of the stamps that are propagating and not withheld entered the pool. */
  firstPropagating(): Promise<ReadonlyMap<Depth, Date>>;
  /** The nodes with a live stamp or an open order, by name. */
  stockedNodes(): Promise<readonly NodeName[]>;
  /** The stock of all nodes, counted at that moment. Costs the same for any size of the stock. */
  snapshot(moment: Moment): Promise<StockSnapshot>;
  /** How many stamps can be acquired at that moment, by depth. Has only depths with at least one. */
  levels(moment: Moment): Promise<ReadonlyMap<Depth, number>>;
  /** Those of these batches that are or were in the pool. */
  filterPooled(batchIds: readonly BatchId[]): Promise<ReadonlySet<BatchId>>;
  /** The purchases whose id is one of the labels, and those of `nodes` whose amount is one of the amounts; in any state. */
  purchasesMarked(nodes: readonly NodeName[], marks: readonly PurchaseMark[]): Promise<readonly Order[]>;
  /** The cost of all orders planned since then, except the rejected ones and those abandoned without a claim. */
  spentByNodeSince(node: NodeName, since: Date): Promise<Plur>;
  /** The lead times of the last purchases, at most 20, newest first. */
  leadTimesSeconds(): Promise<readonly number[]>;
  /** The demand since then, oldest hour first. */
  demandSince(since: Date): Promise<readonly Demand[]>;

  /** Without a bound, it is not withheld because its node is away. */
  stamp(batchId: BatchId, bound?: AwayBound): Promise<Stamp | undefined>;
  /** The stamps that can be acquired at that moment; the first to expire is first. @throws BadCursorError */
  availableStamps(page: AvailableStampsRequest, moment: Moment): Promise<Page<AvailableStamp>>;
  /** Newest first. @throws BadCursorError */
  orders(page: OrdersRequest): Promise<Page<Order>>;
  /** Newest first. @throws BadCursorError */
  acquisitions(page: AcquisitionsRequest): Promise<Page<Acquisition>>;
  /** Who has acquired the stamp; null: no one. */
  ownerOf(batchId: BatchId): Promise<string | null>;
}

/** The same, with the wall-clock time, which is recorded, and the rules for larger stamps. */
export interface AcquireMoment extends Moment {
  readonly wallClock: Date;
  readonly fallback: FallbackRules;
  /** Of a depth, stamps of these nodes are given out last: clients may not be able to upload with them. */
  readonly lastResortNodes: ReadonlySet<NodeName>;
}

/** A commit that can change the stock. */
export interface Commit {
  /** 0 if the connection was lost before it could be read: a later one reaches the listeners of `watchCommits`. */
  readonly revision: number;
}

/** What a write requires. It is checked in the transaction of the write. */
export interface WriteCondition {
  /** This lease has not ended. */
  readonly lease?: Lease;
  /** No order was planned and no batch adopted since the pool's stock with this number was read. */
  readonly allocation?: number;
}

/** What acquisitions committed: all of them in one commit. */
export interface AcquireCommit extends Commit {
  /** In the order of the requests. */
  readonly outcomes: readonly AcquireOutcome[];
}

/** What the node has shown of confirmed orders. Earlier failures no longer count. */
interface LastShown {
  /** The synced block at which it last showed a purchase; null if no purchase was shown yet. */
  readonly purchaseBlock: number | null;
  /** By batch with a top-up that is open or abandoned: the top-ups that were shown since the first of these was planned, oldest first. */
  readonly topUps: ReadonlyMap<BatchId, readonly ShownTopUp[]>;
}

/** A confirmed top-up. */
export interface ShownTopUp {
  readonly amount: Plur;
  /** The synced block of the node when it showed the top-up. */
  readonly atBlock: number;
}

/** The stock of one node, which its reconciler decides on. It has the stamps that orders are about; the others are counted. */
export interface NodeStock {
  /** Smallest first. */
  readonly depths: readonly DepthCount[];
  /** By depth, how many are propagating and not withheld. */
  readonly propagating: ReadonlyMap<Depth, number>;
  /** The live stamps with a top-up that is open or abandoned, by batch id. */
  readonly toppedUp: readonly LiveStamp[];
  readonly openOrders: readonly OpenOrder[];
  /** Abandoned, but still watched: they may be mined hours later. */
  readonly abandonedOrders: readonly AbandonedOrder[];
  readonly lastShown: LastShown;
}

/** The live stamps after this batch id, up to the limit. */
export interface StampPage {
  /** null: from the first one. */
  readonly after: BatchId | null;
  readonly limit: number;
}

/** Which available stamps of a depth are due for a top-up. */
export interface DueRequest {
  readonly depth: Depth;
  /** How many the pool keeps: those that expire last. */
  readonly keep: number;
  /** What is due on these nodes is not kept, because they top up nothing. */
  readonly drained: ReadonlySet<NodeName>;
  /** Due is a stamp that expires at `from` or later, and before `until`. */
  readonly from: Date;
  readonly until: Date;
  /** A stamp that expires before this has less than the promised time to live. */
  readonly promised: Date;
  readonly limit: number;
}

export interface DueStamps {
  /** The first to expire, at most `limit`. */
  readonly stamps: readonly AvailableStamp[];
  readonly count: number;
  /** Of these, how many have less than the promised time to live. */
  readonly belowPromise: number;
}

/** What a listed batch can have in common with a purchase. */
export interface PurchaseMark {
  readonly label: string | null;
  readonly amount: Plur;
}

export interface AvailableStampsRequest extends PageRequest {
  /** null: of all depths. */
  readonly depth: Depth | null;
  /** Only those of this node; null or absent: of all. */
  readonly node?: NodeName | null;
}

export interface OrdersRequest extends PageRequest {
  /** null: in any state. */
  readonly states: readonly OrderState[] | null;
}

export interface AcquisitionsRequest extends PageRequest {
  /** Only those of this caller; null or absent: of all. */
  readonly caller?: string | null;
}

/** Unmet demand is counted too: a reserve cannot be sized from the demand that it met. */
export const DEMAND_OUTCOMES = ['met', 'met_by_larger', 'exhausted'] as const;
export type DemandOutcome = (typeof DEMAND_OUTCOMES)[number];

export interface Demand {
  /** The start of the hour, UTC. */
  readonly hour: Date;
  readonly depth: Depth;
  readonly outcome: DemandOutcome;
  readonly count: number;
}

/** This service must not write to the file or server. The message says why, and what to do. */
export class StoreUnusableError extends Error {
  override readonly name = 'StoreUnusableError';
}

/** Another instance has locked the database. */
export class StoreInUseError extends StoreUnusableError {}

/**
 * The database failed to read or write (disk full, locked, damaged, unreachable). Nothing was written, unless it is an
 * OutcomeUnknownError. Its cause says why.
 */
export class StoreFailedError extends Error {
  override readonly name = 'StoreFailedError';
}

/** The database may have written everything or nothing, and cannot be asked at the moment. A file holds it, if it is put back. */
export class OutcomeUnknownError extends StoreFailedError {}

/** A cursor that did not come from a page of this store. */
export class BadCursorError extends Error {
  override readonly name = 'BadCursorError';
}

/** Disposing closes it, and what was opened with it. */
export interface OpenedStore extends AsyncDisposable {
  readonly store: Store;
}

/** What can be read without write access. */
export type ReadableStore = Pick<Store, 'nodes' | 'holdings'> & AsyncDisposable;
