import { expect, onTestFinished, test } from 'vitest';
import { serveSimulator } from '../../src/simulator/serve.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { serveHttp } from '../bee/servers.ts';
import { post } from '../graphql/served.ts';
import { SECRET } from '../webhooks/test-receiver.ts';
import { bundledService, spawned } from './spawned.ts';

test('the bundled service finds its migrations, pages and version, and serves', async () => {
  await using service = spawned({ command: bundledService(), env: { PORT: '0' } });
  const url = await service.url();
  const get = async (path: string, accept = '*/*'): Promise<readonly [number, string | null]> => {
    const response = await fetch(url + path, { headers: { accept } });
    await response.text();
    return [response.status, response.headers.get('content-type')];
  };
  expect(await get('/health')).toEqual([200, 'application/json; charset=utf-8']);
  expect(await get('/graphql?query={poolStatus{enabled}}')).toEqual([200, 'application/json; charset=utf-8']);
  expect(await get('/graphql', 'text/html')).toEqual([200, 'text/html; charset=utf-8']);
  expect(await get('/api/v1/docs', 'text/html')).toEqual([200, 'text/html; charset=utf-8']);
  const version = spawned({ command: bundledService([], ['--version']) });
  expect(await version.ended).toBe(0);
  expect(version.output().out).toMatch(/^\d+\.\d+\.\d+/);
  await version[Symbol.asyncDispose]();
});

test('the bundled service buys from a node, uploads with its canary, and sends webhooks', async () => {
  const simulator = createSimulator({ blockTimeMs: 20, beeBlockTimeSeconds: 0.02 });
  simulator.mineBlocks(40);
  const bee = await serveSimulator(simulator, { port: 0, blockTimeMs: 20 });
  onTestFinished(() => bee.close());
  await using receiver = await serveHttp((_, response) => void response.writeHead(204).end());
  await using service = spawned({
    command: bundledService(),
    env: {
      PORT: '0',
      STAMP_POOL_ENABLED: 'true',
      STAMP_POOL_RESERVE: '17:1',
      STAMP_POOL_DEFAULT_DURATION_HOURS: '1',
      STAMP_POOL_MIN_TTL_HOURS: '0',
      STAMP_POOL_ACQUIRE_MIN_TTL_HOURS: '0',
      STAMP_POOL_CANARY_MINUTES: '1',
      STAMP_POOL_WEBHOOK_URL: `http://127.0.0.1:${receiver.port}/`,
      STAMP_POOL_WEBHOOK_SECRET: SECRET,
      SWARM_BLOCK_TIME_SECONDS: '0.02',
      SWARM_BEE_API_URL: bee.url,
    },
  });
  const query = 'mutation { sendTestWebhook { ... on WebhookSent { delivery { status } } } }';
  expect((await post(`${await service.url()}/graphql`, JSON.stringify({ query }))).body.data).toEqual({
    sendTestWebhook: { delivery: { status: 'DELIVERED' } },
  });
  await service.outputMatch(/"event":"available"/);
  await service.outputMatch(/"event":"canaryWorks"/);
});
