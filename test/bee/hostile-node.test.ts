import type { ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Bee } from '../../src/bee/bee.ts';
import { createBee } from '../../src/bee/http-bee.ts';
import { openTransport } from '../../src/bee/transport.ts';
import { nodeName, parseBatchId } from '../../src/domain/units.ts';
import { ManualClock } from './manual-clock.ts';
import { observed } from './observed.ts';
import { type Listening, serveHttp } from './servers.ts';
import { aPurchase } from './simulated.ts';

const BATCH = parseBatchId('cd'.repeat(32));
const STAMP = {
  batchID: BATCH,
  utilization: 0,
  usable: true,
  label: '',
  depth: 17,
  amount: '1000000000',
  blockNumber: 90,
  immutableFlag: true,
  batchTTL: 600_000,
};

/** The answers of a healthy node. */
const HEALTHY: Readonly<Record<string, string>> = {
  '/health': '{"status":"ok","version":"2.8.1-7cf53193"}',
  '/addresses': `{"ethereum":"0x${'ab'.repeat(20)}"}`,
  '/chainstate': '{"chainTip":100,"block":95,"totalAmount":"1944000","currentPrice":"24000"}',
  '/transactions': '{"pendingTransactions":[]}',
  '/wallet': '{"bzzBalance":"10000","nativeTokenBalance":"20000"}',
  '/stamps': JSON.stringify({ stamps: [STAMP] }),
};

type Answer = string | ((response: ServerResponse) => void);

interface HostileNode extends AsyncDisposable {
  readonly bee: Bee;
  readonly clock: ManualClock;
  readonly server: Listening;
  readonly requests: readonly string[];
}

