import { ORDER_STATES, type Order, type OrderState } from '../domain/order.ts';
import { formatBzz } from '../domain/units.ts';
import type { Builder } from './builder.ts';
import { firstSchema, pageRequest, toConnection } from './connection.ts';
import { IN_BZZ } from './in-bzz.ts';

/** The type Order, and the list of all orders. */
export function addOrder(builder: Builder): void {
  const { order, status } = addOrderType(builder);
  const connection = builder.connectionObject({ type: order, name: 'OrdersConnection' });
  builder.queryField('orders', (t) =>
    t.field({
      type: connection,
      description: 'Every on-chain operation of the pool, newest first.',
      args: {
        status: t.arg({ type: [status], description: 'Only these; all when left out.' }),
        first: t.arg.int({ validate: { schema: firstSchema } }),
        after: t.arg.string(),
      },
      resolve: async (_root, args, { pool }) =>
        toConnection(await pool.orders({ ...pageRequest(args), states: args.status ?? null }), args),
    }),
  );
}

function addOrderType(builder: Builder) {
  const kind = builder.enumType('OrderKind', {
    values: { PURCHASE: { value: 'purchase' }, TOP_UP: { value: 'topUp' } } as const,
  });
  const status = builder.enumType('OrderStatus', {
    values: Object.fromEntries(
      ORDER_STATES.map((state): [string, { value: OrderState; description: string }] => [
        state.toUpperCase(),
        { value: state, description: MEANINGS[state] },
      ]),
    ),
  });
  const order = builder.objectRef<Order>('Order').implement({
    description: 'One on-chain operation, on disk before the node hears of it.',
    fields: (t) => ({
      id: t.exposeID('id'),
      kind: t.expose('kind', { type: kind }),
      status: t.expose('state', { type: status }),
      node: t.exposeString('node', { description: 'The node whose wallet pays.' }),
      depth: t.exposeInt('depth'),
      amount: t.expose('amount', { type: 'Plur', description: 'Per chunk.' }),
      cost: t.expose('cost', { type: 'Plur', description: 'What leaves the wallet: amount times 2^depth.' }),
      costBzz: t.string({ description: IN_BZZ, resolve: ({ cost }) => formatBzz(cost) }),
      reason: t.exposeString('reason', { description: 'Why it was planned, in words.' }),
      batchId: t.field({
        type: 'BatchID',
        nullable: true,
        description: 'The batch bought or topped up; null while a purchase is not confirmed.',
        resolve: (of) => ('batchId' in of ? of.batchId : null),
      }),
      txHash: t.string({ nullable: true, resolve: (of) => ('txHash' in of ? of.txHash : null) }),
      cause: t.string({
        nullable: true,
        description: 'Why it was refused, given up, or is not known to have gone through.',
        resolve: (of) => ('cause' in of ? of.cause : null),
      }),
      plannedAt: t.expose('plannedAt', { type: 'DateTime' }),
      plannedAtBlock: t.exposeInt('plannedAtBlock'),
      sentAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'While it is under way.',
        resolve: (of) => ('sentAt' in of ? of.sentAt : null),
      }),
      endedAt: t.field({
        type: 'DateTime',
        nullable: true,
        resolve: (of) => ('endedAt' in of ? of.endedAt : null),
      }),
    }),
  });
  return { order, status };
}

const MEANINGS = {
  planned: 'On disk, the node has not heard of it.',
  sent: 'The request may have left.',
  unknown: 'No answer that tells; it is settled from what the chain shows, and not repeated before.',
  confirmed: 'Mined.',
  rejected: 'The node said no, nothing was spent.',
  abandoned: 'Waited for in vain. Should it be mined after all, it becomes CONFIRMED.',
} as const satisfies Record<OrderState, string>;
