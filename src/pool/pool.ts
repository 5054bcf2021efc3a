// This folder serves requests, from the store and the signals. It never calls Bee.
import type { AcquireResult, Acquisition } from '../domain/acquisition.ts';
import type { Caller } from '../domain/caller.ts';
import type { CanaryCheck } from '../domain/canary-check.ts';
import type { Incident } from '../domain/incident.ts';
import type { MaintenanceRun, NodeView } from '../domain/maintenance-run.ts';
import type { OpenOrder } from '../domain/order.ts';
import type { RequestOrigin } from '../domain/request-origin.ts';
import type { Reserve } from '../domain/reserve.ts';
import type { AvailableStamp, Stamp } from '../domain/stamp.ts';
import type { BatchId, Depth, NodeName, Plur } from '../domain/units.ts';
import type { ReserveLevels } from '../signals/levels.ts';
import type { Page, PageRequest } from '../store/page.ts';
import type { AvailableStampsRequest } from '../store/store.ts';
import type { AcquireInput } from './acquire-input.ts';
import type { History, HistoryWindow } from './history.ts';
import type { Readiness } from './readiness.ts';

/** Where and how a stamp is used. */
export interface StampUse {
  readonly node: NodeName;
  readonly publicUrl: string;
  /** The bytes that surely fit, encrypted and with erasure coding (docs/bee.md#capacity). */
  readonly effectiveBytes: number;
}

/** What a client may call. The calls of an operator are in Operations. */
export interface Pool {
  readonly enabled: boolean;
  /** The time that times to live are computed from. */
  now(): Date;
  /** @throws if the store fails, or AccessError for a depth that the caller may not acquire. Then nothing was given out. */
  acquire(input: AcquireInput, caller: Caller, origin?: RequestOrigin): Promise<AcquireResult>;
  status(): Promise<PoolStatus>;
  /** Tests whether the database would accept an acquisition. Writes at most every five seconds. @throws if it would not. */
  checkStore(): Promise<void>;
  /** Whether requests should be sent to this process. Bee away does not make a pool with stock unready. */
  readiness(process: { readonly stopping: boolean }): Promise<Readiness>;
  /** The current levels at once, then every change. */
  watchLevels(): AsyncIterableIterator<ReserveLevels>;
  /** When the next stamp on order of this depth is expected; null if none is on order, or if it is unknown. */
  arrivalOf(depth: Depth): Promise<Date | null>;
  /** Levels and demand over time. */
  history(window: HistoryWindow): Promise<History>;
  /** Without the scope `maintain`, only a stamp that the caller has acquired. */
  stamp(batchId: BatchId, caller: Caller): Promise<Stamp | undefined>;
  /** Newest first. @throws BadCursorError */
  myAcquisitions(page: PageRequest, caller: Caller): Promise<Page<Acquisition>>;
  /** @throws BadCursorError */
  availableStamps(page: AvailableStampsRequest): Promise<Page<AvailableStamp>>;
  useOf(stamp: Stamp): StampUse;
  /** Where clients upload with stamps of this node; empty for a node that is not in the settings any more. */
  publicUrl(node: NodeName): string;
  /** What the last upload with the canary of this node showed; null if the node has none. */
  canary(node: NodeName): CanaryCheck | null;
}

/** The state of the pool, for an operator. */
export interface PoolStatus {
  readonly enabled: boolean;
  readonly at: Date;
  readonly reserve: Reserve;
  /** Without the orders made with an address that a node has moved from: the pool does not wait for those. */
  readonly openOrders: readonly OpenOrder[];
  /** When the last run of any node ended; null before the first. */
  readonly lastRunAt: Date | null;
  /** The next run of any node. */
  readonly nextRunAt: Date | null;
  /** Newest first. */
  readonly errors: readonly Incident[];
  /** The run that ended last, of any node. */
  readonly lastRun: MaintenanceRun | null;
  /** The last run of each node that has made one, in the order of the settings. */
  readonly lastRuns: readonly MaintenanceRun[];
  /** As last observed; empty before the first observation. */
  readonly nodes: readonly NodeView[];
  /** What filling all targets costs; null while the price is not known. */
  readonly fullReserveCost: Plur | null;
  readonly nextReplenishmentCost: Plur | null;
  /** null while it depends on a price that is not known. */
  readonly dailyLimit: Plur | null;
  /** The cost of everything ordered within the last 24 hours. Read when it is asked for, as the next one. */
  spentLastDay(): Promise<Plur>;
  /**
   * How many days the BZZ of all wallets lasts at the pace of the last seven days; null if unknown or if nothing was spent. Read
   * when it is asked for: it adds up the orders of these days.
   */
  fundsRunwayDays(): Promise<number | null>;
}
