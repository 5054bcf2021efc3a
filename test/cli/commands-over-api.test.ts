import type { RequestListener } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { serveHttp } from '../bee/servers.ts';
import { deadPort } from '../dead-port.ts';
import { disabledPool } from '../graphql/disabled-pool.ts';
import { served } from '../graphql/served.ts';
import { startTestApp, type TestApp } from '../harness.ts';
import { bundledCommand, spawned } from '../process/spawned.ts';
import { type Ran, runWith } from './run-cli.ts';

let app: TestApp;
const run = (...args: readonly string[]): Promise<Ran> => runWith({ STAMP_POOL_URL: app.url }, args);

beforeAll(async () => {
  app = await startTestApp({ env: { STAMP_POOL_RESERVE: '17:2,20:1' }, onNode: { 17: 2, 20: 1 } });
  await app.full();
});
afterAll(() => app[Symbol.asyncDispose]());

describe('with a healthy pool', () => {
  test('status shows the levels, the node and the last run', async () => {
    const { exit, out, err } = await run('status');
    expect([exit, err]).toEqual([0, '']);
    expect(out).toMatch(/^Stamp pool at http:\/\/127\.0\.0\.1:\d+: 3 available/);
    expect(out).toMatch(/^ +17 {2}small +2 +2 +0 +0$/m);
    expect(out).toMatch(/^Node bee +fresh, Bee \S+, block \d+, \d+ behind, observed/m);
    expect(out).toMatch(/^Last run +\d+ s ago: /m);
    const json: unknown = JSON.parse((await run('status', '--json')).out);
    expect(json).toMatchObject({
      enabled: true,
      totalAvailable: 3,
      depths: [{ depth: 17, available: 2 }, {}],
    });
  });

  test('available lists the stamps of one size, in pages', async () => {
    const { exit, out } = await run('available', '--size', 'small', '--limit', '1');
    expect([exit, out.match(/^[0-9a-f]{64} +17 {2}small/gm)?.length]).toEqual([0, 1]);
    expect(out).toContain('There are more');
    const all: unknown = JSON.parse((await run('available', '--json')).out);
    expect(all).toMatchObject({ hasMore: false, stamps: [{}, {}, { depth: expect.any(Number) }] });
  });

  test('plan and check show the decisions with their reasons', async () => {
    const plan = await run('plan');
    expect(plan).toMatchObject({ exit: 0, out: expect.stringMatching(/would do[^]*It would spend \d/) });
    const check = await run('check');
    expect(check).toMatchObject({ exit: 0, out: expect.stringMatching(/has ended[^]*Purchases sent: \d/) });
    expect(JSON.parse((await run('plan', '--json')).out)).toMatchObject({ dryRun: true, actions: [{}] });
  });

  test('acquire takes a stamp; a retry with its key gets it again; orders shows what replaces it', async () => {
    const args = ['acquire', '--size', 'small', '--client-ref', 'test', '--idempotency-key', 'k-1'];
    const first = await run(...args, '--json');
    expect(first.exit).toBe(0);
    const { stamp } = z.object({ stamp: z.object({ batchId: z.string() }) }).parse(JSON.parse(first.out));
    const again = await run(...args);
    expect(again).toMatchObject({ exit: 0, out: expect.stringMatching(/acquired before: small/) });
    expect(again.out).toContain(`Swarm-Postage-Batch-Id: ${stamp.batchId}`);
    const other = await run(...args, '--no-larger');
    expect(other).toMatchObject({ exit: 1, out: expect.stringMatching(/key/) });
    await app.run(({ purchasesSent }) => purchasesSent > 0);
    const orders = await run('orders', '--status', 'sent', 'confirmed', '--limit', '1');
    expect(orders).toMatchObject({ exit: 0, out: expect.stringMatching(/purchase +17 {2}(sent|confirmed)/) });
  });

  test('acquire exits with 3 if the pool is exhausted, and with 2 for invalid input', async () => {
    expect(await run('acquire', '--depth', '30')).toMatchObject({
      exit: 3,
      out: expect.stringMatching(/No stamp is available for depth 30[^]*\nNone is expected/),
    });
    const json = await run('--json', 'acquire', '--depth', '30');
    expect([json.exit, JSON.parse(json.out)]).toMatchObject([3, { code: 'POOL_EXHAUSTED' }]);
    const invalid = await run('acquire', '--client-ref', 'x'.repeat(5000));
    expect(invalid).toMatchObject({ exit: 2, out: 'input.clientRef: Must have at most 200 characters\n' });
  });

  test('acquire asks on a terminal, shows the cost, and takes nothing without a yes', async () => {
    const asked: string[] = [];
    const person = (answer: string) => ({
      ask: async (question: string) => {
        asked.push(question);
        return answer;
      },
    });
    const args = ['acquire', '--depth', '20', '--no-larger'];
    const settings = { STAMP_POOL_URL: `${app.url}/graphql` };
    expect(await runWith(settings, args, person(''))).toMatchObject({ exit: 1, out: '' });
    expect(asked).toEqual([
      expect.stringMatching(
        /^The next stamp of depth 20 has cost [\d.]+ BZZ, and has .* left\. .*\[y\/N\] $/,
      ),
    ]);
    const longLived = ['acquire', '--depth', '20', '--min-ttl', '300d'];
    expect(await runWith(settings, longLived, person(''))).toMatchObject({ exit: 1, out: '' });
    expect(await runWith(settings, [...longLived, '--no-larger'], person(''))).toMatchObject({ exit: 1 });
    expect(asked.slice(1).map((question) => question.split(' Acquire ')[0])).toEqual([
      'No suitable stamp of this depth is in stock; a larger one costs more.',
      'No suitable stamp of this depth is in stock.',
    ]);
    expect(await runWith(settings, [...args, '--yes'], person('no'))).toMatchObject({ exit: 0 });
    expect(asked).toHaveLength(3);
  });
});