/** A healthy node except for `answers`. The key is the path of a GET, else the method. */
async function nodeThat(answers: Readonly<Record<string, Answer>>, user = ''): Promise<HostileNode> {
  const requests: string[] = [];
  const server = await serveHttp(({ method = '', url = '' }, response) => {
    requests.push(url);
    const answer = answers[method === 'GET' ? url : method] ?? HEALTHY[url] ?? '{}';
    if (typeof answer === 'function') answer(response);
    else response.setHeader('content-type', 'application/json; charset=utf-8').end(answer);
  });
  const transport = openTransport(`http://${user}127.0.0.1:${server.port}`);
  const clock = new ManualClock();
  const bee = createBee({ node: nodeName('bee-1'), send: transport.send, clock, observeTimeoutMs: 20_000 });
  return {
    bee,
    clock,
    server,
    requests,
    [Symbol.asyncDispose]: async () => {
      await transport[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

const failing =
  (status: number, body: string, headers: Record<string, string> = {}) =>
  (to: ServerResponse) =>
    void to.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
const error = (status: number, message: string) => failing(status, JSON.stringify({ code: status, message }));
const listing = (...changes: readonly object[]) =>
  JSON.stringify({ stamps: changes.map((change) => ({ ...STAMP, ...change })) });
const MEGABYTE = 2 ** 20;

test('pending transactions of Bee for postage are shown apart from its others', async () => {
  const tx = { gasPrice: '1', created: '2026-11-23T20:18:32Z' };
  const postage = [
    'Approve tokens for postage operations',
    'Postage batch creation',
    'Postage batch top up',
    'Postage batch dilute',
    'expire limited batches',
  ];
  const others = [
    '',
    'chequebook withdrawal',
    'Postage batch (cancellation) creation',
    'Postage batch dilute, and more',
  ];
  const descriptions = [...postage, ...postage.map((one) => `${one} (cancellation)`), ...others];
  const pendingTransactions = descriptions.map((description, nonce) => ({
    ...tx,
    nonce,
    description,
    transactionHash: `0x${nonce.toString(16).repeat(64)}`,
  }));
  await using node = await nodeThat({ '/transactions': JSON.stringify({ pendingTransactions }) });
  const seen = await node.bee.observe([]);
  const shown = (list: 'pending' | 'pendingPostage') =>
    seen.is === 'complete' && seen[list].map(({ description }) => description);
  expect(shown('pending')).toEqual(descriptions);
  expect(shown('pendingPostage')).toEqual(descriptions.slice(0, 2 * postage.length));
});

test('a healthy node gives a complete observation', async () => {
  await using node = await nodeThat({});
  expect((await node.bee.observe([])).is).toBe('complete');
});

test('the balance of a wallet that Bee does not offer is unknown, and any other error is a fault', async () => {
  const observedWith = async (status: number, message: string) => {
    await using node = await nodeThat({ '/wallet': error(status, message) });
    const seen = await node.bee.observe([]);
    return seen.is === 'complete' ? seen.wallet : seen.code;
  };
  for (const what of ['Chequebook', 'Swap'])
    expect(await observedWith(403, `${what} is disabled. This endpoint is unavailable.`)).toBeNull();
  expect(await observedWith(403, 'Forbidden')).toBe('NODE_INVALID_RESPONSE');
  expect(await observedWith(404, 'Swap is disabled. This endpoint is unavailable.')).toBe(
    'NODE_INVALID_RESPONSE',
  );
  expect(await observedWith(403, 'Chain is disabled. This endpoint is unavailable.')).toBe('CHAIN_DISABLED');
});

test('the value of a batch that Bee does not offer is unknown, and any other error is a fault', async () => {
  const observedWith = async (status: number, message: string) => {
    await using node = await nodeThat({ [`/batches/${BATCH}`]: error(status, message) });
    const seen = await node.bee.observe([BATCH]);
    return seen.is === 'complete' ? [...seen.batches] : seen.code;
  };
  for (const message of ['batch not found', 'Not Found'])
    expect(await observedWith(404, message)).toEqual([[BATCH, null]]);
  expect(await observedWith(404, 'no batch')).toBe('NODE_INVALID_RESPONSE');
  expect(await observedWith(500, 'unable to get batch')).toBe('NODE_UNREACHABLE');
});

describe('an answer beyond the bounds is invalid, and its description is short', () => {
  test.each<[string, Record<string, Answer>]>([
    ['a message of slashes', { '/stamps': error(500, '/'.repeat(100_000)) }],
    ['the longest message that is parsed', { '/stamps': error(500, 'no '.repeat(20_000)) }],
    ['a page', { '/chainstate': failing(502, '<br>'.repeat(MEGABYTE), { 'content-type': 'text/html' }) }],
    ['a content type', { '/wallet': failing(200, '', { 'content-type': 'x'.repeat(10_000) }) }],
    ['headers', { '/wallet': failing(200, '{}', { 'x-much': 'x'.repeat(200_000) }) }],
    ['a price', { '/chainstate': HEALTHY['/chainstate']?.replace('24000', '9'.repeat(MEGABYTE)) ?? '' }],
    [
      'a price one digit too long',
      { '/chainstate': HEALTHY['/chainstate']?.replace('24000', '9'.repeat(79)) ?? '' },
    ],
    ['a wallet', { '/wallet': `{"bzzBalance":"${'9'.repeat(400)}","nativeTokenBalance":"1"}` }],
    ['an amount', { '/stamps': listing({ amount: '9'.repeat(7 * MEGABYTE) }) }],
    ['a number', { '/chainstate': HEALTHY['/chainstate']?.replace('100', '9'.repeat(400)) ?? '' }],
    ['a list', { '/stamps': listing({ label: 'x'.repeat(8 * MEGABYTE) }) }],
    ['space', { '/wallet': `${HEALTHY['/wallet']}${' '.repeat(64 * 1024)}` }],
    ['nesting', { '/stamps': `{"stamps":${'['.repeat(2 * MEGABYTE)}${']'.repeat(2 * MEGABYTE)}}` }],
    ['nesting in a field that is not read', { '/health': `{"x":${'{"x":'.repeat(100)}1${'}'.repeat(101)}` }],
    ['entries', { '/stamps': `{"stamps":[${'{},'.repeat(2 * MEGABYTE)}{}]}` }],
    ['many invalid entries', { '/stamps': `{"stamps":[${'{},'.repeat(90_000)}{}]}` }],
  ])('%s', async (_what, answers) => {
    await using node = await nodeThat(answers);
    const seen = await node.bee.observe([]);
    expect(seen).toMatchObject({ is: 'incomplete', code: 'NODE_INVALID_RESPONSE' });
    expect(JSON.stringify(seen).length).toBeLessThan(1000);
  });

  test('headers: the reason says so', async () => {
    const headers = failing(200, '{}', { 'x-much': 'x'.repeat(200_000) });
    await using node = await nodeThat({ '/wallet': headers });
    expect(await node.bee.observe([])).toMatchObject({
      reason: 'GET /wallet: the headers of the answer are longer than any that Bee sends',
    });
  });

  test('except for the list of transactions, which is as long as the node has some', async () => {
    const transaction = { transactionHash: `0x${'ab'.repeat(32)}`, description: 'chequebook withdrawal' };
    const pendingTransactions = Array.from({ length: 1_000 }, (_, nonce) => ({ ...transaction, nonce }));
    await using node = await nodeThat({ '/transactions': JSON.stringify({ pendingTransactions }) });
    const seen = await node.bee.observe([]);
    expect(seen.is === 'complete' && seen.pending.length).toBe(1_000);
  });

  test('an endless body: the connection is closed after 8 MiB', async () => {
    const megabyte = Buffer.alloc(MEGABYTE, ' ');
    const endless = (response: ServerResponse) => {
      const more = () => {
        while (!response.destroyed && response.write(megabyte));
      };
      response.on('drain', more);
      more();
    };
    await using node = await nodeThat({ '/stamps': endless, POST: endless });
    expect(await node.bee.observe([])).toMatchObject({
      code: 'NODE_INVALID_RESPONSE',
      reason: 'GET /stamps: the answer is longer than any that Bee sends',
    });
    expect(await node.bee.buy(aPurchase)).toEqual({
      is: 'unknown',
      cause: 'no answer: the answer is longer than any that Bee sends',
    });
    for (const { bytesWritten } of node.server.sockets) expect(bytesWritten).toBeLessThan(40 * MEGABYTE);
  });

  test('a label of any length is truncated, and the list stays valid', async () => {
    await using node = await nodeThat({
      '/stamps': listing({ label: `${aPurchase.orderId}${'x'.repeat(MEGABYTE)}` }),
    });
    const seen = await node.bee.observe([]);
    expect(seen.is === 'complete' && [...seen.stamps][0]?.label).toBe(
      `${aPurchase.orderId}${'x'.repeat(164)}`,
    );
  });

  test('an unknown outcome keeps the start of the message', async () => {
    await using node = await nodeThat({
      POST: error(500, `cannot ${'create batch '.repeat(4000)}`),
      PATCH: failing(503, `<p>${'x'.repeat(50_000)}`, { 'content-type': 'text/html' }),
    });
    const bought = await node.bee.buy(aPurchase);
    expect(bought).toMatchObject({
      is: 'unknown',
      cause: expect.stringMatching(/^500 cannot create batch .{100,200}…$/),
    });
    const toppedUp = await node.bee.topUp({ batchId: BATCH, amount: aPurchase.amount });
    expect(toppedUp).toMatchObject({
      is: 'unknown',
      cause: expect.stringMatching(/^503 text\/html: <p>x{100,120}…$/),
    });
  });
});

test('a text from a node is shown on one line, without control characters', async () => {
  const message = 'a\u001b[2J\u0000b\r\nc\u2028d\u202ee\u0085f\ud800g';
  await using node = await nodeThat({
    '/stamps': error(500, message),
    '/health': JSON.stringify({ version: message }),
    POST: error(500, message),
  });
  expect(await node.bee.observe([])).toMatchObject({ reason: 'GET /stamps: 500 a [2J b c d e f\ufffdg' });
  expect(await node.bee.buy(aPurchase)).toMatchObject({ cause: '500 a [2J b c d e f\ufffdg' });
});

describe('a list with a repeated batch is invalid', () => {
  test.each([
    ['one id as usable and as unusable', listing({}, { usable: false }, {})],
    ['one id with two amounts, among others', listing({ batchID: 'ab'.repeat(32) }, {}, { amount: '5' })],
    ['one id twice, with the same data', listing({}, {})],
  ])('%s', async (_what, body) => {
    await using node = await nodeThat({ '/stamps': body });
    expect(await node.bee.observe([])).toMatchObject({
      code: 'NODE_INVALID_RESPONSE',
      reason: 'GET /stamps: stamps: a batch is listed more than once',
    });
  });
});

describe('JSON is parsed by the standard', () => {
  const state = (numbers: string) => `{${numbers},"totalAmount":"1","currentPrice":"24000"}`;

  test.each([
    ['an exponent', '"chainTip":1e2,"block":9.5e1', [100, 95]],
    ['a fraction of zero', '"chainTip":100.0,"block":95.000', [100, 95]],
    ['a negative zero', '"chainTip":0,"block":-0', [0, 0]],
    ['the last of two equal keys', '"chainTip":1,"block":95,"chainTip":100', [100, 95]],
    [
      'own keys only, despite __proto__',
      '"__proto__":{"block":7},"constructor":1,"chainTip":100,"block":95',
      [100, 95],
    ],
  ])('%s', async (_what, numbers, [tip, block]) => {
    await using node = await nodeThat({ '/chainstate': state(numbers) });
    const seen = await node.bee.observe([]);
    expect(seen.is === 'complete' && [seen.chain.tip, seen.chain.block]).toStrictEqual([tip, block]);
  });

  test.each([
    ['a number as a string', '"chainTip":"100","block":95'],
    ['a fraction', '"chainTip":100.5,"block":95'],
    ['a number above the range of a double', '"chainTip":1e999,"block":95'],
    ['a number above the safe integers', '"chainTip":9007199254740993,"block":95'],
    ['a block above the numbers of GraphQL', '"chainTip":2147483648,"block":2147483647'],
    ['a field of __proto__ only', '"chainTip":100,"__proto__":{"block":95}'],
    ['a hexadecimal number', '"chainTip":0x64,"block":95'],
    ['invalid JSON', '"chainTip":100,"block":95}'],
  ])('%s is invalid', async (_what, numbers) => {
    await using node = await nodeThat({ '/chainstate': state(numbers) });
    expect(await node.bee.observe([])).toMatchObject({ code: 'NODE_INVALID_RESPONSE' });
    expect({}).not.toHaveProperty('block');
  });

  test('for any content type, and in chunks of one byte', async () => {
    const inPieces = (response: ServerResponse) => {
      response.writeHead(200, { 'content-type': 'text/html', 'transfer-encoding': 'chunked' });
      for (const character of HEALTHY['/stamps'] ?? '') response.write(character);
      response.end();
    };
    await using node = await nodeThat({ '/stamps': inPieces });
    expect(await observed(node.bee)).toMatchObject({ is: 'complete', stamps: [{ batchId: BATCH }] });
  });

  test('unless it is compressed, which the client does not accept', async () => {
    const packed = (response: ServerResponse) =>
      void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(HEALTHY['/stamps'] ?? ''));
    await using node = await nodeThat({ '/stamps': packed, POST: packed });
    const reason = 'the answer is encoded as "gzip", which was not requested';
    expect(await node.bee.observe([])).toMatchObject({
      code: 'NODE_INVALID_RESPONSE',
      reason: `GET /stamps: ${reason}`,
    });
    expect(await node.bee.buy(aPurchase)).toEqual({ is: 'unknown', cause: `no answer: ${reason}` });
  });
});

describe('an answer that arrives slowly', () => {
  test('ends an observation at its deadline, and is not aborted', async () => {
    const dripping = Promise.withResolvers<ServerResponse>();
    await using node = await nodeThat({
      '/chainstate': (response) => response.write('{"chainTip"', () => dripping.resolve(response)),
    });
    const seen = node.bee.observe([]);
    const response = await dripping.promise;
    node.clock.pass(20_000);
    expect(await seen).toMatchObject({
      code: 'NODE_UNREACHABLE',
      reason:
        'GET /chainstate: no answer for 20 s when the time for the observation was over; the request stays open',
    });
    expect(await node.bee.observe([])).toMatchObject({
      reason: expect.stringContaining('is not repeated until it ends'),
    });
    expect(response.destroyed).toBe(false);
    expect(node.requests.filter((path) => path === '/chainstate')).toHaveLength(1);
  });

  test('is read although it arrived while the process was stopped for longer than the time of an observation', async () => {
    const arriving = Promise.withResolvers<ServerResponse>();
    await using node = await nodeThat({
      '/wallet': (response) => arriving.resolve(response.setHeader('content-type', 'application/json')),
    });
    const seen = node.bee.observe([]);
    const response = await arriving.promise;
    node.clock.pass(60_000); // on SIGCONT, timers come before what is in the sockets
    await setImmediate();
    response.end(HEALTHY['/wallet']);
    expect(await seen).toMatchObject({ is: 'complete' });
    expect(node.clock.sleeping).toBe(0);
  });

  test('is waited for by a purchase without a time limit', async () => {
    const [first, ...rest] = JSON.stringify({ batchID: BATCH, txHash: `0x${'77'.repeat(32)}` });
    const dripping = Promise.withResolvers<ServerResponse>();
    await using node = await nodeThat({
      POST: (response) => response.writeHead(201).write(first ?? '', () => dripping.resolve(response)),
    });
    const bought = node.bee.buy(aPurchase);
    const response = await dripping.promise;
    for (const byte of rest) {
      await new Promise((resolve) => response.write(byte, resolve));
      node.clock.pass(60_000);
    }
    response.end();
    expect(await bought).toMatchObject({ is: 'bought', batchId: BATCH });
  });
});

describe('a redirect', () => {
  test.each([
    ['/login?token=s3cr3t', 'http://127.0.0.1:PORT/login'],
    ['https://me:s3cr3t@sso.example:8443/a b?rd=s3cr3t#s3cr3t', 'https://sso.example:8443/a%20b'],
    [`//cdn.example/${'x'.repeat(5000)}`, `http://cdn.example/${'x'.repeat(181)}…`],
    ['http://:s3cr3t', 'an invalid address'],
  ])('to %s is not followed, and is shown without user and query', async (location, shown) => {
    await using node = await nodeThat({
      '/stamps': failing(302, '', { location }),
      POST: failing(307, '', { location }),
    });
    const where = shown.replace('PORT', String(node.server.port));
    expect(await node.bee.observe([])).toMatchObject({
      code: 'NODE_INVALID_RESPONSE',
      reason: `GET /stamps: 302, a redirect to ${where}`,
    });
    expect(await node.bee.buy(aPurchase)).toEqual({ is: 'unknown', cause: `307, a redirect to ${where}` });
    expect(node.requests).not.toContain('/login');
  });
});

test('an error page that echoes the request does not reveal the password', async () => {
  const token = Buffer.from('me:s3cr3t').toString('base64');
  const page = failing(502, `Authorization: Basic ${token}\n{"authorization":"Basic ${token}"}`);
  await using node = await nodeThat({ '/stamps': page, POST: page }, 'me:s3cr3t@');
  const shown = JSON.stringify([await node.bee.observe([]), await node.bee.buy(aPurchase)]);
  expect(shown).toContain('Authorization: [secret]');
  expect(shown).not.toContain(token);
});

describe('an exception that is not caused by the node is a bug, and is rethrown unchanged', () => {
  const bug = new TypeError('undefined is not a function');
  const bee = createBee({
    node: nodeName('bee-1'),
    send: () => Promise.reject(bug),
    clock: new ManualClock(),
    observeTimeoutMs: 1000,
  });

  test('in a read', async () => {
    await expect(bee.observe([])).rejects.toBe(bug);
    await expect(bee.observe([])).rejects.toBe(bug);
  });

  test('in a purchase and in a top-up', async () => {
    await expect(bee.buy(aPurchase)).rejects.toBe(bug);
    await expect(bee.topUp({ batchId: BATCH, amount: aPurchase.amount })).rejects.toBe(bug);
  });

  test('in the transport', async () => {
    await using transport = openTransport('http://127.0.0.1:1');
    for (const method of ['GET', 'POST'] as const) {
      const sent = transport.send({ method, path: '/a b', headers: {} });
      await expect(sent).rejects.not.toMatchObject({ name: 'TransportError' });
    }
  });
});

describe('a node that answers with something invalid', () => {
  const syncing = error(503, 'syncing in progress');
  const PATHS = ['/health', '/addresses', '/chainstate', '/transactions', '/wallet', `/batches/${BATCH}`];
  const WRONG = {
    'a list': '[]',
    'a page': failing(502, '<html>'),
    'another batch': `{"batchID":"${'ef'.repeat(32)}","value":"1","depth":17}`,
  };

  test.each(PATHS.flatMap((path) => Object.entries(WRONG).map(([what, answer]) => ({ path, what, answer }))))(
    'on $path ($what) is syncing if it states that on /stamps',
    async ({ path, answer }) => {
      await using node = await nodeThat({
        [path]: answer,
        '/stamps': syncing,
      });
      expect(await node.bee.observe([BATCH])).toMatchObject({
        is: 'incomplete',
        code: 'NODE_SYNCING',
        reason: 'GET /stamps: 503 syncing in progress',
      });
    },
  );

  test('is shown with the place of the field', async () => {
    const pendingTransactions = [{ transactionHash: `0x${'ab'.repeat(32)}`, description: '', nonce: -1 }];
    await using node = await nodeThat({ '/transactions': JSON.stringify({ pendingTransactions }) });
    expect(await node.bee.observe([])).toMatchObject({
      code: 'NODE_INVALID_RESPONSE',
      reason: expect.stringMatching(/^GET \/transactions: pendingTransactions\.0\.nonce: /),
    });
  });

  test('has the first fault if /stamps states nothing more precise', async () => {
    for (const stamps of [HEALTHY['/stamps'] ?? '', failing(500, ''), error(500, 'unable to get batch')]) {
      await using node = await nodeThat({ '/chainstate': '{}', '/stamps': stamps });
      expect(await node.bee.observe([])).toMatchObject({
        code: 'NODE_INVALID_RESPONSE',
        reason: expect.stringMatching(/^GET \/chainstate: chainTip: /),
      });
      expect([...node.bee.failures].filter(([, count]) => count > 0)).toEqual([['chainstate', 1]]);
    }
  });

  test.each([
    [syncing, 'NODE_SYNCING', 'GET /chainstate: 503 syncing in progress'],
    [
      error(403, 'Chain is disabled. This endpoint is unavailable.'),
      'CHAIN_DISABLED',
      'GET /chainstate: 403 Chain is disabled. This endpoint is unavailable.',
    ],
  ])('is not asked on /stamps if it states the fault itself: $1', async (answer, code, reason) => {
    await using node = await nodeThat({ '/chainstate': answer });
    expect(await node.bee.observe([])).toMatchObject({ code, reason });
    expect(node.requests).not.toContain('/stamps');
  });
});
