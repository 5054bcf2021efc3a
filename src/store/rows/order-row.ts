import {
  type AbandonedOrder,
  type Claim,
  isOpen,
  type OpenOrder,
  type Order,
  type OrderRecord,
  type OrderRequest,
  orderOf,
} from '../../domain/order.ts';
import {
  depth,
  nodeName,
  parseBatchId,
  parseEthereumAddress,
  parseOrderId,
  parsePlur,
  required,
} from '../../domain/units.ts';
import { dateOrNull, parseRow } from './parse-row.ts';
import type { OrderRow } from './row-types.ts';

/** @throws TypeError with the row, if it is not an order. */
export const orderFromRow = (row: OrderRow): Order =>
  parseRow('order', row, (values) => orderOf(recordOf(values)));

/** @throws TypeError with the row, if it is not an order. */
export const orderRecordFromRow = (row: OrderRow): OrderRecord => parseRow('order', row, recordOf);

export function openOrderFromRow(row: OrderRow): OpenOrder {
  const order = orderFromRow(row);
  if (isOpen(order)) return order;
  throw new TypeError(`expected an open order, but ${order.id} is ${order.state}`);
}

export function abandonedOrderFromRow(row: OrderRow): AbandonedOrder {
  const order = orderFromRow(row);
  if (order.state === 'abandoned') return order;
  throw new TypeError(`expected an abandoned order, but ${order.id} is ${order.state}`);
}

const recordOf = (row: OrderRow): OrderRecord => ({
  ...requestOf(row),
  id: parseOrderId(row.id),
  node: nodeName(row.node),
  cost: parsePlur(row.cost),
  reason: row.reason,
  plannedAt: new Date(row.plannedAt),
  plannedAtBlock: row.plannedAtBlock,
  state: row.state,
  sentAt: dateOrNull(row.sentAt),
  claim: claimFromRow(row),
  cause: row.cause,
  refusal: row.refusal,
  noPendingSinceBlock: row.noPendingSinceBlock,
  endedAt: dateOrNull(row.endedAt),
  endedAtBlock: row.endedAtBlock,
  boughtBatchId: row.kind === 'topUp' || row.batchId === null ? null : parseBatchId(row.batchId),
  txHash: row.txHash,
  retiredAddress: row.retiredAddress === null ? null : parseEthereumAddress(row.retiredAddress),
});

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
    return {
      kind: row.kind,
      purpose: row.purpose,
      ...what,
      immutable: required(row.immutable, 'immutable'),
    };
  return {
    kind: row.kind,
    ...what,
    batchId: parseBatchId(required(row.batchId, 'batchId')),
    before: {
      amount: parsePlur(required(row.beforeAmount, 'beforeAmount')),
      value: row.beforeValue === null ? null : parsePlur(row.beforeValue),
      listedValue: row.beforeListedValue === null ? null : parsePlur(row.beforeListedValue),
      expiresAt: new Date(required(row.beforeExpiresAt, 'beforeExpiresAt')),
    },
  };
}

export function rowFromOrder(order: OrderRecord): OrderRow {
  const { id, node, kind, reason, state, plannedAtBlock, claim, boughtBatchId } = order;
  const { cause, refusal, noPendingSinceBlock, endedAtBlock, txHash, retiredAddress } = order;
  const topUp = order.kind === 'topUp' ? order : null;
  return {
    id,
    node,
    kind,
    purpose: order.kind === 'purchase' ? order.purpose : 'reserve',
    depth: order.depth,
    reason,
    state,
    plannedAtBlock,
    amount: order.amount.toString(),
    cost: order.cost.toString(),
    plannedAt: order.plannedAt.getTime(),
    immutable: order.kind === 'purchase' ? order.immutable : null,
    batchId: topUp?.batchId ?? boughtBatchId,
    beforeAmount: topUp?.before.amount.toString() ?? null,
    beforeValue: topUp?.before.value?.toString() ?? null,
    beforeExpiresAt: topUp?.before.expiresAt.getTime() ?? null,
    beforeListedValue: topUp?.before.listedValue?.toString() ?? null,
    sentAt: order.sentAt?.getTime() ?? null,
    claimBatchId: claim?.batchId ?? null,
    claimTxHash: claim?.txHash ?? null,
    claimAtBlock: claim?.atBlock ?? null,
    claimOverdue: Number(claim?.overdue ?? false),
    claimRefuted: Number(claim?.refuted ?? false),
    endedAt: order.endedAt?.getTime() ?? null,
    endedAtBlock,
    cause,
    refusal,
    noPendingSinceBlock,
    txHash,
    retiredAddress,
  };
}
