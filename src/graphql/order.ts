import type { Claim, Order } from '../domain/order.ts';
import { redacted } from '../domain/redact.ts';
import { builder } from './builder.ts';
import { AFTER_ARG, FIRST_ARG, pageRequest, toConnection } from './connection.ts';
import { inBzz } from './in-bzz.ts';
import { ACQUIRE, MAINTAIN } from './requirements.ts';

const OrderKindEnum = builder.enumType('OrderKind', {
  description: 'What an order does on chain.',
  values: {
    PURCHASE: { value: 'purchase', description: 'Creates a batch.' },
    TOP_UP: { value: 'topUp', description: 'Extends the time to live of a batch.' },
  } as const,
});

export const OrderPurposeEnum = builder.enumType('OrderPurpose', {
  description: 'What a purchase is for.',
  values: {
    RESERVE: { value: 'reserve', description: 'A stamp of the pool.' },
    CANARY: {
      value: 'canary',
      description: 'The canary of the node: uploads are tested with it, and it is never in the pool.',
    },
  } as const,
});

const OrderStatusEnum = builder.enumType('OrderStatus', {
  description: 'The state of an order.',
  values: {
    PLANNED: { value: 'planned', description: 'On disk. The node has not received it.' },
    SENT: {
      value: 'sent',
      description:
        'The request may have left. The outcome is not settled yet, also after an answer of the node.',
    },
    UNKNOWN: {
      value: 'unknown',
      description:
        'The outcome is unknown, or the node does not show an order that it has confirmed. The pool settles it from what the chain shows, and does not repeat it before.',
    },
    CONFIRMED: { value: 'confirmed', description: 'The node has shown it.' },
    REJECTED: { value: 'rejected', description: 'The node refused it. Nothing was spent.' },
    ABANDONED: {
      value: 'abandoned',
      description:
        'It did not appear within the waiting time, or was never sent. If it is mined after all, it becomes CONFIRMED.',
    },
  } as const,
});

const claim = (order: Order): Claim | null => ('claim' in order ? order.claim : null);

export const OrderRef = builder.objectRef<Order>('Order').implement({
  description: 'One on-chain operation of the pool. It is on disk before the node receives it.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'The id of the order, a UUIDv7. It is the label of a purchase.' }),
    kind: t.expose('kind', { type: OrderKindEnum, description: 'What it does on chain.' }),
    purpose: t.field({
      type: OrderPurposeEnum,
      nullable: true,
      description: 'What a purchase is for; null for a top-up.',
      resolve: (order) => (order.kind === 'purchase' ? order.purpose : null),
    }),
    status: t.expose('state', { type: OrderStatusEnum, description: 'The state of the order.' }),
    node: t.exposeString('node', { description: 'The node whose wallet pays.' }),
    depth: t.exposeInt('depth', { description: 'The depth of the batch.' }),
    amount: t.expose('amount', { type: 'Plur', description: 'PLUR per chunk, unique to this order.' }),
    cost: t.expose('cost', { type: 'Plur', description: 'What leaves the wallet: amount times 2^depth.' }),
    costBzz: t.string(inBzz(({ cost }) => cost)),
    reason: t.string({
      description: 'Why it was planned.',
      resolve: ({ reason }, _args, { caller }) => redacted(reason, caller),
    }),
    batchId: t.field({
      ...ACQUIRE,
      type: 'BatchID',
      nullable: true,
      description: 'The batch bought or topped up; null for a purchase that is not confirmed.',
      resolve: (order) => ('batchId' in order ? order.batchId : null),
    }),
    claimedBatchId: t.field({
      ...ACQUIRE,
      type: 'BatchID',
      nullable: true,
      description:
        'The batch that the node named in its answer to an order that is not confirmed; null if it named none. It is not believed before the node lists the batch.',
      resolve: (order) => claim(order)?.batchId ?? null,
    }),
    txHash: t.string({
      nullable: true,
      description: 'The transaction, as the node named it; null if the node did not.',
      resolve: (order) => ('txHash' in order ? order.txHash : (claim(order)?.txHash ?? null)),
    }),
    cause: t.string({
      nullable: true,
      description: 'Why it was refused or abandoned, or why its outcome is unknown; else null.',
      resolve: (order, _args, { caller }) =>
        'cause' in order && order.cause !== null ? redacted(order.cause, caller) : null,
    }),
    plannedAt: t.expose('plannedAt', { type: 'DateTime', description: 'When it was planned.' }),
    plannedAtBlock: t.exposeInt('plannedAtBlock', {
      description: 'The last block that the node had applied when the order was planned.',
    }),
    sentAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was sent; null if it was not.',
      resolve: (order) => ('sentAt' in order ? order.sentAt : null),
    }),
    endedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was confirmed, rejected or abandoned; else null.',
      resolve: (order) => ('endedAt' in order ? order.endedAt : null),
    }),
  }),
});

const OrdersConnection = builder.connectionObject(
  { type: OrderRef, name: 'OrdersConnection', description: 'A page of orders.' },
  { name: 'OrdersEdge', description: 'One order of a page.' },
);

builder.queryField('orders', (t) =>
  t.field({
    type: OrdersConnection,
    ...MAINTAIN,
    description: 'All on-chain operations of the pool, newest first.',
    args: {
      status: t.arg({ type: [OrderStatusEnum], description: 'Only orders in these states. Default: all.' }),
      first: t.arg.int(FIRST_ARG),
      after: t.arg.string(AFTER_ARG),
    },
    resolve: async (_root, args, { operations }) =>
      toConnection(await operations.orders({ ...pageRequest(args), states: args.status ?? null }), args),
  }),
);