test('a pool that is not enabled is a warning of status, and refuses the others', async () => {
  await using pool = await disabledPool();
  await using service = await served(pool);
  const settings = { STAMP_POOL_URL: service.url };
  expect(await runWith(settings, ['status'])).toMatchObject({
    exit: 0,
    out: expect.stringMatching(/disabled/),
  });
  for (const command of ['acquire', 'check', 'plan'])
    expect(await runWith(settings, [command])).toMatchObject({ exit: 1 });
});

/** A server that handles every request so, and commands that use it. */
async function answering(listener: RequestListener) {
  const server = await serveHttp(listener);
  const settings = { STAMP_POOL_URL: `http://127.0.0.1:${server.port}`, STAMP_POOL_TOKEN: 'sp_1' };
  return {
    run: (...args: string[]): Promise<Ran> => runWith(settings, args),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

describe('exit code 4, with the address and a remedy, for', () => {
  test('a port on which no program listens', async () => {
    const url = `http://127.0.0.1:${await deadPort()}`;
    const { exit, out, err } = await runWith({}, ['status', '--url', url, '--json']);
    expect(exit).toBe(4);
    expect(err).toMatch(new RegExp(`^${url} is not reachable: no program listens there.*\n.*--url`));
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'UNREACHABLE', suggestion: expect.any(String) } });
  });

  test('a closed port, where no stamp can have been given out', async () => {
    const { exit, err } = await runWith({}, ['acquire', '--url', `http://127.0.0.1:${await deadPort()}`]);
    expect([exit, err]).toEqual([4, expect.not.stringContaining('given out')]);
  });

  test.each<[string, RequestListener, RegExp]>([
    ['another server', (_request, response) => response.end('<html>'), /No stamp pool answers at/],
    [
      'a Bee node',
      (_request, response) => response.writeHead(404).end('{"code":404}'),
      /not of the Bee node/,
    ],
    ['a proxy without a service', (_request, response) => response.writeHead(502).end(), /a proxy does not/],
    [
      'a redirect',
      (_request, response) => response.writeHead(301, { location: 'https://other.example/' }).end(),
      /redirects to https:\/\/other/,
    ],
    [
      'a response that ends early',
      (_request, response) => {
        response.writeHead(200, { 'content-length': 9 });
        response.write('{', () => response.destroy());
      },
      /is not reachable/,
    ],
  ])('%s', async (_what, listener, message) => {
    await using server = await answering(listener);
    const { exit, err } = await server.run('acquire');
    expect([exit, err]).toEqual([4, expect.stringMatching(message)]);
    expect(err).toMatch(/repeat the command with --idempotency-key [0-9a-f-]{36}/);
  });
});

