import { type AcquireOutcome, type AcquireRequest, fingerprintOf } from '../../domain/acquisition.ts';
import { acquireStamp } from '../../domain/apply-change.ts';
import { HOUR_MS } from '../../domain/durations.ts';
import { stampOf } from '../../domain/stamp.ts';
import { parsePlur, plur } from '../../domain/units.ts';
import type { AcquireMoment, DemandOutcome } from '../store.ts';
import { acquisitionFromRow } from './acquisition-row.ts';
import { givingNodes } from './giving-nodes.ts';
import { stampFromRow, stampRecordFromRow } from './stamp-row.ts';
import type { AcquisitionRow, StampRow } from './statement-types.ts';
import type { Statements } from './statements.ts';
import { UsageOfDay } from './usage-of-day.ts';
import type { Tables } from './write-change.ts';

/** A stamp costs more than nothing: what is used up is refused also when there is no stock. */
const MIN_COST = plur(1n);

/** Serves the requests in order. Call it in a transaction: the outcomes hold only after the commit. */
export function acquireAll(
  { statements, counts }: Tables,
  requests: readonly AcquireRequest[],
  { newId, ...moment }: AcquireMoment & { readonly newId: (at: Date) => string },
): readonly AcquireOutcome[] {
  const { at, wallClock, promisedTtlSeconds } = moment;
  const demanded = new Map<string, { depth: number; outcome: DemandOutcome; count: number }>();
  const stock = { statements, nodes: givingNodes(statements, moment), moment };
  const usage = new UsageOfDay(statements, wallClock);
  const outcomes = requests.map((request): AcquireOutcome => {
    const earlier = replay(statements, request);
    if (earlier) return earlier;
    const ttlSeconds = Math.max(promisedTtlSeconds, request.minTtlSeconds);
    const row = pick(stock, request, at.getTime() + ttlSeconds * 1000);
    const cost = row ? parsePlur(row.cost) : MIN_COST;
    const refusal = usage.refusal(request.quotas, cost);
    if (refusal) return refusal;
    count(demanded, request, row);
    if (!row) return { is: 'exhausted' };
    const record = stampRecordFromRow(row);
    const acquired = acquireStamp(record);
    const acquisition = acquisitionOf(row, request, { id: newId(wallClock), at, wallClock });
    giveOut(statements, acquisition);
    counts.move(record, acquired);
    usage.add(request.quotas, cost);
    const stamp = stampOf(acquired, null);
    return { is: 'acquired', acquisition: acquisitionFromRow(acquisition), stamp, replayed: false };
  });
  usage.save();
  const hour = wallClock.getTime() - (wallClock.getTime() % HOUR_MS);
  for (const demand of demanded.values()) statements.addDemand.run({ hour, ...demand });
  return outcomes;
}

/** The outcome of a request whose key was used before; undefined if the request is new. */
function replay(statements: Statements, request: AcquireRequest): AcquireOutcome | undefined {
  const row = [request.caller, request.formerCaller]
    .flatMap((caller) => [
      acquisitionOfKey(statements, caller, request.idempotencyKey),
      acquisitionOfKey(statements, caller, request.formerIdempotencyKey),
    ])
    .find((found) => found !== undefined);
  if (!row) return undefined;
  if (row.fingerprint !== fingerprintOf(request)) return { is: 'conflict' };
  const stamp = statements.stamp.get({ batchId: row.batchId });
  if (!stamp) throw new TypeError(`acquisition ${row.id} has stamp ${row.batchId}, which is not on disk`);
  return { is: 'acquired', acquisition: acquisitionFromRow(row), stamp: stampFromRow(stamp), replayed: true };
}

const acquisitionOfKey = (
  statements: Statements,
  caller: string | null,
  idempotencyKey: string | null,
): AcquisitionRow | undefined =>
  caller === null || idempotencyKey === null
    ? undefined
    : statements.acquisitionByKey.get({ caller, idempotencyKey });

interface GivenFrom {
  readonly statements: Statements;
  readonly nodes: readonly string[];
  readonly moment: AcquireMoment;
}

