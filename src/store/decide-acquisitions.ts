import {
  type AcquireOutcome,
  type AcquireRequest,
  type Acquisition,
  fingerprintOf,
} from '../domain/acquisition.ts';
import { acquireStamp } from '../domain/apply-change.ts';
import { DAY_MS } from '../domain/durations.ts';
import { type DailyUsage, exceededLimit, nextUtcDay, type Quota } from '../domain/quota.ts';
import { type StampRecord, stampOf } from '../domain/stamp.ts';
import { type Depth, type NodeName, type Plur, parseAcquisitionId, plur } from '../domain/units.ts';
import { type Moment, promisedExpiryMs } from './moment.ts';
import { acquisitionFromRow, rowFromAcquisition } from './rows/acquisition-row.ts';
import { type DemandRow, hourOf } from './rows/demand-row.ts';
import type { AcquisitionRow, StampRow } from './rows/row-types.ts';
import { stampFromRow, stampRecordFromRow } from './rows/stamp-row.ts';
import type { AcquireMoment } from './store.ts';

/** What the adapter knows of the stock, within the transaction of the acquisitions. `Row`: how it reads a stamp. */
export interface AcquirableStock<Row extends StampRow = StampRow> {
  /** Of each node, the first to expire of the acquirable stamps that meet the wish. */
  firstOfNodes(wish: StampWish): readonly Row[];
  /** Whether more stamps of this depth than `count` meet the promise, on all nodes. */
  hasMoreThan(count: number, depth: Depth): boolean;
  /** The smallest larger depth in stock, of this node or (null) of any. */
  depthAbove(depth: Depth, node: NodeName | null): Depth | undefined;
  /** The stamp is given out: it is not in stock any more. */
  give(given: GivenStamp<Row>): void;
}

export interface StampWish {
  readonly depth: Depth;
  /** It expires at this time or later. */
  readonly expiresFromMs: number;
  /** null: of any. */
  readonly node: NodeName | null;
}

export interface GivenStamp<Row extends StampRow = StampRow> {
  readonly row: Row;
  readonly before: StampRecord;
  readonly after: StampRecord;
  readonly acquisition: AcquisitionRow;
}

export interface AcquireFacts<Row extends StampRow = StampRow> {
  readonly stock: AcquirableStock<Row>;
  /** An acquisition with this key that is on disk or was decided before in this transaction. */
  earlier(caller: string, idempotencyKey: string): EarlierAcquisition | undefined;
  /** What the subject of a quota has acquired on the UTC day, before this transaction. */
  used(subject: string): DailyUsage;
  newId(at: Date): string;
}

export interface EarlierAcquisition {
  readonly acquisition: AcquisitionRow;
  readonly stamp: StampRow;
}

/** The acquisition with this key among what was given before in the same transaction. */
export function earlierAmong(
  given: readonly GivenStamp[],
  caller: string,
  idempotencyKey: string,
): EarlierAcquisition | undefined {
  const earlier = given.find(
    ({ acquisition }) => acquisition.caller === caller && acquisition.idempotencyKey === idempotencyKey,
  );
  return earlier && { acquisition: earlier.acquisition, stamp: { ...earlier.row, state: 'acquired' } };
}

/** What is to be written, apart from the stamps given out. */
export interface Decided {
  /** In the order of the requests. They hold only after the commit. */
  readonly outcomes: readonly AcquireOutcome[];
  /** Of each subject whose usage has changed, the new value. */
  readonly usage: ReadonlyMap<string, DailyUsage>;
  /** To be added up. */
  readonly demand: readonly DemandRow[];
}

/** Decides what each request is given, in their order. All adapters decide by this. */
export function decideAcquisitions<Row extends StampRow>(
  requests: readonly AcquireRequest[],
  facts: AcquireFacts<Row>,
  moment: AcquireMoment,
): Decided {
  const demand = new Map<string, DemandRow>();
  const usage = new UsageOfDay(facts, moment.wallClock);
  const outcomes = requests.map((request): AcquireOutcome => {
    const earlier = replay(facts, request);
    if (earlier) return earlier;
    const row = pick(facts.stock, request, moment);
    const before = row && stampRecordFromRow(row);
    const refusal = usage.refusal(request.quotas, before?.cost ?? MIN_COST);
    if (refusal) return refusal;
    count(demand, request, { row, wallClock: moment.wallClock });
    if (!row || !before) return { is: 'exhausted' };
    const after = acquireStamp(before);
    const acquisition = acquisitionOf(before, request, { id: facts.newId(moment.wallClock), moment });
    const acquisitionRow = rowFromAcquisition(acquisition, fingerprintOf(request));
    facts.stock.give({ row, before, after, acquisition: acquisitionRow });
    usage.add(request.quotas, before.cost);
    return { is: 'acquired', acquisition, stamp: stampOf(after, null), replayed: false };
  });
  return { outcomes, usage: usage.changed, demand: [...demand.values()] };
}

/** A stamp costs more than nothing: what is used up is refused also when there is no stock. */
const MIN_COST = plur(1n);

/** The outcome of a request whose key was used before; undefined if the request is new. */
function replay(facts: Pick<AcquireFacts, 'earlier'>, request: AcquireRequest): AcquireOutcome | undefined {
  const { caller, formerCaller, idempotencyKey } = request;
  if (idempotencyKey === null) return undefined;
  const found =
    facts.earlier(caller, idempotencyKey) ??
    (formerCaller === null ? undefined : facts.earlier(formerCaller, idempotencyKey));
  if (!found) return undefined;
  if (found.acquisition.fingerprint !== fingerprintOf(request)) return { is: 'conflict' };
  return {
    is: 'acquired',
    acquisition: acquisitionFromRow(found.acquisition),
    stamp: stampFromRow(found.stamp),
    replayed: true,
  };
}