test('a token that lacks a scope is exit code 1, and the message says which scope', async () => {
  const error = {
    message: 'The token needs the scope maintain.',
    extensions: { code: 'FORBIDDEN', requiredScopes: ['maintain'] },
  };
  const sent: unknown[] = [];
  await using server = await answering((request, response) => {
    sent.push(request.headers.authorization);
    response.end(JSON.stringify({ data: null, errors: [error] }));
  });
  expect(await server.run('plan')).toMatchObject({
    exit: 1,
    err: expect.stringMatching(/scope maintain.*\n.*token create/),
  });
  expect(sent).toEqual(['Bearer sp_1']);
});

test('text of the server reaches the terminal without control characters, and JSON keeps it', async () => {
  const hostile = '\u001b[2J\u0007 \u009b31m \u202egnp \u200b done\nsecond';
  const pageInfo = { hasNextPage: false, endCursor: null };
  const orders = { edges: [{ node: { ...AN_ORDER, cause: hostile } }], pageInfo };
  const answers: unknown[] = [{ data: { orders } }, { data: { orders } }, { errors: [{ message: hostile }] }];
  await using server = await answering((_request, response) => response.end(JSON.stringify(answers.shift())));
  const control = /[^\P{C}\n]/u;
  const { out } = await server.run('orders');
  expect(out).toContain('\\x1b[2J\\x07 \\x9b31m \\u{202e}gnp \\u{200b} done\\x0asecond');
  expect(out).not.toMatch(control);
  const json = await server.run('orders', '--json');
  expect(json.out).not.toMatch(control);
  expect(JSON.parse(json.out)).toMatchObject({ orders: [{ cause: hostile }] });
  const { exit, err } = await server.run('orders');
  expect([exit, err]).toEqual([1, expect.not.stringMatching(control)]);
});

test('orders says that there are none, or none in the states asked for', async () => {
  const none = { edges: [], pageInfo: { hasNextPage: false, endCursor: null } };
  await using server = await answering((_request, response) =>
    response.end(JSON.stringify({ data: { orders: none } })),
  );
  expect((await server.run('orders')).out).toBe('There are no orders.\n');
  expect((await server.run('orders', '--status', 'sent')).out).toBe('There are no such orders.\n');
});

const AN_ORDER = {
  id: 'x',
  kind: 'PURCHASE',
  status: 'REJECTED',
  depth: 17,
  node: 'bee',
  amount: '1',
  cost: '1',
  costBzz: '1 BZZ',
  reason: '',
  txHash: null,
  batchId: null,
  plannedAt: '2026-03-01T12:00:00.000Z',
  sentAt: null,
  endedAt: null,
};

test.each([
  ['a URL of another protocol', ['status', '--url', 'ftp://x'], /^error: --url is not an http/],
  ['a URL with a password', ['status', '--url', 'http://u:p@x'], /STAMP_POOL_TOKEN/],
  ['an unknown size', ['acquire', '--size', 'huge'], /small, medium, large/],
  ['an unknown state', ['orders', '--status', 'lost'], /Allowed choices/],
])('exits with 2 for %s', async (_what, args, message) => {
  expect(await runWith({}, args)).toMatchObject({ exit: 2, out: '', err: expect.stringMatching(message) });
});

test('a malformed token is never shown', async () => {
  const { exit, err } = await runWith({ STAMP_POOL_TOKEN: 'sp_secret\u001b' }, ['status']);
  expect([exit, err]).toEqual([2, expect.not.stringContaining('secret')]);
});

test('prints no colours into a pipe', async () => {
  await using command = spawned({ command: bundledCommand('status', '--url', app.url) });
  expect({ exit: await command.ended, ...command.output() }).toMatchObject({
    exit: 0,
    err: '',
    out: expect.not.stringContaining('\u001b'),
  });
});
