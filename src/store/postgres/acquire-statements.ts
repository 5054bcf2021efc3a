import { sql } from 'drizzle-orm';
import type { AcquisitionRow, StampRow } from '../rows/row-types.ts';
import { columnsOf } from './columns-of.ts';
import { acquirable } from './conditions.ts';
import { stockCounts } from './counter-schema.ts';
import { insertRows } from './json-rows.ts';
import { acquisitions, dailyUsage, nodes, stamps } from './schema.ts';
import { given, statement } from './statement.ts';

/** Held by each transaction that acquires; by one alone if it must see all of the stock, or changes which nodes give. */
const ACQUIRE_LOCK = sql.raw('7301986002');
export const shareAcquireLock = statement<object, object>(
  'share-acquire-lock',
  sql`select pg_advisory_xact_lock_shared(${ACQUIRE_LOCK})`,
);
export const holdAcquireLock = statement<object, object>(
  'hold-acquire-lock',
  sql`select pg_advisory_xact_lock(${ACQUIRE_LOCK})`,
);

interface Keys {
  readonly callers: readonly string[];
  readonly keys: readonly string[];
}

const isOfKey = sql`${acquisitions} join unnest(${given('callers')}::text[], ${given('keys')}::text[]) as of_key(caller, key)
  on ${acquisitions.caller} = of_key.caller and ${acquisitions.idempotencyKey} = of_key.key`;

export const acquisitionsByKey = statement<Keys, AcquisitionRow>(
  'acquisitions-by-key',
  sql`select ${columnsOf(acquisitions)} from ${isOfKey}`,
);

export const stampsByKey = statement<Keys, StampRow>(
  'stamps-by-key',
  sql`select ${columnsOf(stamps)} from ${isOfKey} join ${stamps} on ${stamps.batchId} = ${acquisitions.batchId}`,
);

/** The first number of the locks of subjects. A lock with two numbers differs from each lock with one. */
const SUBJECT_LOCKS = sql.raw('7301986');

/**
 * Other transactions wait here, before they read the usage of these subjects: a limit holds exactly. A row of the usage cannot be
 * locked in its place, because a subject has none before its first stamp.
 */
export const lockSubjects = statement<{ readonly subjects: readonly string[] }>(
  'lock-subjects',
  sql`select pg_advisory_xact_lock(${SUBJECT_LOCKS}, key) from (
    select distinct hashtext(subject) as key from unnest(${given('subjects')}::text[]) as of_quota(subject) order by key
  ) as in_order`,
);

export const usageOfDay = statement<
  { readonly subjects: readonly string[]; readonly day: number },
  typeof dailyUsage.$inferSelect
>(
  'usage-of-day',
  sql`select ${columnsOf(dailyUsage)} from ${dailyUsage} where ${dailyUsage.day} = ${given('day')}
    and ${dailyUsage.subject} = any(${given('subjects')}::text[])`,
);

export interface DepthOfNode {
  readonly node: string;
  readonly depth: number;
}

/** The depths that have stock, locked or not, smallest first. */
export const depthsInStock = statement<object, DepthOfNode>(
  'depths-in-stock',
  sql`select ${stockCounts.node} as node, ${stockCounts.depth} as depth from ${stockCounts}
    where ${stockCounts.count} > 0 and ${stockCounts.state} = 'available' and ${stockCounts.withheld} is null order by depth`,
);

/** Of each depth, the first stamps that expire at this time or later. */
interface Wanted {
  /** The nodes that were observed at this time or later give. */
  readonly observedFromMs: number;
  readonly depths: readonly number[];
  readonly expiresFromMs: readonly number[];
  readonly limits: readonly number[];
}

/** One search of the index for each node that gives, and for each depth and time to live that is wanted. */
const wantedStamps = (columns: ReturnType<typeof columnsOf>, locking: ReturnType<typeof sql.raw>) => sql`
  select of_node.* from unnest(${given('depths')}::integer[], ${given('expiresFromMs')}::bigint[], ${given('limits')}::bigint[]) as wanted(depth, expires_from_ms, most)
  join (
    select distinct ${stockCounts.node} as node, ${stockCounts.depth} as depth from ${stockCounts} left join ${nodes} on ${nodes.name} = ${stockCounts.node}
    where ${stockCounts.count} > 0 and ${stockCounts.state} = 'available' and ${stockCounts.withheld} is null and ${nodes.changedAt} is null
      and (${nodes.observedAt} is null or ${nodes.observedAt} >= ${given('observedFromMs')})
  ) as giving on giving.depth = wanted.depth
  cross join lateral (
    select ${columns} from ${stamps} where ${acquirable} and ${stamps.node} = giving.node and ${stamps.depth} = wanted.depth
      and ${stamps.expiresAt} >= wanted.expires_from_ms
    order by ${stamps.expiresAt}, ${stamps.batchId} limit wanted.most ${locking}
  ) as of_node`;

/** Locks them. Those that another transaction has locked are passed over. */
export const lockWanted = statement<Wanted, StampRow>(
  'lock-wanted',
  wantedStamps(columnsOf(stamps), sql.raw('for update skip locked')),
);

export interface StampAt extends DepthOfNode {
  readonly batchId: string;
  readonly expiresAt: number;
}

/** The same without locks: also those that another transaction has locked. */
export const readWanted = statement<Wanted, StampAt>(
  'read-wanted',
  wantedStamps(
    sql`${stamps.batchId} as "batchId", ${stamps.node} as node, ${stamps.depth} as depth, ${stamps.expiresAt} as "expiresAt"`,
    sql.raw(''),
  ),
);

/**
 * The stamps are locked since they were found, and the unique batch id of an acquisition holds if they were not. A condition on
 * their state would let a server without statistics read all of the stock by its index.
 */
export const giveOut = statement<{ readonly batchIds: readonly string[]; readonly rows: string }>(
  'give-out',
  sql`with acquired as (
      update ${stamps} set state = 'acquired' where ${stamps.batchId} = any(${given('batchIds')}::text[])
    )
    ${insertRows(acquisitions)} order by caller, idempotency_key`,
);

export const setUsage = statement<{ readonly rows: string }>(
  'set-usage',
  sql`${insertRows(dailyUsage)} on conflict (subject, day) do update set stamps = excluded.stamps, cost = excluded.cost`,
);

/** Some rows of earlier days. Those that another transaction deletes are passed over. */
export const forgetUsage = statement<{ readonly beforeMs: number; readonly limit: number }>(
  'forget-usage',
  sql`delete from ${dailyUsage} where ctid = any(array(
    select ctid from ${dailyUsage} where ${dailyUsage.day} < ${given('beforeMs')} order by ${dailyUsage.day}
    limit ${given('limit')} for update skip locked
  ))`,
);
