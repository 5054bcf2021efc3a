import { type SQL, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { type OrderState, statesBefore } from '../../domain/order.ts';
import { orders, overTransactions, stamps } from './schema.ts';
import { at, live, type OrderValues, type StampValues, to, type Writes } from './statement-types.ts';

/** What writing a change says; a part of `Statements`. */
export function prepareChanges(db: BetterSQLite3Database) {
  return { ...forOrders(db), ...forStamps(db), ...forTransactions(db) };
}

/** They are replaced as a whole, so that there are never more than the node lists. */
function forTransactions(db: BetterSQLite3Database) {
  const forgetOver: Writes<{ node: string }> = db
    .delete(overTransactions)
    .where(sql`${overTransactions.node} = ${at('node')}`)
    .prepare();
  const addOver: Writes<{ node: string; hash: string }> = db
    .insert(overTransactions)
    .values({ node: to('node'), hash: to('hash') })
    .prepare();
  return { forgetOver, addOver };
}

/** The life table as a condition: an order in any other state is not touched, and zero rows written tell so. */
const mayBecome = (state: OrderState): SQL =>
  sql`${orders.id} = ${at('id')} and ${orders.state} in (${sql.raw(
    statesBefore(state)
      .map((before) => `'${before}'`)
      .join(', '),
  )})`;

const claimed = sql`${orders.id} = ${at('id')} and ${orders.claimBatchId} is not null and ${orders.claimRefuted} = 0 and ${orders.state} in ('sent', 'unknown')`;

/** A type and no interface: Drizzle's placeholders want an index signature. */
type Ended = { id: string; atMs: number; atBlock: number | null };

function forOrders(db: BetterSQLite3Database) {
  const addOrder: Writes<OrderValues> = db
    .insert(orders)
    .values({
      id: to('id'),
      node: to('node'),
      kind: to('kind'),
      depth: to('depth'),
      amount: to('amount'),
      cost: to('cost'),
      reason: to('reason'),
      state: to('state'),
      plannedAt: to('plannedAt'),
      plannedAtBlock: to('plannedAtBlock'),
      immutable: to('immutable'),
      batchId: to('batchId'),
      beforeAmount: to('beforeAmount'),
      beforeValue: to('beforeValue'),
      beforeExpiresAt: to('beforeExpiresAt'),
      beforeListedValue: to('beforeListedValue'),
    })
    .prepare();
  const orderSent: Writes<{ id: string; atMs: number }> = db
    .update(orders)
    .set({ state: 'sent', sentAt: to('atMs') })
    .where(mayBecome('sent'))
    .prepare();
  const orderUnknown: Writes<{ id: string; cause: string }> = db
    .update(orders)
    .set({ state: 'unknown', cause: to('cause') })
    .where(mayBecome('unknown'))
    .prepare();
  /** No step of its life: what Bee claims of it, while it is not settled by what the node shows. */
  const orderAnswered: Writes<{
    id: string;
    batchId: string;
    txHash: string | null;
    atBlock: number | null;
  }> = db
    .update(orders)
    .set({ claimBatchId: to('batchId'), claimTxHash: to('txHash'), claimAtBlock: to('atBlock') })
    .where(sql`${orders.id} = ${at('id')} and ${orders.state} in ('sent', 'unknown', 'abandoned')`)
    .prepare();
  /** Also of one that was unknown already, as the next. */
  const orderClaimRefuted: Writes<{ id: string; cause: string }> = db
    .update(orders)
    .set({
      state: 'unknown',
      cause: to('cause'),
      claimOverdue: 0,
      claimRefuted: 1,
    })
    .where(claimed)
    .prepare();
  const orderOverdue: Writes<{ id: string; cause: string }> = db
    .update(orders)
    .set({ state: 'unknown', cause: to('cause'), claimOverdue: 1 })
    .where(claimed)
    .prepare();
  /** No step of its life but something seen of it, while it is unknown. */
  const orderQuiet: Writes<{ id: string; quietSinceBlock: number | null }> = db
    .update(orders)
    .set({ quietSinceBlock: to('quietSinceBlock') })
    .where(sql`${orders.id} = ${at('id')} and ${orders.state} = 'unknown'`)
    .prepare();
  /** A top-up is of one batch: that it was mined for another is a bug, and not written. */
  const orderConfirmed: Writes<Ended & { batchId: string; txHash: string | null }> = db
    .update(orders)
    .set({
      state: 'confirmed',
      endedAt: to('atMs'),
      endedAtBlock: to('atBlock'),
      batchId: to('batchId'),
      txHash: to('txHash'),
    })
    .where(
      sql`${mayBecome('confirmed')} and (${orders.kind} = 'purchase' or ${orders.batchId} = ${at('batchId')})`,
    )
    .prepare();
  const orderRejected: Writes<{ id: string; atMs: number; cause: string }> = db
    .update(orders)
    .set({ state: 'rejected', endedAt: to('atMs'), cause: to('cause') })
    .where(mayBecome('rejected'))
    .prepare();
  const orderAbandoned: Writes<Ended & { cause: string }> = db
    .update(orders)
    .set({ state: 'abandoned', endedAt: to('atMs'), endedAtBlock: to('atBlock'), cause: to('cause') })
    .where(mayBecome('abandoned'))
    .prepare();
  return {
    addOrder,
    orderSent,
    orderUnknown,
    orderAnswered,
    orderClaimRefuted,
    orderOverdue,
    orderQuiet,
    orderConfirmed,
    orderRejected,
    orderAbandoned,
  };
}

/** Each names the live states in its condition: what has ended meanwhile stays as it is. */
function forStamps(db: BetterSQLite3Database) {
  const ofLive = sql`${stamps.batchId} = ${at('batchId')} and ${live}`;
  const addStamp: Writes<StampValues> = db
    .insert(stamps)
    .values({
      batchId: to('batchId'),
      node: to('node'),
      depth: to('depth'),
      amount: to('amount'),
      immutable: to('immutable'),
      cost: to('cost'),
      origin: to('origin'),
      orderId: to('orderId'),
      state: to('state'),
      createdAt: to('createdAt'),
      availableAt: to('availableAt'),
      expiresAt: to('expiresAt'),
      ttlAtCreationSeconds: to('ttlAtCreationSeconds'),
      missingSinceBlock: to('missingSinceBlock'),
      withheld: to('withheld'),
      lastLostAtBlock: to('lastLostAtBlock'),
    })
    .onConflictDoNothing({ target: stamps.batchId })
    .prepare();
  const stampSeen: Writes<
    Pick<StampValues, 'batchId' | 'depth' | 'amount' | 'immutable' | 'expiresAt' | 'withheld'>
  > = db
    .update(stamps)
    .set({
      depth: to('depth'),
      amount: to('amount'),
      immutable: to('immutable'),
      expiresAt: sql`coalesce(${to('expiresAt')}, ${stamps.expiresAt})`,
      missingSinceBlock: null,
      withheld: to('withheld'),
    })
    .where(ofLive)
    .prepare();
  const stampAvailable: Writes<{
    batchId: string;
    atMs: number;
    expiresAt: number;
    ttlAtCreationSeconds: number;
  }> = db
    .update(stamps)
    .set({
      state: 'available',
      availableAt: to('atMs'),
      expiresAt: to('expiresAt'),
      ttlAtCreationSeconds: to('ttlAtCreationSeconds'),
    })
    .where(sql`${stamps.batchId} = ${at('batchId')} and ${stamps.state} = 'propagating'`)
    .prepare();
  /** The first block that did not show it is the one that counts. */
  const stampMissing: Writes<
    Pick<StampValues, 'batchId' | 'withheld' | 'lastLostAtBlock'> & { sinceBlock: number }
  > = db
    .update(stamps)
    .set({
      missingSinceBlock: sql`coalesce(${stamps.missingSinceBlock}, ${to('sinceBlock')})`,
      withheld: to('withheld'),
      lastLostAtBlock: sql`coalesce(${to('lastLostAtBlock')}, ${stamps.lastLostAtBlock})`,
    })
    .where(ofLive)
    .prepare();
  const stampCost: Writes<{ batchId: string; cost: string }> = db
    .update(stamps)
    .set({ cost: to('cost') })
    .where(ofLive)
    .prepare();
  /** Clients are answered with the expiry of what they have acquired, too: until it is over it moves as well. */
  const clockSet: Writes<{ byMs: number; beforeMs: number }> = db
    .update(stamps)
    .set({ expiresAt: sql`${stamps.expiresAt} + ${to('byMs')}` })
    .where(
      sql`${stamps.expiresAt} is not null and (${live} or (${stamps.state} = 'acquired' and ${stamps.expiresAt} > ${at('beforeMs')}))`,
    )
    .prepare();
  const stampExpired: Writes<{ batchId: string }> = db
    .update(stamps)
    .set({ state: 'expired' })
    .where(ofLive)
    .prepare();
  return { addStamp, stampSeen, stampAvailable, stampMissing, stampCost, clockSet, stampExpired };
}
