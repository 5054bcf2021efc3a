import type Database from 'better-sqlite3';
import { Violation } from './violation.ts';

/** The rows on disk, read by the checker's own SQL. Money in PLUR, times in milliseconds of the wall clock. */
export interface DiskStamp {
  readonly batchId: string;
  readonly depth: number;
  readonly amount: string;
  readonly cost: string;
  readonly origin: string;
  readonly orderId: string | null;
  readonly state: string;
  readonly expiresAt: number | null;
  readonly ttlAtCreationSeconds: number | null;
  readonly withheld: string | null;
}

export interface DiskOrder {
  readonly id: string;
  readonly kind: 'purchase' | 'topUp';
  /** `canary`: what it buys is not in the pool. */
  readonly purpose: string;
  readonly depth: number;
  readonly amount: string;
  readonly cost: string;
  readonly state: string;
  readonly plannedAt: number;
  /** null: the order was planned, and no request for it was started. */
  readonly sentAt: number | null;
  readonly plannedAtBlock: number;
  readonly batchId: string | null;
  readonly txHash: string | null;
  /** The batch that Bee named, while no list has confirmed or refuted it. */
  readonly claimBatchId: string | null;
  /** The batch that Bee named, refuted or not. */
  readonly namedBatchId: string | null;
  readonly overdue: number;
}

export interface DiskAcquisition {
  readonly id: string;
  readonly batchId: string;
  readonly caller: string;
  readonly idempotencyKey: string | null;
  readonly askedDepth: number;
  readonly givenDepth: number;
  readonly ttlSeconds: number;
}

/** How often a depth was asked for with this outcome: `met`, `met_by_larger` or `exhausted`. */
interface DiskDemand {
  readonly depth: number;
  readonly outcome: string;
  readonly count: number;
}

/** An incident that is to be reported. */
export interface DiskDueIncident {
  readonly code: string;
  readonly subject: string;
}

/** What of an order and of a stamp decides what has to be reported of it. */
export type OrderMove = Pick<DiskOrder, 'id' | 'kind' | 'state' | 'sentAt'>;
export type StampMove = Pick<DiskStamp, 'batchId' | 'state' | 'depth'>;

export interface Snapshot {
  readonly stamps: ReadonlyMap<string, DiskStamp>;
  readonly orders: ReadonlyMap<string, DiskOrder>;
  readonly acquisitions: ReadonlyMap<string, DiskAcquisition>;
}

/** Acquirable, if the remaining time to live suffices. */
export const isReady = ({ state, withheld }: DiskStamp): boolean =>
  state === 'available' && withheld === null;

/** The outcome of the order is still open. */
export const isUnsettled = ({ state }: DiskOrder): boolean => ['planned', 'sent', 'unknown'].includes(state);

/** A purchase of a stamp for the pool. */
export const isForPool = ({ kind, purpose }: DiskOrder): boolean =>
  kind === 'purchase' && purpose === 'reserve';

/** Reads the database file independently of the service, committed rows only. */
export class Disk {
  readonly #reader: Database.Database;
  readonly #version: Database.Statement<[], number>;
  readonly #stamps: Database.Statement<[], DiskStamp>;
  readonly #orders: Database.Statement<[], DiskOrder>;
  readonly #acquisitions: Database.Statement<[], DiskAcquisition>;
  readonly #dueIncidents: Database.Statement<[], DiskDueIncident>;
  readonly #orderMoves: Database.Statement<[], OrderMove>;
  readonly #stampMoves: Database.Statement<[], StampMove>;
  readonly #demand: Database.Statement<[], DiskDemand>;
  readonly #holder: Database.Statement<[number], string>;
  #seen = -1;
  #snapshot: Snapshot = { stamps: new Map(), orders: new Map(), acquisitions: new Map() };

  /** `reader` is the service's own connection, or a second one. */
  constructor(reader: Database.Database, connection: 'of the service' | 'second') {
    this.#reader = reader;
    this.#version = reader
      .prepare<[], number>(connection === 'second' ? 'PRAGMA data_version' : 'SELECT total_changes()')
      .pluck();
    this.#stamps = reader.prepare(
      `SELECT batch_id AS batchId, depth, amount, cost, origin, order_id AS orderId, state, expires_at AS expiresAt, ttl_at_creation_seconds AS ttlAtCreationSeconds,
        coalesce(withheld, (SELECT 'node_changed' FROM nodes WHERE name = node AND changed_at IS NOT NULL)) AS withheld FROM stamps ORDER BY rowid`,
    );
    this.#orders = reader.prepare(
      'SELECT id, kind, purpose, depth, amount, cost, state, planned_at AS plannedAt, sent_at AS sentAt, planned_at_block AS plannedAtBlock, batch_id AS batchId, tx_hash AS txHash, CASE claim_refuted WHEN 0 THEN claim_batch_id END AS claimBatchId, claim_batch_id AS namedBatchId, claim_overdue AS overdue FROM orders ORDER BY id',
    );
    this.#acquisitions = reader.prepare(
      'SELECT id, batch_id AS batchId, caller, idempotency_key AS idempotencyKey, asked_depth AS askedDepth, given_depth AS givenDepth, ttl_seconds AS ttlSeconds FROM acquisitions ORDER BY id',
    );
    this.#dueIncidents = reader.prepare('SELECT code, subject FROM due_incidents ORDER BY code, subject');
    this.#orderMoves = reader.prepare('SELECT id, kind, state, sent_at AS sentAt FROM orders');
    this.#stampMoves = reader.prepare('SELECT batch_id AS batchId, state, depth FROM stamps');
    this.#holder = reader
      .prepare<[number], string>('SELECT holder FROM leases WHERE holder IS NOT NULL AND expires_at > ?')
      .pluck();
    this.#demand = reader.prepare(
      'SELECT depth, outcome, sum(count) AS count FROM demand GROUP BY depth, outcome',
    );
  }

  /** The rows as of now; the same object as before when nothing was committed since. */
  read(): Snapshot {
    if (this.#reader.inTransaction)
      throw new Violation(2, 'a transaction is left open: nothing in it is on disk');
    const version = this.#version.get() ?? -1;
    if (version === this.#seen) return this.#snapshot;
    this.#seen = version;
    this.#snapshot = {
      stamps: new Map(this.#stamps.all().map((row) => [row.batchId, row])),
      orders: new Map(this.#orders.all().map((row) => [row.id, row])),
      acquisitions: new Map(this.#acquisitions.all().map((row) => [row.id, row])),
    };
    return this.#snapshot;
  }

  /** What is to be reported now. */
  dueIncidents(): readonly DiskDueIncident[] {
    return this.#dueIncidents.all();
  }

  /** Of all orders and stamps: quicker than `read`, for each commit. */
  moves(): { readonly orders: readonly OrderMove[]; readonly stamps: readonly StampMove[] } {
    return { orders: this.#orderMoves.all(), stamps: this.#stampMoves.all() };
  }

  /** Who has the lease of the node at that time; undefined: no process. */
  holderAt(at: Date): string | undefined {
    return this.#holder.get(at.getTime());
  }

  /** The sum over all hours. */
  demand(): readonly DiskDemand[] {
    return this.#demand.all();
  }
}