/** The stamp expires at this time or later. */
export const wishedExpiryMs = (
  { minTtlSeconds }: Pick<AcquireRequest, 'minTtlSeconds'>,
  { at, promisedTtlSeconds }: Pick<Moment, 'at' | 'promisedTtlSeconds'>,
): number => promisedExpiryMs({ at, promisedTtlSeconds: Math.max(promisedTtlSeconds, minTtlSeconds) });

function pick<Row extends StampRow>(
  stock: AcquirableStock<Row>,
  request: AcquireRequest,
  moment: AcquireMoment,
): Row | undefined {
  const expiresFromMs = wishedExpiryMs(request, moment);
  const maxDepth = request.depth + (moment.fallback.maxSteps ?? Infinity);
  let depth: Depth | undefined = request.depth;
  while (depth !== undefined && depth <= maxDepth) {
    const wish = { depth, expiresFromMs, node: request.node };
    const rows = mayGive(stock, request, { depth, moment }) ? stock.firstOfNodes(wish) : [];
    const row = firstToGive(rows, moment.lastResortNodes);
    if (row || !request.allowLarger) return row;
    depth = stock.depthAbove(depth, request.node);
  }
  return undefined;
}

function firstToGive<Row extends StampRow>(
  rows: readonly Row[],
  lastResort: ReadonlySet<string>,
): Row | undefined {
  const isPreferred = ({ node }: StampRow): boolean => !lastResort.has(node);
  const preferred = rows.some(isPreferred) ? rows.filter(isPreferred) : rows;
  return preferred.toSorted(soonestFirst)[0];
}

export const soonestFirst = (a: StampRow, b: StampRow): number =>
  (a.expiresAt ?? 0) - (b.expiresAt ?? 0) || (a.batchId < b.batchId ? -1 : 1);

/** Whether the caller may be given stamps of this depth, and there are more than the floor keeps for other requests. */
function mayGive(
  stock: Pick<AcquirableStock, 'hasMoreThan'>,
  request: AcquireRequest,
  { depth, moment }: { readonly depth: Depth; readonly moment: AcquireMoment },
): boolean {
  if (request.depths !== null && !request.depths.has(depth)) return false;
  const floor = moment.fallback.exactFloor.get(depth) ?? 0;
  return floor === 0 || depth === request.depth || stock.hasMoreThan(floor, depth);
}

function acquisitionOf(
  stamp: StampRecord,
  request: AcquireRequest,
  { id, moment }: { readonly id: string; readonly moment: AcquireMoment },
): Acquisition {
  return {
    id: parseAcquisitionId(id),
    batchId: stamp.batchId,
    acquiredAt: moment.wallClock,
    caller: request.caller,
    clientRef: request.clientRef,
    idempotencyKey: request.idempotencyKey,
    askedDepth: request.depth,
    givenDepth: stamp.depth,
    cost: stamp.cost,
    ttlSeconds: Math.floor(((stamp.expiresAt?.getTime() ?? 0) - moment.at.getTime()) / 1000),
  };
}

/**
 * Which usage a transaction deletes: that of days before the one before `day`, which another process may still count by its
 * clock. Twice as many rows as it writes, so that the table does not grow from day to day, and no commit takes long.
 */
export const usageToForget = (
  day: number,
  written: number,
): { readonly beforeMs: number; readonly limit: number } => ({ beforeMs: day - DAY_MS, limit: 2 * written });

/** Adds up the demand of one transaction, so that it writes one row instead of one per request. */
function count(
  demand: Map<string, DemandRow>,
  { depth }: AcquireRequest,
  { row, wallClock }: { readonly row: StampRow | undefined; readonly wallClock: Date },
): void {
  const outcome = !row ? 'exhausted' : row.depth === depth ? 'met' : 'met_by_larger';
  const key = `${depth} ${outcome}`;
  demand.set(key, { hour: hourOf(wallClock), depth, outcome, count: (demand.get(key)?.count ?? 0) + 1 });
}

/** What the subjects of quotas have acquired on the UTC day of one transaction. */
class UsageOfDay {
  readonly #facts: Pick<AcquireFacts, 'used'>;
  readonly #wallClock: Date;
  readonly #read = new Map<string, DailyUsage>();
  readonly #changed = new Map<string, DailyUsage>();

  constructor(facts: Pick<AcquireFacts, 'used'>, wallClock: Date) {
    this.#facts = facts;
    this.#wallClock = wallClock;
  }

  get changed(): ReadonlyMap<string, DailyUsage> {
    return this.#changed;
  }

  /** The outcome for a request that another stamp of this cost would take beyond a quota; null if it may be given. */
  refusal(quotas: readonly Quota[], cost: Plur): AcquireOutcome | null {
    for (const quota of quotas) {
      const limit = exceededLimit(quota, this.#usedBy(quota.subject), cost);
      if (limit !== null) return { is: 'quotaExceeded', quota, limit, resetsAt: nextUtcDay(this.#wallClock) };
    }
    return null;
  }

  /** Counts one stamp. */
  add(quotas: readonly Quota[], cost: Plur): void {
    for (const { subject } of quotas) {
      const used = this.#usedBy(subject);
      this.#changed.set(subject, { stamps: used.stamps + 1, cost: plur(used.cost + cost) });
    }
  }

  #usedBy(subject: string): DailyUsage {
    const known = this.#changed.get(subject) ?? this.#read.get(subject);
    if (known) return known;
    const used = this.#facts.used(subject);
    this.#read.set(subject, used);
    return used;
  }
}
