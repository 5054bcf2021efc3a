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
} from '../../domain/units.ts';
import { holdingsOf } from '../holdings.ts';
import type { Moment } from '../moment.ts';
import type { Page } from '../page.ts';
import { demandFromRow, hourOf } from '../rows/demand-row.ts';
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
import { acquireAll } from './acquire.ts';
import { overwriteProbe } from './change-statements.ts';
import { numberCommit } from './commit-statements.ts';
import type { Database } from './database.ts';
import { dueStampsOf } from './due-stamps.ts';
import type { Notifications } from './notifications.ts';
import { ownerOfBatch } from './page-statements.ts';
import { availablePage, pageOfAcquisitions, pageOfOrders } from './pages.ts';
import { allocate, PostgresAllocationStore } from './postgres-allocation-store.ts';
import { PostgresCanaryStore } from './postgres-canary-store.ts';
import { PostgresDueIncidentStore } from './postgres-due-incident-store.ts';
import { PostgresHistoryStore } from './postgres-history-store.ts';
import { PostgresLastKnownStore } from './postgres-last-known-store.ts';
import { assertHeld, PostgresLeaseStore } from './postgres-lease-store.ts';
import { PostgresOutboxStore } from './postgres-outbox-store.ts';
import { PostgresReplicaStore } from './postgres-replica-store.ts';
import { PostgresTokenStore } from './postgres-token-store.ts';
import {
  allNodes,
  costSince,
  demandSince,
  leadTimes,
  liveByAddress,
  liveNodes,
  livePage,
  nodeByName,
  openByAddress,
  openOrders,
  pooled,
  purchasesMarked,
  stampById,
  supersededTransactionsOf,
  watchedPage,
} from './read-statements.ts';
import { SeenCommits } from './seen-commits.ts';
import {
  firstPropagatingOf,
  levelsAt,
  newestRevision,
  nodeStockOf,
  snapshotAt,
  stampsOfPage,
  stockedIn,
} from './stock-reads.ts';
import type { Times } from './times.ts';
import type { Transaction } from './transaction.ts';
import { withheldNodes } from './withheld-nodes.ts';
import { within } from './within.ts';
import { writeChanges } from './write-changes.ts';

interface PostgresStoreParts {
  readonly database: Database;
  readonly notifications: Notifications;
  /** What this process is called in its notifications. */
  readonly from: string;
  readonly times: Pick<Times, 'acquireMs'>;
  /** Makes the ids of acquisitions and deliveries. */
  readonly newId: (at: Date) => string;
}

const PROBE_TIMEOUT_MS = 2_000;

/** The store in a PostgreSQL database, which other processes may use, too. */
export class PostgresStore implements Store {
  readonly tokens: PostgresTokenStore;
  readonly history: PostgresHistoryStore;
  readonly lastKnown: PostgresLastKnownStore;
  readonly allocations: PostgresAllocationStore;
  readonly canaries: PostgresCanaryStore;
  readonly dueIncidents: PostgresDueIncidentStore;
  readonly outbox: PostgresOutboxStore;
  readonly leases: PostgresLeaseStore;
  readonly replicas: PostgresReplicaStore;
  readonly #parts: PostgresStoreParts;
  readonly #seen = new SeenCommits();
  /** One after another: each may have many requests, and its time limit begins with it. */
  #acquired: Promise<unknown> = Promise.resolve();

  constructor(parts: PostgresStoreParts) {
    const { database, notifications, from, newId } = parts;
    this.tokens = new PostgresTokenStore(database);
    this.history = new PostgresHistoryStore(database);
    this.lastKnown = new PostgresLastKnownStore(database);
    this.allocations = new PostgresAllocationStore(database);
    this.canaries = new PostgresCanaryStore(database);
    this.dueIncidents = new PostgresDueIncidentStore(database);
    this.outbox = new PostgresOutboxStore(database, newId);
    this.leases = new PostgresLeaseStore(database);
    this.replicas = new PostgresReplicaStore({ database, notifications, from });
    this.#parts = parts;
  }

  async acquire(requests: readonly AcquireRequest[], moment: AcquireMoment): Promise<AcquireCommit> {
    const { database, newId, from, times } = this.#parts;
    const acquired = this.#acquired.then(() =>
      within(times.acquireMs, async (limit) => {
        const acquiring = { moment, newId, from, limit, seen: this.#seen };
        const { outcomes, revision } = await acquireAll(database, requests, acquiring);
        return { outcomes, revision: await this.#numberOf(revision) };
      }),
    );
    this.#acquired = acquired.catch(() => undefined);
    return await acquired;
  }

  async write(changes: readonly Change[], at: Date, condition: WriteCondition = {}): Promise<Commit> {
    const { database, from } = this.#parts;
    const { revision: ofCommit } = await database.transact(async (transaction) => {
      await this.#seen.assertIncludedBy(transaction);
      if (condition.lease) await assertHeld(transaction, condition.lease);
      await allocate(transaction, changes, condition.allocation);
      const moves = await writeChanges(transaction, changes, at);
      return { revision: numberCommit(transaction, { moves, demand: [], from }) };
    });
    return { revision: await this.#numberOf(ofCommit) };
  }

  watchCommits(listener: (commit: Commit) => void): Disposable {
    return this.#parts.notifications.watch((received) => {
      if (received.is !== 'commit') return;
      this.#seen.add(received.revision);
      listener({ revision: received.revision });
    });
  }

