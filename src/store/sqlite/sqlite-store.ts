import type Database from 'better-sqlite3';
import type { AcquireRequest, Acquisition } from '../../domain/acquisition.ts';
import type { Change } from '../../domain/change.ts';
import type { AwayBound, Holding, NodeRecord } from '../../domain/node.ts';
import type { OpenOrder, Order } from '../../domain/order.ts';
import type { StockSnapshot } from '../../domain/reserve.ts';
import type { AvailableStamp, LiveStamp, Stamp } from '../../domain/stamp.ts';
import {
  type BatchId,
  type Depth,
  type NodeName,
  type Plur,
  parseBatchId,
  parsePlur,
  plur,
} from '../../domain/units.ts';
import { holdingsOf } from '../holdings.ts';
import type { LastKnownStore } from '../last-known-store.ts';
import type { Moment } from '../moment.ts';
import type { OutboxStore } from '../outbox-store.ts';
import type { Page } from '../page.ts';
import { NO_REPLICAS, type ReplicaStore } from '../replica-store.ts';
import { demandFromRow, hourOf } from '../rows/demand-row.ts';
import { firstPropagatingIn } from '../rows/first-propagating.ts';
import { nodeFromRow } from '../rows/node-row.ts';
import { openOrderFromRow, orderFromRow } from '../rows/order-row.ts';
import { stampFromRow } from '../rows/stamp-row.ts';
import type {
  AcquireCommit,
  AcquireMoment,
  AcquisitionsRequest,
  AvailableStampsRequest,
  Commit,
  Demand,
  DueRequest,
  DueStamps,
  NodeStock,
  OrdersRequest,
  PurchaseMark,
  StampPage,
  Store,
  WriteCondition,
} from '../store.ts';
import type { TokenStore } from '../token-store.ts';
import { acquireAll } from './acquire.ts';
import { availablePage } from './available-page.ts';
import { dueStampsOf } from './due-stamps.ts';
import { GivingNodes, withheldNodes } from './giving-nodes.ts';
import { inTransaction, type Transact } from './in-transaction.ts';
import { askDatabase } from './map-errors.ts';
import type { OpenFiles } from './open-files.ts';
import { acquisitionsPage, ordersPage } from './pages.ts';
import { SqliteAllocationStore } from './sqlite-allocation-store.ts';
import { SqliteCanaryStore } from './sqlite-canary-store.ts';
import { SqliteDueIncidentStore } from './sqlite-due-incident-store.ts';
import { SqliteHistoryStore } from './sqlite-history-store.ts';
import { SqliteLastKnownStore } from './sqlite-last-known-store.ts';
import { SqliteLeaseStore } from './sqlite-lease-store.ts';
import { SqliteOutboxStore } from './sqlite-outbox-store.ts';
import { SqliteTokenStore } from './sqlite-token-store.ts';
import type { Statements } from './statements.ts';
import { StockCounts } from './stock-counts.ts';
import { countedAt, levelsAt, livePage, nodeStockOf, stockedNodes, watchedPage } from './stock-reads.ts';
import { type Tables, writeChange } from './write-change.ts';

interface Parts {
  readonly client: Database.Database;
  readonly statements: Statements;
  readonly newId: (at: Date) => string;
  readonly files: OpenFiles;
  /** What is released at the end: the database, then the lock. */
  readonly held: Disposable;
}

/** Waiting for another writer blocks the whole process, so a check waits less than an acquisition. */
const PROBE_BUSY_TIMEOUT_MS = 200;

/** The store in one SQLite file. Its methods work synchronously; the port makes them return promises. */
export class SqliteStore implements Store {
  readonly tokens: TokenStore;
  readonly history: SqliteHistoryStore;
  readonly lastKnown: LastKnownStore;
  readonly allocations: SqliteAllocationStore;
  readonly canaries: SqliteCanaryStore;
  readonly dueIncidents: SqliteDueIncidentStore;
  readonly leases: SqliteLeaseStore;
  readonly outbox: OutboxStore;
  readonly replicas: ReplicaStore = NO_REPLICAS;
  readonly #client: Database.Database;
  readonly #statements: Statements;
  readonly #tables: Tables;
  readonly #acquiring: Parameters<typeof acquireAll>[0];
  readonly #inTransaction: Transact;
  readonly #files: OpenFiles;
  readonly #held: Disposable;
  /** Counted in memory: only this process changes the stock. A rolled-back transaction leaves a gap. */
  #revision = 0;

