import { redacted } from '../domain/redact.ts';
import { type Delivery, MAX_WAITING_WEBHOOKS } from '../domain/webhook-delivery.ts';
import type { SendResult } from '../webhooks/operations.ts';
import { builder } from './builder.ts';
import { AFTER_ARG, FIRST_ARG, pageRequest, toConnection } from './connection.ts';
import type { Failure } from './errors.ts';
import { FailureRef } from './failure.ts';
import { RateLimitedRef, rateLimited } from './rate-limited.ts';
import { MAINTAIN } from './requirements.ts';

const WebhookDeliveryStatusEnum = builder.enumType('WebhookDeliveryStatus', {
  description: 'Whether the receiver has accepted a webhook.',
  values: {
    WAITING: { value: 'waiting', description: 'The receiver has not accepted it yet. It is sent again.' },
    DELIVERED: { value: 'delivered', description: 'The receiver has accepted it.' },
    GIVEN_UP: { value: 'given_up', description: 'The receiver has not accepted it for three days.' },
  } as const,
});

const WebhookDeliveryRef = builder.objectRef<Delivery>('WebhookDelivery').implement({
  description:
    'An event on its way to the webhook receiver of the operator. The last 1,000 that have ended are kept for 30 days.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'The `webhook-id`, a UUIDv7. It is the same in each attempt.' }),
    type: t.exposeString('type', { description: 'What happened, such as "reserve.low".' }),
    status: t.expose('status', {
      type: WebhookDeliveryStatusEnum,
      description: 'Whether the receiver has accepted it.',
    }),
    payload: t.string({
      description: 'The body of the request, as JSON.',
      resolve: ({ body }, _args, { caller }) => redacted(body, caller),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the event was found.' }),
    attempts: t.exposeInt('attempts', {
      description: 'How often it was sent. Starts at zero again when the operator resends it.',
    }),
    lastAttemptAt: t.expose('lastAttemptAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the last attempt ended; null before the first.',
    }),
    nextAttemptAt: t.expose('nextAttemptAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it is sent next; null if it is not waiting.',
    }),
    lastError: t.exposeString('lastError', {
      nullable: true,
      description: 'Why the last attempt failed; null if it did not.',
    }),
  }),
});

const WebhookDeliveriesConnection = builder.connectionObject(
  { type: WebhookDeliveryRef, name: 'WebhookDeliveriesConnection', description: 'A page of webhooks.' },
  { name: 'WebhookDeliveriesEdge', description: 'One webhook of a page.' },
);

builder.queryField('webhookDeliveries', (t) =>
  t.field({
    type: WebhookDeliveriesConnection,
    ...MAINTAIN,
    description: 'What was sent to the webhook receiver of the operator, newest first.',
    args: {
      status: t.arg({
        type: [WebhookDeliveryStatusEnum],
        description: 'Only those of these statuses. Default: all.',
      }),
      first: t.arg.int(FIRST_ARG),
      after: t.arg.string(AFTER_ARG),
    },
    resolve: async (_root, args, { operations }) =>
      toConnection(
        await operations.webhooks.deliveries({ ...pageRequest(args), statuses: args.status ?? null }),
        args,
      ),
  }),
);

type Sent = Extract<SendResult, { is: 'sent' }>;

const WebhookSentRef = builder.objectRef<Sent>('WebhookSent').implement({
  description: 'The webhook was sent once. Its status shows whether the receiver has accepted it.',
  fields: (t) => ({
    delivery: t.expose('delivery', {
      type: WebhookDeliveryRef,
      description: 'The webhook after the attempt. If it is waiting, it is sent again.',
    }),
  }),
});

const NOT_CONFIGURED = {
  is: 'notConfigured',
  code: 'WEBHOOKS_NOT_CONFIGURED',
  message: 'No webhook receiver is set.',
  suggestion: 'The operator sets it with STAMP_POOL_WEBHOOK_URL and STAMP_POOL_WEBHOOK_SECRET.',
} as const satisfies Failure & { readonly is: 'notConfigured' };

const WebhooksNotConfiguredRef = builder.objectRef<typeof NOT_CONFIGURED>('WebhooksNotConfigured').implement({
  description: 'No webhook receiver is set. Nothing was sent.',
  interfaces: [FailureRef],
});

const NOT_FOUND = {
  is: 'notFound',
  code: 'WEBHOOK_NOT_FOUND',
  message: 'There is no webhook with this id.',
  suggestion: 'The query webhookDeliveries lists the ids. Webhooks that have ended are kept for 30 days.',
} as const satisfies Failure & { readonly is: 'notFound' };

const WebhookNotFoundRef = builder.objectRef<typeof NOT_FOUND>('WebhookNotFound').implement({
  description: 'There is no webhook with this id. Nothing was sent.',
  interfaces: [FailureRef],
});

const TOO_MANY_WAITING = {
  is: 'tooManyWaiting',
  code: 'TOO_MANY_WEBHOOKS_WAITING',
  message: `${MAX_WAITING_WEBHOOKS} webhooks are waiting already.`,
  suggestion: 'The query webhookDeliveries shows why the receiver does not accept them: read lastError.',
} as const satisfies Failure & { readonly is: 'tooManyWaiting' };

const TooManyWebhooksWaitingRef = builder
  .objectRef<typeof TOO_MANY_WAITING>('TooManyWebhooksWaiting')
  .implement({
    description: 'Too many webhooks wait to be accepted by the receiver. Nothing was sent.',
    interfaces: [FailureRef],
  });

const TYPE_NAMES = {
  sent: 'WebhookSent',
  notConfigured: 'WebhooksNotConfigured',
  notFound: 'WebhookNotFound',
  tooManyWaiting: 'TooManyWebhooksWaiting',
  rateLimited: 'RateLimited',
} as const;

const SendTestWebhookResultRef = builder.unionType('SendTestWebhookResult', {
  description: 'The test event, or why it was not sent.',
  types: [WebhookSentRef, WebhooksNotConfiguredRef, TooManyWebhooksWaitingRef, RateLimitedRef],
  resolveType: ({ is }) => TYPE_NAMES[is],
});

const ResendWebhookResultRef = builder.unionType('ResendWebhookResult', {
  description: 'The webhook, or why it was not sent.',
  types: [WebhookSentRef, WebhookNotFoundRef, WebhooksNotConfiguredRef, RateLimitedRef],
  resolveType: ({ is }) => TYPE_NAMES[is],
});

builder.mutationFields((t) => ({
  sendTestWebhook: t.field({
    type: SendTestWebhookResultRef,
    ...MAINTAIN,
    description: 'Sends the event webhook.test to the receiver, and answers after the first attempt.',
    resolve: async (_root, _args, context) => {
      const refused = rateLimited(context);
      if (refused) return refused;
      const result = await context.operations.webhooks.sendTest();
      if (result.is === 'tooManyWaiting') return TOO_MANY_WAITING;
      return result.is === 'notConfigured' ? NOT_CONFIGURED : result;
    },
  }),
  resendWebhook: t.field({
    type: ResendWebhookResultRef,
    ...MAINTAIN,
    description:
      'Sends a webhook once more, whatever its status, and answers after the attempt. The id stays the same.',
    args: { id: t.arg.id({ required: true, description: 'The id of the webhook.' }) },
    resolve: async (_root, { id }, context) => {
      const refused = rateLimited(context);
      if (refused) return refused;
      const result = await context.operations.webhooks.resend(id);
      if (result.is === 'notFound') return NOT_FOUND;
      return result.is === 'notConfigured' ? NOT_CONFIGURED : result;
    },
  }),
}));
