import { type Command, Option } from 'commander';
import { z } from 'zod';
import { DELIVERY_STATUSES } from '../domain/webhook-delivery.ts';
import type { Api } from './api/api.ts';
import { runOverApi } from './api/api-command.ts';
import { ApiError } from './api/api-error.ts';
import { FAILURE_FIELDS, failureSchema, pageSchema } from './api/fields.ts';
import { itemsOf, type ListOptions, limitOption, listText, noItems, statusText } from './api/pages.ts';
import { type ApiOptions, addApiOptions } from './api/service-address.ts';
import { type AddCommand, type CommandRun, examples } from './command.ts';
import { EXIT } from './exit-code.ts';
import type { Paint } from './text/paint.ts';
import { timeText } from './text/times.ts';

/** `webhooks`: the events that the operator is notified of. */
export function webhooks(program: Command, context: CommandRun): void {
  const group = program
    .command('webhooks')
    .description('List, test and repeat the webhooks that notify the operator (docs/webhooks.md).');
  for (const add of COMMANDS) add(group, context);
}

interface Options extends ListOptions {
  readonly status?: readonly string[];
}

/** What was sent to the receiver of the operator, and what waits. */
function list(group: Command, context: CommandRun): void {
  addApiOptions(group.command('list'))
    .description('List the webhooks, newest first. Needs the scope maintain.')
    .addOption(new Option('--status <status...>', 'Only those of these statuses.').choices(DELIVERY_STATUSES))
    .option(...limitOption)
    .addHelpText(
      'after',
      examples('stamp-pool webhooks list', 'stamp-pool webhooks list --status waiting given_up'),
    )
    .action(async (options: Options) => {
      const status = options.status?.map((one) => one.toUpperCase());
      await runOverApi(options, context, async (api) => {
        const { items, hasMore } = await itemsOf(options, async (page) => {
          const variables = { status, ...page };
          return (await api.request({ document: LIST, variables, schema: listSchema })).data
            .webhookDeliveries;
        });
        const text = items.length === 0 ? () => noItems('webhooks', status) : webhooksText;
        return { json: { webhooks: items, hasMore }, text };
      });
    });
}

function test(group: Command, context: CommandRun): void {
  addApiOptions(group.command('test'))
    .description(
      'Send the event webhook.test to the receiver, and show whether it accepted it. Exits with 1 if not. Needs the scope maintain.',
    )
    .addHelpText('after', examples('stamp-pool webhooks test'))
    .action(async (options: ApiOptions) => await showSent(options, context, sendTest));
}

function resend(group: Command, context: CommandRun): void {
  addApiOptions(group.command('resend'))
    .argument('<id>', 'The id of the webhook, as webhooks list shows it.')
    .description(
      'Send a webhook once more under its id, and show whether the receiver accepted it. Exits with 1 if not. Needs the scope maintain.',
    )
    .addHelpText('after', examples('stamp-pool webhooks resend 0197f3c0-1d2e-7a34-9b56-0c7d8e9fa0b1'))
    .action(async (id: string, options: ApiOptions) => {
      await showSent(options, context, async (api) => await sendAgain(api, id));
    });
}

const COMMANDS: readonly AddCommand[] = [list, test, resend];

const FIELDS = 'id type status payload createdAt attempts lastAttemptAt nextAttemptAt lastError';
const deliverySchema = z.object({
  id: z.string(),
  type: z.string(),
  status: z.string(),
  payload: z.string(),
  createdAt: z.string(),
  attempts: z.int(),
  lastAttemptAt: z.string().nullable(),
  nextAttemptAt: z.string().nullable(),
  lastError: z.string().nullable(),
});
type Delivery = z.infer<typeof deliverySchema>;

const LIST = `query ($status: [WebhookDeliveryStatus!], $first: Int, $after: String) {
  webhookDeliveries(status: $status, first: $first, after: $after) {
    edges { node { ${FIELDS} } }
    pageInfo { hasNextPage endCursor }
  }
}`;
const listSchema = z.object({ webhookDeliveries: pageSchema(deliverySchema) });

const SENT_FIELDS = `__typename ... on WebhookSent { delivery { ${FIELDS} } } ${FAILURE_FIELDS}`;
const SEND_TEST = `mutation { sendTestWebhook { ${SENT_FIELDS} } }`;
const RESEND = `mutation ($id: ID!) { resendWebhook(id: $id) { ${SENT_FIELDS} } }`;
const sentSchema = z.union([z.object({ delivery: deliverySchema }), failureSchema]);

const sendTest = async (api: Api): Promise<Delivery> =>
  deliveryIn(
    (await api.request({ document: SEND_TEST, schema: z.object({ sendTestWebhook: sentSchema }) })).data
      .sendTestWebhook,
  );

const sendAgain = async (api: Api, id: string): Promise<Delivery> =>
  deliveryIn(
    (
      await api.request({
        document: RESEND,
        variables: { id },
        schema: z.object({ resendWebhook: sentSchema }),
      })
    ).data.resendWebhook,
  );

/** @throws ApiError if it was not sent. */
function deliveryIn(result: z.infer<typeof sentSchema>): Delivery {
  if ('delivery' in result) return result.delivery;
  const { code, message, suggestion } = result;
  throw new ApiError(message, { code, suggestion });
}

async function showSent(
  options: ApiOptions,
  context: CommandRun,
  send: (api: Api) => Promise<Delivery>,
): Promise<void> {
  await runOverApi(options, context, async (api) => {
    const delivery = await send(api);
    const exitCode = delivery.status === 'DELIVERED' ? EXIT.fine : EXIT.finding;
    return { json: delivery, text: sentText, exitCode };
  });
}

function sentText({ id, type, status, lastError, nextAttemptAt }: Delivery, paint: Paint): string {
  if (status === 'DELIVERED') return `${paint('ok', 'Accepted')} by the receiver: ${type} ${id}.`;
  const next = nextAttemptAt === null ? '' : ` It is sent again at ${timeText(new Date(nextAttemptAt))}.`;
  const why = lastError ?? 'it is queued behind others';
  return `${paint('error', 'Not accepted')} by the receiver: ${type} ${id}: ${why}.${next}`;
}

const STYLES = {
  DELIVERED: 'ok',
  WAITING: 'warning',
  GIVEN_UP: 'error',
} as const;

interface Deliveries {
  readonly webhooks: readonly Delivery[];
  readonly hasMore: boolean;
}

function webhooksText({ webhooks: shown, hasMore }: Deliveries, paint: Paint): string {
  const rows = shown.map(({ id, type, status, createdAt, attempts, lastError }) => [
    timeText(new Date(createdAt)),
    id,
    type,
    statusText(status, STYLES, paint),
    String(attempts),
    lastError ?? '',
  ]);
  const heads = ['created', 'id', 'event', 'status', 'attempts', 'last error'];
  return listText({ heads, rows, right: [4], hasMore }, paint);
}
