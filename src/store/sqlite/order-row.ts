import type {
  AbandonedOrder,
  Claim,
  OpenOrder,
  Order,
  OrderRequest,
  PlannedOrder,
} from '../../domain/order.ts';
import { depth, nodeName, parseBatchId, parseOrderId, parsePlur } from '../../domain/units.ts';
import { parseRow, told } from './parse-row.ts';
import type { OrderRow, OrderValues } from './statement-types.ts';

/** @throws TypeError with the row in it, when it is no order. */
export const orderFromRow = (row: OrderRow): Order => parseRow('order', row, orderOf);

export function openOrderFromRow(row: OrderRow): OpenOrder {
  const order = orderFromRow(row);
  if (order.state === 'planned' || order.state === 'sent' || order.state === 'unknown') return order;
  throw new TypeError(`asked for open orders, found one that is ${order.state}: ${order.id}`);
}

export function abandonedOrderFromRow(row: OrderRow): AbandonedOrder {
  const order = orderFromRow(row);
  if (order.state === 'abandoned') return order;
  throw new TypeError(`asked for abandoned orders, found one that is ${order.state}: ${order.id}`);
}

function orderOf(row: OrderRow): Order {
  const common = {
    id: parseOrderId(row.id),
    node: nodeName(row.node),
    cost: parsePlur(row.cost),
    reason: row.reason,
    plannedAt: new Date(row.plannedAt),
    plannedAtBlock: row.plannedAtBlock,
    ...requestOf(row),
  };
  const { state } = row;
  switch (state) {
    case 'planned':
      return { ...common, state };
    case 'sent':
      return { ...common, state, sentAt: new Date(told(row.sentAt, 'sentAt')), claim: claimFromRow(row) };
    case 'unknown':
      return {
        ...common,
        state,
        sentAt: new Date(told(row.sentAt, 'sentAt')),
        claim: claimFromRow(row),
        cause: told(row.cause, 'cause'),
        quietSinceBlock: row.quietSinceBlock,
      };
    case 'confirmed':
      return {
        ...common,
        state,
        sentAt: row.sentAt === null ? null : new Date(row.sentAt),
        endedAt: new Date(told(row.endedAt, 'endedAt')),
        batchId: parseBatchId(told(row.batchId, 'batchId')),
        txHash: row.txHash,
      };
    case 'rejected':
      return {
        ...common,
        state,
        sentAt: new Date(told(row.sentAt, 'sentAt')),
        endedAt: new Date(told(row.endedAt, 'endedAt')),
        cause: told(row.cause, 'cause'),
      };
    case 'abandoned':
      return {
        ...common,
        state,
        sentAt: row.sentAt === null ? null : new Date(row.sentAt),
        claim: claimFromRow(row),
        endedAt: new Date(told(row.endedAt, 'endedAt')),
        endedAtBlock: row.endedAtBlock,
        cause: told(row.cause, 'cause'),
      };
    default:
      throw new TypeError(`"${String(state satisfies never)}" is no state of an order`);
  }
}

const claimFromRow = (row: OrderRow): Claim | null =>
  row.claimBatchId === null
    ? null
    : {
        batchId: parseBatchId(row.claimBatchId),
        txHash: row.claimTxHash,
        atBlock: row.claimAtBlock,
        overdue: row.claimOverdue === 1,
        refuted: row.claimRefuted === 1,
      };

function requestOf(row: OrderRow): OrderRequest {
  const what = { depth: depth(row.depth), amount: parsePlur(row.amount) };
  if (row.kind === 'purchase')
    return { kind: row.kind, ...what, immutable: told(row.immutable, 'immutable') };
  return {
    kind: row.kind,
    ...what,
    batchId: parseBatchId(told(row.batchId, 'batchId')),
    before: {
      amount: parsePlur(told(row.beforeAmount, 'beforeAmount')),
      value: row.beforeValue === null ? null : parsePlur(row.beforeValue),
      listedValue: row.beforeListedValue === null ? null : parsePlur(row.beforeListedValue),
      expiresAt: new Date(told(row.beforeExpiresAt, 'beforeExpiresAt')),
    },
  };
}

export function rowFromOrder(order: PlannedOrder): OrderValues {
  const { id, node, kind, reason, state, plannedAtBlock } = order;
  const topUp = order.kind === 'topUp' ? order : null;
  return {
    id,
    node,
    kind,
    depth: order.depth,
    reason,
    state,
    plannedAtBlock,
    amount: order.amount.toString(),
    cost: order.cost.toString(),
    plannedAt: order.plannedAt.getTime(),
    immutable: order.kind === 'purchase' ? Number(order.immutable) : null,
    batchId: topUp?.batchId ?? null,
    beforeAmount: topUp?.before.amount.toString() ?? null,
    beforeValue: topUp?.before.value?.toString() ?? null,
    beforeExpiresAt: topUp?.before.expiresAt.getTime() ?? null,
    beforeListedValue: topUp?.before.listedValue?.toString() ?? null,
    sentAt: null,
    claimBatchId: null,
    claimTxHash: null,
    claimAtBlock: null,
    claimOverdue: 0,
    claimRefuted: 0,
    endedAt: null,
    endedAtBlock: null,
    cause: null,
    quietSinceBlock: null,
    txHash: null,
    retiredAddress: null,
  };
}
