import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { type Listening, serveHttp } from '../bee/servers.ts';
import { startTestApp, type TestApp } from '../harness.ts';
import { SECRET } from '../webhooks/test-receiver.ts';
import { type Ran, runWith } from './run-cli.ts';

let status = 204;
let receiver: Listening;
let app: TestApp;
const run = (...args: readonly string[]): Promise<Ran> =>
  runWith({ STAMP_POOL_URL: app.url }, ['webhooks', ...args]);

beforeAll(async () => {
  receiver = await serveHttp((_request, response) => response.writeHead(status).end());
  app = await startTestApp({
    env: {
      STAMP_POOL_ENABLED: 'false',
      STAMP_POOL_WEBHOOK_URL: `http://127.0.0.1:${receiver.port}/`,
      STAMP_POOL_WEBHOOK_SECRET: SECRET,
    },
  });
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

test('list says that there are none, or none of the statuses asked for', async () => {
  expect(await run('list')).toMatchObject({ exit: 0, out: 'There are no webhooks.\n' });
  const { out } = await run('list', '--status', 'waiting');
  expect(out).toBe('There are no such webhooks.\n');
});

test('a test event shows whether the receiver accepts it, and list shows all', async () => {
  status = 204;
  expect(await run('test')).toMatchObject({
    exit: 0,
    out: expect.stringMatching(/^Accepted by the receiver: webhook\.test [0-9a-f-]{36}\.\n$/),
    err: '',
  });
  status = 500;
  expect(await run('test')).toMatchObject({
    exit: 1,
    out: expect.stringMatching(/^Not accepted [^]*: the receiver answered 500\. It is sent again at 20/),
  });
  const { out, exit } = await run('list');
  expect(exit).toBe(0);
  expect(out).toMatch(
    /^created [^]*webhook\.test +waiting +1 +the receiver answered 500\n[^]*delivered +1\n$/,
  );
  const listed: unknown = JSON.parse((await run('list', '--status', 'delivered', '--json')).out);
  expect(listed).toMatchObject({
    webhooks: [
      { type: 'webhook.test', status: 'DELIVERED', payload: expect.stringMatching(/"data":\{\}\}$/) },
    ],
    hasMore: false,
  });
});

test('resend sends one again, under its id', async () => {
  status = 204;
  const sent = z.object({ id: z.string() }).parse(JSON.parse((await run('test', '--json')).out));
  expect(await run('resend', sent.id)).toMatchObject({ exit: 0, out: expect.stringContaining(sent.id) });
  const unknown = await run('resend', 'none');
  expect(unknown).toMatchObject({ exit: 1, err: expect.stringMatching(/There is no webhook with this id/) });
  expect(await run('resend')).toMatchObject({ exit: 2 });
  expect(await run('list', '--status', 'lost')).toMatchObject({ exit: 2 });
});
