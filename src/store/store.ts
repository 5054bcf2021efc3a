import type { AcquireOutcome, AcquireRequest, Acquisition } from '../domain/acquisition.ts';
import type { Change } from '../domain/change.ts';
import type { Holding, NodeRecord } from '../domain/node.ts';
import type { AbandonedOrder, OpenOrder, Order, OrderState } from '../domain/order.ts';
import type { FallbackRules } from '../domain/policy.ts';
import type { Stock, StockSnapshot } from '../domain/reserve.ts';
import type { LiveStamp, Stamp } from '../domain/stamp.ts';
import type { BatchId, Depth, NodeName, Plur } from '../domain/units.ts';
import type { TokenStore } from './token-store.ts';

/** At what moment, and with what promise, stamps are given out or counted. */
export interface Moment {
  /** What expiries are compared with; not always what the wall clock says. */
  readonly at: Date;
  readonly promisedTtlSeconds: number;
}

/** The same, with what the wall clock says, which is recorded, and which larger stamps may be given. */
export interface AcquireMoment extends Moment {
  readonly wallClock: Date;
  readonly fallback: FallbackRules;
}

/** What acquisitions committed: all of them in one commit. */
export interface AcquireCommit {
  readonly revision: number;
  /** In the order of the requests. */
  readonly outcomes: readonly AcquireOutcome[];
}

/** The synced blocks at which the node last showed what it had been paid for: failures before that no longer count. */
interface LastShown {
  /** null: no purchase yet. */
  readonly purchaseBlock: number | null;
  /** By live stamp; none when it was never topped up. */
  readonly topUpBlocks: ReadonlyMap<BatchId, number>;
}

/** What the reconciler of one node decides on. */
export interface NodeStock {
  readonly stamps: readonly LiveStamp[];
  readonly openOrders: readonly OpenOrder[];
  /** Given up, but watched for: they may be mined hours later. */
  readonly abandonedOrders: readonly AbandonedOrder[];
  readonly lastShown: LastShown;
}

/** What a listed batch may have in common with a purchase. */
export interface PurchaseMark {
  readonly label: string | null;
  readonly amount: Plur;
}

export interface PageRequest {
  readonly first: number;
  /** Opaque: an `endCursor` of an earlier page. */
  readonly after: string | null;
}

export interface AcquisitionsRequest extends PageRequest {
  /** Only those of this caller; null or absent: of all. */
  readonly caller?: string | null;
}

export interface Page<Item> {
  readonly items: readonly { readonly item: Item; readonly cursor: string }[];
  readonly hasNextPage: boolean;
}

/** Refused demand is kept too: a reserve cannot be sized from the demand that it happened to meet. */
export type DemandOutcome = 'met' | 'met_by_larger' | 'exhausted';

export interface Demand {
  /** The hour it fell in, UTC. */
  readonly hour: Date;
  readonly depth: Depth;
  readonly outcome: DemandOutcome;
  readonly count: number;
}

/** The file or server is not one that this service may write to; the message says why and what to do. */
export class StoreUnusableError extends Error {
  override readonly name = 'StoreUnusableError';
}

/** Another instance has locked the database. */
export class StoreInUseError extends StoreUnusableError {}

/** The database did not take a read or a write (disk full, locked, broken); nothing was written. The cause says why. */
export class StoreFailedError extends Error {
  override readonly name = 'StoreFailedError';
}

/** A cursor that no page of this store handed out. */
export class BadCursorError extends Error {
  override readonly name = 'BadCursorError';
}

/**
 * What is on disk. Commits that can change the stock are numbered: a revision is larger than that of every commit
 * before it. Answers may arrive in another order than the commits, and numbers may be missing: see signals/levels.ts.
 * Every method that writes has committed, durably, when its promise resolves, and has written
 * nothing when it rejects: with StoreFailedError when the database is at fault. One suite holds every adapter to this: test/contracts/store.ts.
 */
export interface Store extends AsyncDisposable {
  readonly tokens: TokenStore;

  /**
   * Hands out at most one stamp per request, in the given order, in one transaction: the exact depth first, else the
   * smallest larger one that the rules for a fallback allow; among equals the one that expires first and still keeps the promise. Counts the demand, and what
   * each quota has given on the UTC day of the wall clock; a replay counts nothing, and what a quota refuses is no demand.
   */
  acquire(requests: readonly AcquireRequest[], moment: AcquireMoment): Promise<AcquireCommit>;

  /** Carries out all changes in one transaction, or none; resolves to the stock after it. @throws IllegalTransitionError */
  write(changes: readonly Change[], at: Date): Promise<StockSnapshot>;

  /** Makes a write of the size of an acquisition, and commits it: rejects when an acquisition would fail, too. */
  probe(at: Date): Promise<void>;

  /** undefined: nothing has been written about it yet, and its stock, if there is any, is given out. */
  node(name: NodeName): Promise<NodeRecord | undefined>;
  /** By name. */
  nodes(): Promise<readonly NodeRecord[]>;
  /** What each node holds, and what it held under other addresses before; by name, the present address first. */
  holdings(at: Date): Promise<readonly Holding[]>;
  /** What of `node` is not over. */
  nodeStock(node: NodeName): Promise<NodeStock>;
  /** The hashes of transactions that the node may go on listing although they are over. */
  overTransactions(node: NodeName): Promise<readonly string[]>;
  /** All live stamps and open orders, whatever the node. */
  stock(): Promise<Stock>;
  /** The same, and the last commit that it includes. */
  snapshot(): Promise<StockSnapshot>;
  /** How many may be acquired at that moment, by depth; only depths with at least one. */
  levels(moment: Moment): Promise<ReadonlyMap<Depth, number>>;
  /** Which of these the pool has ever had. */
  known(batchIds: readonly BatchId[]): Promise<ReadonlySet<BatchId>>;
  /** The purchases of `node`, whatever became of them, whose id is one of the labels or whose amount is one of the amounts. */
  purchasesMarked(node: NodeName, marks: readonly PurchaseMark[]): Promise<readonly Order[]>;
  /** The cost of all orders planned since then that were not rejected, nor abandoned without a claim of Bee's. */
  spentSince(node: NodeName, since: Date): Promise<Plur>;
  /** Seconds from deciding to buy until available, of the last purchases (at most 20), newest first. */
  leadTimesSeconds(): Promise<readonly number[]>;
  /** Demand since then, oldest hour first. */
  demandSince(since: Date): Promise<readonly Demand[]>;

  stamp(batchId: BatchId): Promise<Stamp | undefined>;
  /** Those that may be acquired at that moment; the soonest to expire first. @throws BadCursorError */
  availableStamps(
    page: PageRequest & { readonly depth: Depth | null },
    moment: Moment,
  ): Promise<Page<Extract<Stamp, { state: 'available' }>>>;
  /** Newest first. @throws BadCursorError */
  orders(page: PageRequest & { readonly states: readonly OrderState[] | null }): Promise<Page<Order>>;
  /** Newest first. @throws BadCursorError */
  acquisitions(page: AcquisitionsRequest): Promise<Page<Acquisition>>;
  /** Who has acquired the stamp; null: no one. */
  ownerOf(batchId: BatchId): Promise<string | null>;
}
