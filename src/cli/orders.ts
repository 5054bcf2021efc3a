import { type Command, Option } from 'commander';
import { z } from 'zod';
import { ORDER_STATES } from '../domain/order.ts';
import { runOverApi } from './api/api-command.ts';
import { pageSchema } from './api/fields.ts';
import { DEFAULT_LIMIT, itemsOf, limitOption, noItems, parseLimit } from './api/pages.ts';
import { type ApiOptions, addApiOptions } from './api/service-address.ts';
import { argument, type CommandRun, examples } from './command.ts';
import { shortMoney } from './text/money.ts';
import type { Paint } from './text/paint.ts';
import { table } from './text/table.ts';
import { timeText } from './text/times.ts';

interface Options extends ApiOptions {
  readonly status?: readonly string[];
  readonly limit?: number;
}

/** `orders`: the purchases and top-ups of the pool. */
export function orders(group: Command, context: CommandRun): void {
  addApiOptions(group.command('orders'))
    .description('List the purchases and top-ups of the pool, newest first. Needs the scope maintain.')
    .addOption(new Option('--status <status...>', 'Only orders in these states.').choices(ORDER_STATES))
    .option(...limitOption, argument(parseLimit))
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
        const { items, hasMore } = await itemsOf(options.limit ?? DEFAULT_LIMIT, async (page) => {
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

const STYLES: Readonly<Record<string, 'ok' | 'warning' | 'error'>> = {
  CONFIRMED: 'ok',
  UNKNOWN: 'warning',
  ABANDONED: 'warning',
  REJECTED: 'error',
};

function ordersText({ orders: shown, hasMore }: Orders, paint: Paint): string {
  const rows = shown.map(({ id, kind, status, depth, costBzz, plannedAt, cause, batchId }) => {
    const style = STYLES[status];
    const name = status.toLowerCase();
    return [
      timeText(new Date(plannedAt)),
      id,
      kind === 'TOP_UP' ? 'top-up' : kind.toLowerCase(),
      String(depth),
      style === undefined ? name : paint(style, name),
      shortMoney(costBzz),
      cause ?? batchId ?? '',
    ];
  });
  const heads = ['planned', 'order', 'kind', 'depth', 'state', 'cost', 'batch or cause'];
  return [
    table([heads.map((head) => paint('dim', head)), ...rows], { right: [3] }),
    ...(hasMore ? [paint('dim', 'There are more: raise --limit.')] : []),
  ].join('\n');
}