  constructor({ client, statements, newId, files, held }: Parts) {
    const transact: Transact = (work) => this.#transact(work);
    this.tokens = new SqliteTokenStore(client, transact);
    this.lastKnown = new SqliteLastKnownStore(client, transact);
    this.canaries = new SqliteCanaryStore(client);
    this.dueIncidents = new SqliteDueIncidentStore(client);
    this.leases = new SqliteLeaseStore(client, transact);
    this.history = new SqliteHistoryStore(client, transact);
    this.outbox = new SqliteOutboxStore({ client, transact, newId });
    this.#client = client;
    this.#statements = statements;
    this.#tables = { statements, counts: new StockCounts(statements) };
    this.allocations = new SqliteAllocationStore(client, this.#tables);
    this.#acquiring = { ...this.#tables, nodes: new GivingNodes(statements), newId };
    this.#inTransaction = inTransaction(client);
    this.#files = files;
    this.#held = held;
  }

  async acquire(requests: readonly AcquireRequest[], moment: AcquireMoment): Promise<AcquireCommit> {
    return this.#commit(() => ({
      revision: ++this.#revision,
      outcomes: acquireAll(this.#acquiring, requests, moment),
    }));
  }

  async write(changes: readonly Change[], at: Date, condition: WriteCondition = {}): Promise<Commit> {
    const { lease, allocation } = condition;
    return this.#transact(() => {
      if (lease) this.leases.assertHeld(lease, at);
      if (allocation !== undefined) this.allocations.assertUnchanged(allocation);
      for (const change of changes) {
        writeChange(this.#tables, change, at);
        this.allocations.count(change);
        if (change.change === 'clockSet') this.leases.moveExpiries(change.byMs);
      }
      return { revision: ++this.#revision };
    });
  }

  /** One process per file. */
  watchCommits(): Disposable {
    return { [Symbol.dispose]: () => {} };
  }

  async probe(at: Date): Promise<void> {
    const usual = Number(this.#client.pragma('busy_timeout', { simple: true }));
    this.#client.pragma(`busy_timeout = ${PROBE_BUSY_TIMEOUT_MS}`);
    try {
      this.#transact(() => this.#statements.overwriteProbe.run({ at: at.getTime() }));
    } finally {
      this.#client.pragma(`busy_timeout = ${usual}`);
    }
  }

  async nodeStock(node: NodeName, moment: Moment): Promise<NodeStock> {
    this.#files.assertInPlace(); // the reconciler decides on this
    return askDatabase(() => nodeStockOf(this.#tables, node, moment));
  }

  async liveStamps(node: NodeName, page: StampPage): Promise<readonly LiveStamp[]> {
    return askDatabase(() => livePage(this.#statements, node, page));
  }

  async watchedStamps(node: NodeName, page: StampPage): Promise<readonly LiveStamp[]> {
    return askDatabase(() => watchedPage(this.#statements, node, page));
  }

  async dueStamps(node: NodeName, request: DueRequest): Promise<DueStamps> {
    return askDatabase(() => dueStampsOf(this.#tables, node, request));
  }

  async supersededTransactions(node: NodeName): Promise<readonly string[]> {
    return askDatabase(() => this.#statements.supersededTransactionsOf.all({ node })).map(({ hash }) => hash);
  }

  async openOrders(): Promise<readonly OpenOrder[]> {
    return askDatabase(() => this.#statements.openOrders.all({})).map(openOrderFromRow);
  }

  async firstPropagating(): Promise<ReadonlyMap<Depth, Date>> {
    return askDatabase(() => {
      const withheld = withheldNodes(this.#statements, null);
      return firstPropagatingIn(this.#statements.firstPropagating.all({}), withheld);
    });
  }

  async stockedNodes(): Promise<readonly NodeName[]> {
    return askDatabase(() => stockedNodes(this.#statements, this.#statements.openOrders.all({})));
  }

  async snapshot(moment: Moment): Promise<StockSnapshot> {
    const depths = askDatabase(() => countedAt(this.#tables, moment));
    return { revision: this.#revision, depths };
  }

  async levels(moment: Moment): Promise<ReadonlyMap<Depth, number>> {
    return askDatabase(() => levelsAt(this.#tables, moment));
  }

  async filterPooled(batchIds: readonly BatchId[]): Promise<ReadonlySet<BatchId>> {
    const rows = askDatabase(() => this.#statements.pooled.all({ batchIds: JSON.stringify(batchIds) }));
    return new Set(rows.map(({ batchId }) => parseBatchId(batchId)));
  }

  async purchasesMarked(of: readonly NodeName[], marks: readonly PurchaseMark[]): Promise<readonly Order[]> {
    const nodes = JSON.stringify(of);
    const labels = JSON.stringify(marks.map(({ label }) => label));
    const amounts = JSON.stringify(marks.map(({ amount }) => amount.toString()));
    return askDatabase(() => this.#statements.purchasesMarked.all({ nodes, labels, amounts })).map(
      orderFromRow,
    );
  }

  async spentByNodeSince(node: NodeName, since: Date): Promise<Plur> {
    const rows = askDatabase(() => this.#statements.costsSince.all({ node, sinceMs: since.getTime() }));
    return plur(rows.reduce((sum, { cost }) => sum + parsePlur(cost), 0n));
  }

  async node(name: NodeName): Promise<NodeRecord | undefined> {
    const row = askDatabase(() => this.#statements.node.get({ name }));
    return row && nodeFromRow(row);
  }

  async nodes(): Promise<readonly NodeRecord[]> {
    return askDatabase(() => this.#statements.nodes.all({})).map(nodeFromRow);
  }

  async holdings(at: Date): Promise<readonly Holding[]> {
    const { nodes, liveByAddress, openByAddress } = this.#statements;
    return askDatabase(() =>
      holdingsOf({
        nodes: nodes.all({}),
        liveStamps: liveByAddress.all({ atMs: at.getTime() }),
        openOrders: openByAddress.all({}),
      }),
    );
  }

  async leadTimesSeconds(): Promise<readonly number[]> {
    return askDatabase(() => this.#statements.leadTimes.all({})).map(({ ms }) => ms / 1000);
  }

  async demandSince(since: Date): Promise<readonly Demand[]> {
    const sinceMs = hourOf(since);
    return askDatabase(() => this.#statements.demandSince.all({ sinceMs })).map(demandFromRow);
  }

  async stamp(batchId: BatchId, bound: AwayBound | null = null): Promise<Stamp | undefined> {
    return askDatabase(() => {
      const row = this.#statements.stamp.get({ batchId });
      return row && stampFromRow(row, withheldNodes(this.#statements, bound));
    });
  }

  async availableStamps(page: AvailableStampsRequest, moment: Moment): Promise<Page<AvailableStamp>> {
    return askDatabase(() => availablePage(this.#statements, page, moment));
  }

  async orders(page: OrdersRequest): Promise<Page<Order>> {
    return askDatabase(() => ordersPage(this.#statements, page));
  }

  async ownerOf(batchId: BatchId): Promise<string | null> {
    return askDatabase(() => this.#statements.ownerOf.get({ batchId }))?.caller ?? null;
  }

  async acquisitions(page: AcquisitionsRequest): Promise<Page<Acquisition>> {
    return askDatabase(() => acquisitionsPage(this.#statements, page));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#held[Symbol.dispose]();
  }

  /** A transaction that may change anything. */
  #transact<Result>(work: () => Result): Result {
    try {
      return this.#commit(work);
    } finally {
      this.#acquiring.nodes.forget();
    }
  }

  #commit<Result>(work: () => Result): Result {
    this.#files.assertInPlace(); // write nothing to a file that a restart would not find
    try {
      const result = askDatabase(() => this.#inTransaction(work));
      this.#files.assertHoldsCommits(); // if the file was replaced meanwhile, do not acknowledge the commit
      return result;
    } catch (error) {
      this.#tables.counts.forget();
      throw error;
    }
  }
}
