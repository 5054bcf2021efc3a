import { type SQL, sql } from 'drizzle-orm';
import {
  type AnySQLiteColumn,
  blob,
  check,
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core';
import { OPEN_ORDER_STATES, ORDER_KINDS, ORDER_STATES, PURPOSES, REFUSAL_CODES } from '../../domain/order.ts';
import { LIVE_STAMP_STATES, OBSERVED_WITHHELD, ORIGINS, STAMP_STATES } from '../../domain/stamp.ts';
import { DEMAND_OUTCOMES } from '../store.ts';

// Money is TEXT, a decimal string: SQLite's integers end at 2^63, which is 922 BZZ. Times are integer milliseconds.
// The tables are STRICT, which Drizzle cannot declare: migrations/sqlite does, and a test holds it.

/** Literals, not bound values: a CHECK or a partial index cannot have parameters. */
const oneOf = (values: readonly string[]): SQL =>
  sql.raw(`(${values.map((value) => `'${value}'`).join(', ')})`);

export const OPEN_ORDERS = oneOf(OPEN_ORDER_STATES);
export const FAILED_ORDERS = oneOf(['rejected', 'abandoned']);
export const LIVE_STAMPS = oneOf(LIVE_STAMP_STATES);

/** The condition of the index `stamps_attention`. SQLite uses the index only for statements that have literally the same. */
export const needsAttention = (t: {
  readonly state: AnySQLiteColumn;
  readonly retiredAddress: AnySQLiteColumn;
  readonly withheld: AnySQLiteColumn;
  readonly missingSinceBlock: AnySQLiteColumn;
}): SQL =>
  sql`(${t.state} = 'propagating' or ${t.withheld} is not null or ${t.missingSinceBlock} is not null) and ${t.retiredAddress} is null and ${t.state} in ${LIVE_STAMPS}`;

/** The Bee nodes, by the operator's names. A node gets its row at its first complete and fresh observation. */
export const nodes = sqliteTable(
  'nodes',
  {
    name: text('name').primaryKey(),
    /** The Ethereum address that owns the stock: docs/decisions/0012-a-node-is-its-address.md. */
    address: text('address'),
    /** The chain of the stock; null if no observation has shown it. */
    chainId: integer('chain_id'),
    pinnedAt: integer('pinned_at'),
    /** The node that answers in its place, and since when. */
    otherAddress: text('other_address'),
    /** Its chain, if that is not the one of the stock. */
    otherChainId: integer('other_chain_id'),
    changedAt: integer('changed_at'),
    observedAt: integer('observed_at'),
  },
  (t) => [
    check('nodes_pinned', sql`(${t.address} is null) = (${t.pinnedAt} is null)`),
    check('nodes_changed', sql`(${t.otherAddress} is null) = (${t.changedAt} is null)`),
  ],
);

export const orders = sqliteTable(
  'orders',
  {
    /** UUIDv7, so the primary key is in the order of creation. */
    id: text('id').primaryKey(),
    node: text('node').notNull(),
    kind: text('kind', { enum: ORDER_KINDS }).notNull(),
    /** Of a purchase. */
    purpose: text('purpose', { enum: PURPOSES }).notNull().default('reserve'),
    depth: integer('depth').notNull(),
    amount: text('amount').notNull(),
    cost: text('cost').notNull(),
    reason: text('reason').notNull(),
    state: text('state', { enum: ORDER_STATES }).notNull(),
    plannedAt: integer('planned_at').notNull(),
    plannedAtBlock: integer('planned_at_block').notNull(),
    /** Only of a purchase. */
    immutable: integer('immutable', { mode: 'boolean' }),
    /** Of a top-up from the start, of a purchase after it is confirmed. */
    batchId: text('batch_id'),
    /** Only of a top-up, like the next three columns. */
    beforeAmount: text('before_amount'),
    beforeValue: text('before_value'),
    beforeExpiresAt: integer('before_expires_at'),
    beforeListedValue: text('before_listed_value'),
    sentAt: integer('sent_at'),
    /** Bee's claim, with the next four columns. It stays when the order ends. */
    claimBatchId: text('claim_batch_id'),
    claimTxHash: text('claim_tx_hash'),
    claimAtBlock: integer('claim_at_block'),
    claimOverdue: integer('claim_overdue').notNull().default(0),
    claimRefuted: integer('claim_refuted').notNull().default(0),
    endedAt: integer('ended_at'),
    endedAtBlock: integer('ended_at_block'),
    cause: text('cause'),
    /** Only of a rejected order. */
    refusal: text('refusal', { enum: REFUSAL_CODES }),
    noPendingSinceBlock: integer('quiet_since_block'),
    txHash: text('tx_hash'),
    /** The address that the order was made with, if the name of its node has moved to another one. */
    retiredAddress: text('retired_address'),
  },
  (t) => [
    check('orders_kind', sql`${t.kind} in ${oneOf(ORDER_KINDS)}`),
    check('orders_state', sql`${t.state} in ${oneOf(ORDER_STATES)}`),
    check('orders_purchase', sql`${t.kind} <> 'purchase' or ${t.immutable} is not null`),
    check(
      'orders_top_up',
      sql`${t.kind} <> 'topUp' or (${t.batchId} is not null and ${t.beforeAmount} is not null and ${t.beforeExpiresAt} is not null)`,
    ),
    check('orders_sent', sql`${t.state} not in ${oneOf(['sent', 'unknown'])} or ${t.sentAt} is not null`),
    check(
      'orders_ended',
      sql`(${t.state} in ${oneOf(['confirmed', 'rejected', 'abandoned'])}) = (${t.endedAt} is not null)`,
    ),
    check('orders_confirmed', sql`${t.state} <> 'confirmed' or ${t.batchId} is not null`),
    check(
      'orders_cause',
      sql`${t.state} not in ${oneOf(['unknown', 'rejected', 'abandoned'])} or ${t.cause} is not null`,
    ),
    /** The amount is the key of a purchase, never used twice (docs/decisions/0001-amount-is-the-key.md). */
    uniqueIndex('orders_purchase_key').on(t.node, t.depth, t.amount).where(sql`${t.kind} = 'purchase'`),
    index('orders_open').on(t.node, t.id).where(sql`${t.state} in ${OPEN_ORDERS}`),
    /** Finds the purchases that failed lately. */
    index('orders_failed')
      .on(t.endedAt)
      .where(sql`${t.kind} = 'purchase' and ${t.state} in ${FAILED_ORDERS}`),
    index('orders_abandoned').on(t.node, t.id).where(sql`${t.state} = 'abandoned'`),
    /** The canaries of a node, newest first. It has few entries, so it finds those among listed batches, too. */
    index('orders_canary').on(t.node, t.id, t.batchId).where(sql`${t.purpose} = 'canary'`),
    index('orders_planned').on(t.node, t.plannedAt),
    /** Finds the purchases with the amount of a listed batch. */
    index('orders_amount').on(t.node, t.amount).where(sql`${t.kind} = 'purchase'`),
    /** Finds when the node last showed a purchase, and with the next index a top-up. */
    index('orders_shown')
      .on(t.node, t.endedAtBlock)
      .where(sql`${t.kind} = 'purchase' and ${t.state} = 'confirmed'`),
    index('orders_topped_up')
      .on(t.batchId, t.endedAtBlock)
      .where(sql`${t.kind} = 'topUp' and ${t.state} = 'confirmed'`),
  ],
);

export const stamps = sqliteTable(
  'stamps',
  {
    batchId: text('batch_id').primaryKey(),
    node: text('node').notNull(),
    depth: integer('depth').notNull(),
    amount: text('amount').notNull(),
    immutable: integer('immutable', { mode: 'boolean' }).notNull(),
    cost: text('cost').notNull(),
    origin: text('origin', { enum: ORIGINS }).notNull(),
    orderId: text('order_id').references(() => orders.id),
    state: text('state', { enum: STAMP_STATES }).notNull(),
    createdAt: integer('created_at').notNull(),
    availableAt: integer('available_at'),
    expiresAt: integer('expires_at'),
    ttlAtCreationSeconds: integer('ttl_at_creation_seconds'),
    missingSinceBlock: integer('missing_since_block'),
    withheld: text('withheld', { enum: OBSERVED_WITHHELD }),
    lastLostAtBlock: integer('last_lost_at_block'),
    /** The address that owns the stamp, if the name of its node has moved to another one. */
    retiredAddress: text('retired_address'),
    /**
     * Numbers the rows in the order of their insertion. In an index by number, stamps that are acquired one after the other are
     * neighbours; by batch id, each would change a page of its own (docs/performance.md#traps). The default is for no row:
     * it is unique.
     */
    number: integer('number').notNull().default(0),
  },
  (t) => [
    uniqueIndex('stamps_number').on(t.number),
    check('stamps_origin', sql`${t.origin} in ${oneOf(ORIGINS)}`),
    check('stamps_state', sql`${t.state} in ${oneOf(STAMP_STATES)}`),
    check('stamps_withheld', sql`${t.withheld} in ${oneOf(OBSERVED_WITHHELD)}`),
    check(
      'stamps_available',
      sql`${t.state} not in ${oneOf(['available', 'acquired'])} or (${t.availableAt} is not null and ${t.expiresAt} is not null and ${t.ttlAtCreationSeconds} is not null)`,
    ),
    /** The stamps that can be acquired, in the order in which they are. It has no entries for the history. */
    // By node, so that a node can be left out. The last two columns are null in all entries. Without them, and without the
    // state at the end of the condition, SQLite would also read the table.
    index('stamps_acquirable')
      .on(t.node, t.depth, t.expiresAt, t.batchId, t.withheld, t.retiredAddress)
      .where(sql`${t.withheld} is null and ${t.retiredAddress} is null and ${t.state} = 'available'`),
    index('stamps_live')
      .on(t.node, t.number)
      .where(sql`${t.state} in ${LIVE_STAMPS} and ${t.retiredAddress} is null`),
    /** The live stamps that a run decides on one by one: those that the node does not show as usable, or that are withheld. */
    index('stamps_attention')
      .on(t.node, t.state, t.withheld, t.depth, t.expiresAt, t.retiredAddress, t.missingSinceBlock)
      .where(needsAttention(t)),
    /** The same in the order of their ids, for pages. */
    index('stamps_watched').on(t.node, t.batchId).where(needsAttention(t)),
    index('stamps_withheld')
      .on(t.batchId)
      .where(sql`${t.withheld} is not null and ${t.retiredAddress} is null and ${t.state} in ${LIVE_STAMPS}`),
    /** Lead times, newest first. */
    index('stamps_bought')
      .on(t.availableAt)
      .where(sql`${t.orderId} is not null and ${t.availableAt} is not null`),
  ],
);

export const acquisitions = sqliteTable(
  'acquisitions',
  {
    /** UUIDv7, so a new one goes to the end of the index. With random keys, half as many fit in a commit. */
    id: text('id').primaryKey(),
    /**
     * Not a foreign key, which would search the index of the batch ids again: the stamp is given out in the same transaction,
     * or nothing is written.
     */
    batchId: text('batch_id').notNull(),
    acquiredAt: integer('acquired_at').notNull(),
    caller: text('caller').notNull(),
    clientRef: text('client_ref'),
    idempotencyKey: text('idempotency_key'),
    fingerprint: text('fingerprint').notNull(),
    askedDepth: integer('asked_depth').notNull(),
    givenDepth: integer('given_depth').notNull(),
    cost: text('cost').notNull(),
    ttlSeconds: integer('ttl_seconds').notNull(),
    /** The number of the stamp. */
    stampNumber: integer('stamp_number').notNull().default(0),
  },
  (t) => [
    /** A second acquisition of a stamp cannot be written. */
    uniqueIndex('acquisitions_stamp').on(t.stampNumber),
    /** The acquisitions of one caller, newest first. */
    index('acquisitions_caller').on(t.caller, t.id),
    uniqueIndex('acquisitions_idempotency')
      .on(t.caller, t.idempotencyKey)
      .where(sql`${t.idempotencyKey} is not null`),
  ],
);

export const demand = sqliteTable(
  'demand',
  {
    hour: integer('hour').notNull(),
    depth: integer('depth').notNull(),
    outcome: text('outcome', { enum: DEMAND_OUTCOMES }).notNull(),
    count: integer('count').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.hour, t.depth, t.outcome] }),
    check('demand_outcome', sql`${t.outcome} in ${oneOf(DEMAND_OUTCOMES)}`),
  ],
);

/**
 * What each subject of a quota has acquired by UTC day, written with its acquisitions: a sum over those of a day would grow
 * with them. Rows of earlier days are deleted, found by their index.
 */
export const dailyUsage = sqliteTable(
  'daily_usage',
  {
    subject: text('subject').notNull(),
    /** Its start. */
    day: integer('day').notNull(),
    stamps: integer('stamps').notNull(),
    cost: text('cost').notNull(),
  },
  (t) => [primaryKey({ columns: [t.subject, t.day] }), index('daily_usage_day').on(t.day)],
);

/** Transactions that a node still lists as pending although their nonce is used. */
export const supersededTransactions = sqliteTable(
  'over_transactions',
  { node: text('node').notNull(), hash: text('hash').notNull() },
  (t) => [primaryKey({ columns: [t.node, t.hash] })],
);

/** One row that is overwritten to test whether the database accepts writes. No statement reads it. */
export const probe = sqliteTable(
  'probe',
  {
    id: integer('id').primaryKey(),
    at: integer('at').notNull(),
    filler: blob('filler', { mode: 'buffer' }).notNull(),
  },
  (t) => [check('probe_one_row', sql`${t.id} = 1`)],
);