function pick(stock: GivenFrom, request: AcquireRequest, expiresFromMs: number): StampRow | undefined {
  const { statements, moment } = stock;
  const nodes = stock.nodes.filter((node) => request.node === null || node === request.node);
  const maxDepth = request.depth + (moment.fallback.maxSteps ?? Infinity);
  let depth: number | undefined = request.depth;
  while (depth !== undefined && depth <= maxDepth) {
    const ofDepth: number = depth;
    const from = mayGive(stock, request, ofDepth) ? nodes : [];
    const rows = from.flatMap((node) => statements.pick.get({ node, depth: ofDepth, expiresFromMs }) ?? []);
    const row = firstToGive(rows, moment.lastResortNodes);
    if (row || !request.allowLarger) return row;
    depth = nextDepth(statements, nodes, ofDepth);
  }
  return undefined;
}

/** Whether the caller may be given stamps of this depth, and there are more than the floor keeps for other requests. */
function mayGive({ statements, nodes, moment }: GivenFrom, request: AcquireRequest, depth: number): boolean {
  const isDepth = (other: number): boolean => other === depth;
  if (request.depths !== null && ![...request.depths].some(isDepth)) return false;
  const floor = [...moment.fallback.exactFloor].find(([of]) => isDepth(of))?.[1] ?? 0;
  if (floor === 0 || isDepth(request.depth)) return true;
  const expiresFromMs = moment.at.getTime() + moment.promisedTtlSeconds * 1000;
  const counts = nodes.map((node) => statements.countOfDepth.get({ node, depth, expiresFromMs })?.count ?? 0);
  return counts.reduce((sum, ofNode) => sum + ofNode, 0) > floor;
}

/** The smallest larger depth in the stock of these nodes. */
function nextDepth(statements: Statements, nodes: readonly string[], depth: number): number | undefined {
  const above = nodes.flatMap((node) => statements.depthAbove.get({ node, depth })?.depth ?? []);
  return above.length === 0 ? undefined : Math.min(...above);
}

function firstToGive(rows: readonly StampRow[], lastResort: ReadonlySet<string>): StampRow | undefined {
  const isPreferred = ({ node }: StampRow): boolean => !lastResort.has(node);
  const preferred = rows.some(isPreferred) ? rows.filter(isPreferred) : rows;
  const [row] = preferred.toSorted(soonestFirst);
  return row;
}

const soonestFirst = (a: StampRow, b: StampRow): number =>
  (a.expiresAt ?? 0) - (b.expiresAt ?? 0) || (a.batchId < b.batchId ? -1 : 1);

function acquisitionOf(
  stamp: StampRow,
  request: AcquireRequest,
  { id, at, wallClock }: { readonly id: string; readonly at: Date; readonly wallClock: Date },
): AcquisitionRow {
  return {
    id,
    batchId: stamp.batchId,
    acquiredAt: wallClock.getTime(),
    caller: request.caller,
    clientRef: request.clientRef,
    idempotencyKey: request.idempotencyKey,
    fingerprint: fingerprintOf(request),
    askedDepth: request.depth,
    givenDepth: stamp.depth,
    cost: stamp.cost,
    ttlSeconds: Math.floor(((stamp.expiresAt ?? 0) - at.getTime()) / 1000),
  };
}

function giveOut(statements: Statements, acquisition: AcquisitionRow): void {
  const { changes } = statements.giveOut.run({ batchId: acquisition.batchId });
  if (changes !== 1) throw new TypeError(`stamp ${acquisition.batchId} was picked, but is not available`);
  statements.addAcquisition.run(acquisition);
}

/** Adds up the demand of one transaction, so that it writes one row instead of one per request. */
function count(
  demanded: Map<string, { depth: number; outcome: DemandOutcome; count: number }>,
  { depth }: AcquireRequest,
  row: StampRow | undefined,
): void {
  const outcome = !row ? 'exhausted' : row.depth === depth ? 'met' : 'met_by_larger';
  const key = `${depth} ${outcome}`;
  demanded.set(key, { depth, outcome, count: (demanded.get(key)?.count ?? 0) + 1 });
}
