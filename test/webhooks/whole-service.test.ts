import type { RequestListener } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import type { Scope } from '../../src/domain/caller.ts';
import { issue } from '../access/credentials.ts';
import { serveHttp } from '../bee/servers.ts';
import { batchId, T0 } from '../builders.ts';
import { post } from '../graphql/served.ts';
import { startTestApp } from '../harness.ts';
import { SECRET } from './test-receiver.ts';

const DELIVERY = 'delivery { id type status payload attempts lastError nextAttemptAt }';
const LIST =
  '{ webhookDeliveries(status: [WAITING, DELIVERED]) { edges { node { id type status payload } } } }';
const resend = (id: string): string =>
  `mutation { resendWebhook(id: "${id}") { __typename ... on WebhookSent { ${DELIVERY} } ... on Failure { code } } }`;
const SEND_TEST = `mutation { sendTestWebhook { __typename ... on WebhookSent { ${DELIVERY} } ... on Failure { code suggestion } } }`;

test('sends a test event to the receiver, and sends it again, without logging a secret', async () => {
  const verified: unknown[] = [];
  let status = 500;
  const onRequest: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const headers = Object.fromEntries(Object.entries(request.headers).map(([k, v]) => [k, String(v)]));
      verified.push([headers['webhook-id'], new Webhook(SECRET).verify(Buffer.concat(chunks), headers)]);
      response.writeHead(status).end();
    });
  };
  await using receiver = await serveHttp(onRequest);
  await using app = await startTestApp({
    env: {
      STAMP_POOL_WEBHOOK_URL: `http://me:hidden1@127.0.0.1:${receiver.port}/hidden2?token=hidden3`,
      STAMP_POOL_WEBHOOK_SECRET: SECRET,
    },
    onNode: { 17: 1, 20: 1 },
  });
  const ask = async (query: string): Promise<unknown> =>
    (await post(`${app.url}/graphql`, JSON.stringify({ query }))).body.data;

  const failed = await ask(SEND_TEST);
  expect(failed).toEqual({
    sendTestWebhook: {
      __typename: 'WebhookSent',
      delivery: {
        id: expect.any(String),
        type: 'webhook.test',
        status: 'WAITING',
        payload: expect.stringMatching(/^\{"type":"webhook.test","timestamp":"20[^"]+","data":\{\}\}$/),
        attempts: 1,
        lastError: 'the receiver answered 500',
        nextAttemptAt: expect.any(String),
      },
    },
  });
  const { items } = await app.store.outbox.deliveries({ first: 1, after: null, statuses: null });
  const id = items[0]?.item.id ?? '';
  status = 200;
  expect(await ask(resend(id))).toMatchObject({ resendWebhook: { delivery: { id, status: 'DELIVERED' } } });
  expect(await ask(resend('none'))).toEqual({
    resendWebhook: { __typename: 'WebhookNotFound', code: 'WEBHOOK_NOT_FOUND' },
  });
  const event = { type: 'webhook.test', timestamp: expect.any(String), data: {} };
  expect(verified).toEqual([
    [id, event],
    [id, event],
  ]);
  const scraped = await (await fetch(`${app.url}/metrics`)).text();
  expect(scraped).toMatch(/stamp_pool_webhook_deliveries_total\{result="failed"\} 1\n/);
  expect(scraped).toMatch(/stamp_pool_webhook_deliveries_total\{result="delivered"\} 1\n/);
  expect(scraped).toMatch(/stamp_pool_webhooks_waiting 0\n/);
  expect(app.log.join('')).toContain(`127.0.0.1:${receiver.port}`);
  expect(app.log.join('')).not.toMatch(/hidden|whsec/);
});

test('lists events to operators, with the ids of batches for those who may acquire them, and sends none without a receiver', async () => {
  await using app = await startTestApp({ env: { STAMP_POOL_ENABLED: 'false' } });
  const data = { batchId: batchId(1), node: 'bee', depth: 17, reason: 'lost' };
  await app.store.outbox.add({ type: 'stamp.lost', data }, T0);
  const asked = async (query: string, scopes: readonly Scope[]): Promise<unknown> => {
    const authorization = `Bearer ${await issue(app.store.tokens, { owner: 'ops', scopes })}`;
    return (await post(`${app.url}/graphql`, JSON.stringify({ query }), { authorization })).body.data;
  };
  const listed = (payload: string) => ({
    webhookDeliveries: {
      edges: [{ node: { id: expect.any(String), type: 'stamp.lost', status: 'WAITING', payload } }],
    },
  });
  const body = JSON.stringify({ type: 'stamp.lost', timestamp: T0, data });
  expect(await asked(LIST, ['maintain', 'acquire'])).toEqual(listed(body));
  expect(await asked(LIST, ['maintain'])).toEqual(listed(body.replace(batchId(1), '[batch]')));
  expect(await asked(SEND_TEST, ['maintain'])).toEqual({
    sendTestWebhook: {
      __typename: 'WebhooksNotConfigured',
      code: 'WEBHOOKS_NOT_CONFIGURED',
      suggestion: expect.stringContaining('STAMP_POOL_WEBHOOK_URL'),
    },
  });
});
