import type { AcquireRequest } from '../../domain/acquisition.ts';
import { utcDayOf } from '../../domain/quota.ts';
import { parsePlur } from '../../domain/units.ts';
import {
  type AcquireFacts,
  type Decided,
  decideAcquisitions,
  type EarlierAcquisition,
  earlierAmong,
  usageToForget,
  wishedExpiryMs,
} from '../decide-acquisitions.ts';
import { promisedExpiryMs } from '../moment.ts';
import type { AcquisitionRow } from '../rows/row-types.ts';
import type { AcquireCommit, AcquireMoment } from '../store.ts';
import {
  acquisitionsByKey,
  depthsInStock,
  forgetUsage,
  giveOut,
  holdAcquireLock,
  lockSubjects,
  setUsage,
  shareAcquireLock,
  stampsByKey,
  usageOfDay,
} from './acquire-statements.ts';
import { numberCommit } from './commit-statements.ts';
import type { Database } from './database.ts';
import { jsonRows } from './json-rows.ts';
import { AloneNeededError, LockedStock, type Wanted } from './locked-stock.ts';
import { acquisitions, dailyUsage } from './schema.ts';
import type { SeenCommits } from './seen-commits.ts';
import type { Transaction } from './transaction.ts';
import type { TimeLimit } from './within.ts';

export interface AcquireParts {
  readonly moment: AcquireMoment;
  readonly newId: (at: Date) => string;
  /** The process that acquires. */
  readonly from: string;
  readonly limit: TimeLimit;
  readonly seen: Pick<SeenCommits, 'assertIncludedBy'>;
}

/** The outcomes, and the number of the commit: it rejects if the commit happened, but its answer was lost. */
export type Acquired = Pick<AcquireCommit, 'outcomes'> & { readonly revision: Promise<number> };

/**
 * Serves the requests in one transaction. It passes over stamps that other transactions have locked. If it would find too few
 * without them, it runs again while no other acquisition does: the pool is exhausted only if no stamp is left, locked or not.
 */
export async function acquireAll(
  database: Database,
  requests: readonly AcquireRequest[],
  parts: AcquireParts,
): Promise<Acquired> {
  const acquire = (isAlone: boolean): Promise<Acquired> =>
    database.transact((transaction) => acquireIn(transaction, requests, { ...parts, isAlone }), parts.limit);
  try {
    return await acquire(false);
  } catch (error) {
    if (!(error instanceof AloneNeededError)) throw error;
    return await acquire(true);
  }
}

async function acquireIn(
  transaction: Transaction,
  requests: readonly AcquireRequest[],
  parts: AcquireParts & { readonly isAlone: boolean },
): Promise<Acquired> {
  const { moment, newId, from, isAlone, seen } = parts;
  const day = utcDayOf(moment.wallClock).getTime();
  const observedFromMs = moment.at.getTime() - moment.nodeAwaySeconds * 1000;
  const stock = new LockedStock(transaction, {
    isAlone,
    most: requests.length,
    promisedMs: promisedExpiryMs(moment),
    observedFromMs,
    lastResort: moment.lastResortNodes,
  });
  const [, keys, usage, depths] = await Promise.all([
    (isAlone ? holdAcquireLock : shareAcquireLock)(transaction, {}),
    readKeys(transaction, requests),
    readUsage(transaction, requests, day),
    depthsInStock(transaction, {}),
    stock.load(wantedBy(requests, moment)),
    seen.assertIncludedBy(transaction),
  ]);
  const facts: AcquireFacts = {
    stock,
    earlier: (caller, key) => keys.get(keyOf(caller, key)) ?? earlierAmong(stock.given, caller, key),
    used: (subject) => usage.get(subject) ?? { stamps: 0, cost: parsePlur('0') },
    newId,
  };
  let decided: Decided;
  do {
    stock.begin(depths);
    decided = decideAcquisitions(requests, facts, moment);
  } while (await stock.complete());
  send(transaction, { given: stock.given.map(({ acquisition }) => acquisition), usage: decided.usage, day });
  const revision = numberCommit(transaction, { moves: stock.given, demand: decided.demand, from });
  return { outcomes: decided.outcomes, revision };
}

/** The acquisitions with keys that the requests may repeat. */
async function readKeys(
  transaction: Transaction,
  requests: readonly AcquireRequest[],
): Promise<ReadonlyMap<string, EarlierAcquisition>> {
  const asked = requests.flatMap(({ caller, formerCaller, idempotencyKey: key }) =>
    [caller, formerCaller].flatMap((by) => (by === null || key === null ? [] : [{ caller: by, key }])),
  );
  if (asked.length === 0) return new Map();
  const values = { callers: asked.map(({ caller }) => caller), keys: asked.map(({ key }) => key) };
  const [rows, stamps] = await Promise.all([
    acquisitionsByKey(transaction, values),
    stampsByKey(transaction, values),
  ]);
  const stampOf = new Map(stamps.map((stamp) => [stamp.batchId, stamp]));
  return new Map(
    rows.map((acquisition) => {
      const stamp = stampOf.get(acquisition.batchId);
      if (!stamp) throw new TypeError(`acquisition ${acquisition.id} has a stamp that is not on disk`);
      return [keyOf(acquisition.caller, acquisition.idempotencyKey ?? ''), { acquisition, stamp }];
    }),
  );
}

/** What the subjects of the quotas have used. They are locked until the commit, so that a limit holds exactly. */
async function readUsage(transaction: Transaction, requests: readonly AcquireRequest[], day: number) {
  const subjects = [...new Set(requests.flatMap(({ quotas }) => quotas.map(({ subject }) => subject)))];
  if (subjects.length === 0) return new Map<string, never>();
  const [, rows] = await Promise.all([
    lockSubjects(transaction, { subjects }),
    usageOfDay(transaction, { subjects, day }),
  ]);
  return new Map(
    rows.map(({ subject, stamps, cost }) => [subject, { stamps, cost: parsePlur(cost) }] as const),
  );
}

/** Of each depth and time to live that is asked for, as many stamps as there are requests. */
function wantedBy(requests: readonly AcquireRequest[], moment: AcquireMoment): readonly Wanted[] {
  const wanted = new Map<string, Wanted>();
  for (const request of requests) {
    const { depth } = request;
    const expiresFromMs = wishedExpiryMs(request, moment);
    wanted.set(`${depth} ${expiresFromMs}`, { depth, expiresFromMs, limit: requests.length });
  }
  return [...wanted.values()];
}

interface ToWrite {
  readonly given: readonly AcquisitionRow[];
  readonly usage: Decided['usage'];
  readonly day: number;
}

function send(transaction: Transaction, { given, usage, day }: ToWrite): void {
  if (given.length > 0) {
    const batchIds = given.map(({ batchId }) => batchId);
    void transaction.send(giveOut, { batchIds, rows: jsonRows(acquisitions, given) });
  }
  if (usage.size > 0) {
    const rows = [...usage].map(([subject, { stamps, cost }]) => ({
      subject,
      day,
      stamps,
      cost: cost.toString(),
    }));
    void transaction.send(setUsage, { rows: jsonRows(dailyUsage, rows) });
    void transaction.send(forgetUsage, usageToForget(day, rows.length));
  }
}

const keyOf = (caller: string, key: string): string => JSON.stringify([caller, key]);
