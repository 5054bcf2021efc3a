import { type Command, Option } from 'commander';
import { z } from 'zod';
import { ORDER_STATES } from '../domain/order.ts';
import { runOverApi } from './api/api-command.ts';
import { pageSchema } from './api/fields.ts';
import { itemsOf, type ListOptions, limitOption, listText, noItems, statusText } from './api/pages.ts';
import { addApiOptions } from './api/service-address.ts';
import { type CommandRun, examples } from './command.ts';
import { shortMoney } from './text/money.ts';
import type { Paint } from './text/paint.ts';
import { timeText } from './text/times.ts';

interface Options extends ListOptions {
  readonly status?: readonly string[];
}

/** `orders`: the purchases and top-ups of the pool. */
export function orders(group: Command, context: CommandRun): void {
  addApiOptions(group.command('orders'))
    .description('List the purchases and top-ups of the pool, newest first. Needs the scope maintain.')
    .addOption(new Option('--status <status...>', 'Only orders in these states.').choices(ORDER_STATES))
    .option(...limitOption)
    .addHelpText(
      'after',
      examples(
        'stamp-pool orders',
        'stamp-pool orders --status unknown sent',
        'stamp-pool orders --limit 1000 --json',
      ),
    )
    .action(async (options: Options) => {
      const status = options.status?.map((one) => one.toUpperCase());
      await runOverApi(options, context, async (api) => {
        const { items, hasMore } = await itemsOf(options, async (page) => {
          const { data } = await api.request({ document: DOCUMENT, variables: { status, ...page }, schema });
          return data.orders;
        });
        const text = items.length === 0 ? () => noItems('orders', status) : ordersText;
        return { json: { orders: items, hasMore }, text };
      });
    });
}

/** batchId and claimedBatchId need the scope acquire, too. */
const DOCUMENT = `query ($status: [OrderStatus!], $first: Int, $after: String) {
  orders(status: $status, first: $first, after: $after) {
    edges { node {
      id kind status depth node amount cost costBzz reason cause txHash batchId plannedAt sentAt endedAt
    } }
    pageInfo { hasNextPage endCursor }
  }
}`;

const orderSchema = z.object({
  id: z.string(),
  kind: z.string(),
  status: z.string(),
  depth: z.int(),
  node: z.string(),
  amount: z.string(),
  cost: z.string(),
  costBzz: z.string(),
  reason: z.string(),
  cause: z.string().nullable(),
  txHash: z.string().nullable(),
  batchId: z.string().nullable(),
  plannedAt: z.string(),
  sentAt: z.string().nullable(),
  endedAt: z.string().nullable(),
});
const schema = z.object({ orders: pageSchema(orderSchema) });

interface Orders {
  readonly orders: readonly z.infer<typeof orderSchema>[];
  readonly hasMore: boolean;
}

const STYLES = {
  CONFIRMED: 'ok',
  UNKNOWN: 'warning',
  ABANDONED: 'warning',
  REJECTED: 'error',
} as const;

function ordersText({ orders: shown, hasMore }: Orders, paint: Paint): string {
  const rows = shown.map(({ id, kind, status, depth, costBzz, plannedAt, cause, batchId }) => [
    timeText(new Date(plannedAt)),
    id,
    kind === 'TOP_UP' ? 'top-up' : kind.toLowerCase(),
    String(depth),
    statusText(status, STYLES, paint),
    shortMoney(costBzz),
    cause ?? batchId ?? '',
  ]);
  const heads = ['planned', 'order', 'kind', 'depth', 'state', 'cost', 'batch or cause'];
  return listText({ heads, rows, right: [3], hasMore }, paint);
}
