import { type SQL, sql } from 'drizzle-orm';
import {
  type AnyPgColumn,
  bigint,
  boolean,
  check,
  foreignKey,
  index,
  integer,
  pgTable,
  primaryKey,
  unique,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import { OPEN_ORDER_STATES, ORDER_KINDS, ORDER_STATES, PURPOSES, REFUSAL_CODES } from '../../domain/order.ts';
import { LIVE_STAMP_STATES, OBSERVED_WITHHELD, ORIGINS, STAMP_STATES } from '../../domain/stamp.ts';
import { DEMAND_OUTCOMES } from '../store.ts';
import { count, ms, oneOf, plurs, text } from './columns.ts';

// The columns are those of src/store/sqlite/schema.ts, so that both adapters have the same rows. Money is numeric, which
// node-postgres reads as a decimal string. Times are integer milliseconds.

const block = count;

export const OPEN_ORDERS = oneOf(OPEN_ORDER_STATES);
export const FAILED_ORDERS = oneOf(['rejected', 'abandoned']);
export const LIVE_STAMPS = oneOf(LIVE_STAMP_STATES);

/** The live stamps that a run decides on one by one: those that the node does not show as usable, or that are withheld. */
export const needsAttention = (t: {
  readonly state: AnyPgColumn;
  readonly retiredAddress: AnyPgColumn;
  readonly withheld: AnyPgColumn;
  readonly missingSinceBlock: AnyPgColumn;
}): SQL =>
  sql`(${t.state} = 'propagating' or ${t.withheld} is not null or ${t.missingSinceBlock} is not null) and ${t.retiredAddress} is null and ${t.state} in ${LIVE_STAMPS}`;

/** The Bee nodes, by the operator's names. A node gets its row at its first complete and fresh observation. */
export const nodes = pgTable(
  'nodes',
  {
    name: text('name').primaryKey(),
    /** The Ethereum address that owns the stock: docs/decisions/0012-a-node-is-its-address.md. */
    address: text('address'),
    /** The chain of the stock; null if no observation has shown it. */
    chainId: count('chain_id'),
    pinnedAt: ms('pinned_at'),
    /** The node that answers in its place, and since when. */
    otherAddress: text('other_address'),
    /** Its chain, if that is not the one of the stock. */
    otherChainId: count('other_chain_id'),
    changedAt: ms('changed_at'),
    /** When it was last completely observed, in the time that expiries are compared with. */
    observedAt: ms('observed_at'),
  },
  (t) => [
    check('nodes_pinned', sql`(${t.address} is null) = (${t.pinnedAt} is null)`),
    check('nodes_changed', sql`(${t.otherAddress} is null) = (${t.changedAt} is null)`),
  ],
);

export const orders = pgTable(
  'orders',
  {
    /** UUIDv7, so the primary key is in the order of creation. */
    id: text('id').primaryKey(),
    node: text('node').notNull(),
    kind: text('kind').$type<(typeof ORDER_KINDS)[number]>().notNull(),
    /** Of a purchase. */
    purpose: text('purpose').$type<(typeof PURPOSES)[number]>().notNull().default('reserve'),
    depth: integer('depth').notNull(),
    amount: plurs('amount').notNull(),
    cost: plurs('cost').notNull(),
    reason: text('reason').notNull(),
    state: text('state').$type<(typeof ORDER_STATES)[number]>().notNull(),
    plannedAt: ms('planned_at').notNull(),
    plannedAtBlock: block('planned_at_block').notNull(),
    /** Only of a purchase. */
    immutable: boolean('immutable'),
    /** Of a top-up from the start, of a purchase after it is confirmed. */
    batchId: text('batch_id'),
    /** Only of a top-up, like the next three columns. */
    beforeAmount: plurs('before_amount'),
    beforeValue: plurs('before_value'),
    beforeExpiresAt: ms('before_expires_at'),
    beforeListedValue: plurs('before_listed_value'),
    sentAt: ms('sent_at'),
    /** Bee's claim, with the next four columns. It stays when the order ends. */
    claimBatchId: text('claim_batch_id'),
    claimTxHash: text('claim_tx_hash'),
    claimAtBlock: block('claim_at_block'),
    claimOverdue: integer('claim_overdue').notNull().default(0),
    claimRefuted: integer('claim_refuted').notNull().default(0),
    endedAt: ms('ended_at'),
    endedAtBlock: block('ended_at_block'),
    cause: text('cause'),
    /** Only of a rejected order. */
    refusal: text('refusal').$type<(typeof REFUSAL_CODES)[number]>(),
    noPendingSinceBlock: block('quiet_since_block'),
    txHash: text('tx_hash'),
    /** The address that the order was made with, if the name of its node has moved to another one. */
    retiredAddress: text('retired_address'),
  },
  (t) => [
    check('orders_kind', sql`${t.kind} in ${oneOf(ORDER_KINDS)}`),
    check('orders_purpose', sql`${t.purpose} in ${oneOf(PURPOSES)}`),
    check('orders_state', sql`${t.state} in ${oneOf(ORDER_STATES)}`),
    check('orders_refusal', sql`${t.refusal} in ${oneOf(REFUSAL_CODES)}`),
    check('orders_money', sql`${t.amount} >= 0 and ${t.cost} >= 0`),
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
    /** The same for all nodes. */
    index('orders_planned_in_pool').on(t.plannedAt),
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

export const stamps = pgTable(
  'stamps',
  {
    batchId: text('batch_id').primaryKey(),
    node: text('node').notNull(),
    depth: integer('depth').notNull(),
    amount: plurs('amount').notNull(),
    immutable: boolean('immutable').notNull(),
    cost: plurs('cost').notNull(),
    origin: text('origin').$type<(typeof ORIGINS)[number]>().notNull(),
    orderId: text('order_id').references(() => orders.id),
    state: text('state').$type<(typeof STAMP_STATES)[number]>().notNull(),
    createdAt: ms('created_at').notNull(),
    availableAt: ms('available_at'),
    expiresAt: ms('expires_at'),
    ttlAtCreationSeconds: bigint('ttl_at_creation_seconds', { mode: 'number' }),
    missingSinceBlock: block('missing_since_block'),
    withheld: text('withheld').$type<(typeof OBSERVED_WITHHELD)[number]>(),
    lastLostAtBlock: block('last_lost_at_block'),
    /** The address that owns the stamp, if the name of its node has moved to another one. */
    retiredAddress: text('retired_address'),
  },
  (t) => [
    check('stamps_origin', sql`${t.origin} in ${oneOf(ORIGINS)}`),
    check('stamps_state', sql`${t.state} in ${oneOf(STAMP_STATES)}`),
    check('stamps_withheld', sql`${t.withheld} in ${oneOf(OBSERVED_WITHHELD)}`),
    check('stamps_money', sql`${t.amount} >= 0 and ${t.cost} >= 0`),
    check(
      'stamps_available',
      sql`${t.state} not in ${oneOf(['available', 'acquired'])} or (${t.availableAt} is not null and ${t.expiresAt} is not null and ${t.ttlAtCreationSeconds} is not null)`,
    ),
    /** The stamps that can be acquired, in the order in which they are. By node, so that a node can be left out. */
    index('stamps_acquirable')
      .on(t.node, t.depth, t.expiresAt, t.batchId)
      .where(sql`${t.withheld} is null and ${t.retiredAddress} is null and ${t.state} = 'available'`),
    index('stamps_live')
      .on(t.node, t.batchId)
      .where(sql`${t.state} in ${LIVE_STAMPS} and ${t.retiredAddress} is null`),
    index('stamps_attention').on(t.node, t.depth, t.expiresAt).where(needsAttention(t)),
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

export const acquisitions = pgTable(
  'acquisitions',
  {
    /** UUIDv7, so a new one goes to the end of the index. */
    id: text('id').primaryKey(),
    /** Unique: a second acquisition of a stamp cannot be written. */
    batchId: text('batch_id').notNull(),
    acquiredAt: ms('acquired_at').notNull(),
    caller: text('caller').notNull(),
    clientRef: text('client_ref'),
    idempotencyKey: text('idempotency_key'),
    fingerprint: text('fingerprint').notNull(),
    askedDepth: integer('asked_depth').notNull(),
    givenDepth: integer('given_depth').notNull(),
    cost: plurs('cost').notNull(),
    ttlSeconds: bigint('ttl_seconds', { mode: 'number' }).notNull(),
  },
  (t) => [
    unique('acquisitions_batch_id').on(t.batchId),
    foreignKey({ name: 'acquisitions_stamp', columns: [t.batchId], foreignColumns: [stamps.batchId] }),
    check('acquisitions_cost', sql`${t.cost} >= 0`),
    /** The acquisitions of one caller, newest first. */
    index('acquisitions_caller').on(t.caller, t.id),
    uniqueIndex('acquisitions_idempotency')
      .on(t.caller, t.idempotencyKey)
      .where(sql`${t.idempotencyKey} is not null`),
  ],
);

export const demand = pgTable(
  'demand',
  {
    hour: ms('hour').notNull(),
    depth: integer('depth').notNull(),
    outcome: text('outcome').$type<(typeof DEMAND_OUTCOMES)[number]>().notNull(),
    count: count('count').notNull(),
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
export const dailyUsage = pgTable(
  'daily_usage',
  {
    subject: text('subject').notNull(),
    /** Its start. */
    day: ms('day').notNull(),
    stamps: count('stamps').notNull(),
    cost: plurs('cost').notNull(),
  },
  (t) => [primaryKey({ columns: [t.subject, t.day] }), index('daily_usage_day').on(t.day)],
);

/** Transactions that a node still lists as pending although their nonce is used. */
export const supersededTransactions = pgTable(
  'over_transactions',
  { node: text('node').notNull(), hash: text('hash').notNull() },
  (t) => [primaryKey({ columns: [t.node, t.hash] })],
);

/** One row that is overwritten to test whether the database accepts writes. No statement reads it. */
export const probe = pgTable('probe', { id: integer('id').primaryKey(), at: ms('at').notNull() }, (t) => [
  check('probe_one_row', sql`${t.id} = 1`),
]);