  async probe(at: Date): Promise<void> {
    const probe = async (transaction: Transaction): Promise<void> => {
      await this.#seen.assertIncludedBy(transaction);
      await overwriteProbe(transaction, { at: at.getTime() });
    };
    await within(PROBE_TIMEOUT_MS, (limit) => this.#database.transact(probe, limit));
  }

  async node(name: NodeName): Promise<NodeRecord | undefined> {
    const [row] = await nodeByName(this.#database, { name });
    return row && nodeFromRow(row);
  }

  async nodes(): Promise<readonly NodeRecord[]> {
    return (await allNodes(this.#database, {})).map(nodeFromRow);
  }

  async holdings(at: Date): Promise<readonly Holding[]> {
    return await this.#database.read(async (on) => {
      const [nodes, liveStamps, open] = await Promise.all([
        allNodes(on, {}),
        liveByAddress(on, { atMs: at.getTime() }),
        openByAddress(on, {}),
      ]);
      return holdingsOf({ nodes, liveStamps, openOrders: open });
    });
  }

  async nodeStock(node: NodeName, moment: Moment): Promise<NodeStock> {
    return await this.#database.read((on) => nodeStockOf(on, node, moment));
  }

  async liveStamps(node: NodeName, page: StampPage): Promise<readonly LiveStamp[]> {
    return await this.#database.read((on) => stampsOfPage(on, livePage, { node, page }));
  }

  async watchedStamps(node: NodeName, page: StampPage): Promise<readonly LiveStamp[]> {
    return await this.#database.read((on) => stampsOfPage(on, watchedPage, { node, page }));
  }

  async dueStamps(node: NodeName, request: DueRequest): Promise<DueStamps> {
    return await this.#database.read((on) => dueStampsOf(on, node, request));
  }

  async supersededTransactions(node: NodeName): Promise<readonly string[]> {
    return (await supersededTransactionsOf(this.#database, { node })).map(({ hash }) => hash);
  }

  async openOrders(): Promise<readonly OpenOrder[]> {
    return (await openOrders(this.#database, {})).map(openOrderFromRow);
  }

  async firstPropagating(): Promise<ReadonlyMap<Depth, Date>> {
    return await this.#database.read(firstPropagatingOf);
  }

  async stockedNodes(): Promise<readonly NodeName[]> {
    const stocked = await this.#database.read((on) => Promise.all([liveNodes(on, {}), openOrders(on, {})]));
    return stockedIn(stocked.flat());
  }

  async snapshot(moment: Moment): Promise<StockSnapshot> {
    const snapshot = await this.#database.read((on) => snapshotAt(on, moment));
    this.#seen.add(snapshot.revision);
    return snapshot;
  }

  async levels(moment: Moment): Promise<ReadonlyMap<Depth, number>> {
    return await this.#database.read((on) => levelsAt(on, moment));
  }

  async filterPooled(batchIds: readonly BatchId[]): Promise<ReadonlySet<BatchId>> {
    const rows = await pooled(this.#database, { batchIds });
    return new Set(rows.map(({ batchId }) => parseBatchId(batchId)));
  }

  async purchasesMarked(
    nodes: readonly NodeName[],
    marks: readonly PurchaseMark[],
  ): Promise<readonly Order[]> {
    const labels = marks.map(({ label }) => label);
    const amounts = marks.map(({ amount }) => amount.toString());
    return (await purchasesMarked(this.#database, { nodes, labels, amounts })).map(orderFromRow);
  }

  async spentByNodeSince(node: NodeName, since: Date): Promise<Plur> {
    const [row] = await costSince(this.#database, { node, sinceMs: since.getTime() });
    return parsePlur(row?.cost ?? '0');
  }

  async leadTimesSeconds(): Promise<readonly number[]> {
    return (await leadTimes(this.#database, {})).map(({ ms }) => ms / 1000);
  }

  async demandSince(since: Date): Promise<readonly Demand[]> {
    return (await demandSince(this.#database, { sinceMs: hourOf(since) })).map(demandFromRow);
  }

  async stamp(batchId: BatchId, bound: AwayBound | null = null): Promise<Stamp | undefined> {
    return await this.#database.read(async (on) => {
      const [[row], withheld] = await Promise.all([stampById(on, { batchId }), withheldNodes(on, bound)]);
      return row && stampFromRow(row, withheld);
    });
  }

  async availableStamps(page: AvailableStampsRequest, moment: Moment): Promise<Page<AvailableStamp>> {
    return await this.#database.read((on) => availablePage(on, page, moment));
  }

  async orders(page: OrdersRequest): Promise<Page<Order>> {
    return await pageOfOrders(this.#database, page);
  }

  async acquisitions(page: AcquisitionsRequest): Promise<Page<Acquisition>> {
    return await pageOfAcquisitions(this.#database, page);
  }

  async ownerOf(batchId: BatchId): Promise<string | null> {
    return (await ownerOfBatch(this.#database, { batchId }))[0]?.caller ?? null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.notifications[Symbol.asyncDispose]();
    await this.#database[Symbol.asyncDispose]();
  }

  /**
   * Of a commit whose answer was lost, the number of a later one: what is published with it is at least as new. If that
   * cannot be read either, 0: the commit has happened all the same. Notifications bring its number within their heartbeat.
   */
  async #numberOf(ofCommit: Promise<number>): Promise<number> {
    return this.#seen.add(await ofCommit.catch(() => newestRevision(this.#database)).catch(() => 0));
  }

  get #database(): Database {
    return this.#parts.database;
  }
}
