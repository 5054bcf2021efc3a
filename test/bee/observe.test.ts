import { describe, expect, test } from 'vitest';
import { createBee } from '../../src/bee/http-bee.ts';
import { openTransport } from '../../src/bee/transport.ts';
import { nodeName, parseBatchId } from '../../src/domain/units.ts';
import type { FaultName, FaultSettings } from '../../src/simulator/faults.ts';
import { deadPort } from '../dead-port.ts';
import { ManualClock } from './manual-clock.ts';
import { observed } from './observed.ts';
import { serveHttp } from './servers.ts';
import {
  AMOUNT,
  aPurchase,
  buyWhileMining,
  OBSERVE_TIMEOUT_MS,
  purchasePath,
  simulated,
} from './simulated.ts';

const UNKNOWN_BATCH = parseBatchId('ab'.repeat(32));

describe('an observation of a healthy node', () => {
  test('is complete', async () => {
    await using node = await simulated();
    expect(await observed(node.bee)).toEqual({
      is: 'complete',
      node: 'bee-1',
      address: `0x${node.simulator.wallet}`,
      chainId: 100,
      version: expect.stringMatching(/^2\.8\.1/),
      chain: {
        tip: 1000,
        block: 995,
        price: 24_000n,
        totalAmount: expect.any(BigInt),
        minimumValidityBlocks: 17_280,
      },
      stamps: [],
      wallet: { bzz: 100n * 10n ** 16n, xdai: 10n * 10n ** 18n },
      pending: [],
      pendingPostage: [],
      batches: new Map(),
    });
  });

  test('shows a purchase as pending, then listed, then usable, and its exact balance on request', async () => {
    await using node = await simulated();
    const outcome = node.bee.buy(aPurchase);
    await node.reached(purchasePath);
    expect(await node.bee.observe([])).toMatchObject({
      pendingPostage: [
        {
          hash: expect.stringMatching(/^0x[0-9a-f]{64}$/),
          nonce: 0,
          description: 'Approve tokens for postage operations',
        },
      ],
    });
    node.simulator.mineBlock();
    expect(await node.bee.observe([])).toMatchObject({
      pendingPostage: [{ nonce: 1, description: 'Postage batch creation' }],
    });
    node.simulator.mineBlock();
    const bought = await outcome;
    if (bought.is !== 'bought') throw new Error(`the outcome was ${bought.is}`);
    const { batchId } = bought;
    expect(await observed(node.bee, [batchId])).toMatchObject({
      stamps: [],
      pendingPostage: [],
      batches: new Map([[batchId, null]]),
    });
    node.simulator.mineBlocks(20);
    const seen = await observed(node.bee, [batchId, UNKNOWN_BATCH]);
    expect(seen).toMatchObject({
      is: 'complete',
      stamps: [
        {
          batchId,
          depth: 17,
          amount: AMOUNT,
          immutable: true,
          usable: true,
          utilization: 0,
          label: aPurchase.orderId,
        },
      ],
    });
    const batches = seen.is === 'complete' ? [...seen.batches] : [];
    expect(batches).toEqual([
      [batchId, { value: expect.any(BigInt), depth: 17 }],
      [UNKNOWN_BATCH, null],
    ]);
    expect(batches[0]?.[1]?.value).toBeGreaterThan(AMOUNT);
  });

  test('reads the synced block before the list of stamps and at the end, and the address around it', async () => {
    await using node = await simulated();
    await node.bee.observe([UNKNOWN_BATCH]);
    expect(node.requests.map(({ path }) => path)).toEqual([
      '/health',
      '/addresses',
      '/chainstate',
      '/transactions',
      '/wallet',
      `/batches/${UNKNOWN_BATCH}`,
      '/addresses',
      '/stamps',
      '/addresses',
      '/addresses',
      '/addresses',
      '/chainstate',
    ]);
  });

  test('waits for nothing any more, and neither does its Bee when it is disposed of', async () => {
    await using node = await simulated();
    await node.bee.observe([]);
    node.simulator.faults.set('proxy502');
    await node.bee.observe([]);
    await node.bee[Symbol.asyncDispose]();
    expect(node.clock.sleeping).toBe(0);
  });

  test('reads the list of stamps part by part, and all other answers as a whole', async () => {
    await using node = await simulated();
    await using transport = openTransport(node.url);
    const inParts: string[] = [];
    const bee = createBee({
      node: nodeName('bee-1'),
      send: async (request) => {
        if (request.onText !== undefined) inParts.push(request.path);
        return await transport.send(request);
      },
      clock: node.clock,
      observeTimeoutMs: OBSERVE_TIMEOUT_MS,
    });
    expect((await bee.observe([UNKNOWN_BATCH])).is).toBe('complete');
    expect(inParts).toEqual(['/stamps']);
  });

  test('is incomplete if the node starts a resync during it', async () => {
    await using node = await simulated();
    await buyWhileMining(node);
    node.simulator.mineBlocks(200);
    node.simulator.node.resync({ downBlocks: 0, staleRequests: 6, blocks: 20 });
    expect(await node.bee.observe([])).toMatchObject({
      is: 'incomplete',
      code: 'NODE_SYNCING',
      reason: expect.stringMatching(/the synced block went back from \d+ to \d+ during the observation/),
    });
    expect(node.bee.failures.get('chainstate')).toBe(1);
  });

  test('has a price of 0 and no TTL when the node has no price', async () => {
    await using node = await simulated();
    await buyWhileMining(node);
    node.simulator.mineBlocks(20);
    node.simulator.faults.set('priceZero');
    expect(await observed(node.bee)).toMatchObject({
      is: 'complete',
      chain: { price: 0n },
      stamps: [{ ttlSeconds: null }],
    });
  });

  test('is complete for each of two concurrent callers', async () => {
    await using node = await simulated();
    const observations = await Promise.all([node.bee.observe([]), node.bee.observe([])]);
    expect(observations.map(({ is }) => is)).toEqual(['complete', 'complete']);
  });
});

describe('an observation of an older node', () => {
  test.each(['2.8.0', '2.7.1'] as const)(
    'of version %s is complete, and has an unknown wallet instead of an empty one',
    async (version) => {
      await using node = await simulated({ version, chequebook: false });
      await buyWhileMining(node);
      node.simulator.mineBlocks(20);
      const seen = await observed(node.bee, [UNKNOWN_BATCH]);
      expect(seen).toMatchObject({
        is: 'complete',
        chain: { minimumValidityBlocks: null },
        wallet: null,
        stamps: [{ amount: AMOUNT, usable: true }],
        batches: new Map([[UNKNOWN_BATCH, null]]),
      });
    },
  );
});

describe('an incomplete observation states what is wrong', () => {
  test.each<[FaultName, FaultSettings, string, RegExp]>([
    ['syncing503', {}, 'NODE_SYNCING', /^GET \/stamps: 503 syncing in progress$/],
    ['syncing503', { message: 'syncing failed' }, 'NODE_SYNCING', /^GET \/stamps: 503 syncing failed$/],
    ['startup503', {}, 'NODE_SYNCING', /: 503 Node is syncing/],
    ['ultraLight403', {}, 'CHAIN_DISABLED', /: 403 Chain is disabled/],
    ['rpcRefusing', {}, 'NODE_UNREACHABLE', /^GET \/chainstate: 500 block number unavailable$/],
    ['proxy502', {}, 'NODE_INVALID_RESPONSE', /^GET \/health: 502 text\/html.*Bad Gateway/],
    ['proxy503', { path: '/stamps' }, 'NODE_INVALID_RESPONSE', /^GET \/stamps: 503 text\/html/],
    ['proxy504', { path: '/chainstate' }, 'NODE_INVALID_RESPONSE', /^GET \/chainstate: 504 text\/html/],
    ['proxy429', { path: '/transactions' }, 'NODE_INVALID_RESPONSE', /^GET \/transactions: 429 text\/html/],
    ['nonJson', { path: '/stamps' }, 'NODE_INVALID_RESPONSE', /^GET \/stamps: 200 text\/html.*It works!/],
    [
      'nonJson',
      { path: '/stamps', body: '{"stamps":null}' },
      'NODE_INVALID_RESPONSE',
      /^GET \/stamps: stamps: /,
    ],
    [
      'nonJson',
      { path: '/stamps', body: '{"stamps":[{"depth":17}]}' },
      'NODE_INVALID_RESPONSE',
      /^GET \/stamps: stamps\.0\./,
    ],
    ['nonJson', { path: '/addresses', body: '{}' }, 'NODE_INVALID_RESPONSE', /^GET \/addresses: ethereum: /],
    [
      'nonJson',
      { path: '/addresses', body: '{"ethereum":"0x12"}' },
      'NODE_INVALID_RESPONSE',
      /^GET \/addresses: ethereum: not an Ethereum address$/,
    ],
    ['proxy503', { path: '/addresses' }, 'NODE_INVALID_RESPONSE', /^GET \/addresses: 503 text\/html/],
    ['nonJson', { path: '/wallet', body: '{}' }, 'NODE_INVALID_RESPONSE', /^GET \/wallet: bzzBalance: /],
    ['truncated', { path: '/stamps' }, 'NODE_UNREACHABLE', /^GET \/stamps: /],
    ['emptyReply', { path: '/wallet' }, 'NODE_UNREACHABLE', /^GET \/wallet: /],
    ['reset', { path: '/chainstate' }, 'NODE_UNREACHABLE', /^GET \/chainstate: /],
  ])('%s %j: %s', async (fault, settings, code, reason) => {
    await using node = await simulated();
    node.simulator.faults.set(fault, settings);
    expect(await node.bee.observe([])).toEqual({
      is: 'incomplete',
      node: 'bee-1',
      code,
      reason: expect.stringMatching(reason),
      addresses: expect.any(Array),
      chainId: expect.toBeOneOf([100, null]),
    });
    node.simulator.faults.clearAll();
    expect((await node.bee.observe([])).is).toBe('complete');
  });

  test('an answer about another batch than the requested one is invalid', async () => {
    await using node = await simulated();
    node.simulator.faults.set('nonJson', {
      path: '/batches',
      body: `{"batchID":"${'cd'.repeat(32)}","value":"1","depth":17}`,
    });
    expect(await node.bee.observe([UNKNOWN_BATCH])).toMatchObject({
      code: 'NODE_INVALID_RESPONSE',
      reason: `GET /batches/${UNKNOWN_BATCH}: the answer is about batch ${'cd'.repeat(32)}`,
    });
  });

  test('nothing listens on the port', async () => {
    await using transport = openTransport(`http://127.0.0.1:${await deadPort()}`);
    const bee = createBee({
      node: nodeName('bee-1'),
      send: transport.send,
      clock: new ManualClock(),
      observeTimeoutMs: 1000,
    });
    expect(await bee.observe([])).toMatchObject({
      code: 'NODE_UNREACHABLE',
      reason: expect.stringMatching(/^GET \/health: connect ECONNREFUSED/),
    });
  });

  test('the server is not a Bee node', async () => {
    await using server = await serveHttp((_request, response) => response.writeHead(404).end('no such page'));
    await using transport = openTransport(`http://127.0.0.1:${server.port}`);
    const bee = createBee({
      node: nodeName('bee-1'),
      send: transport.send,
      clock: new ManualClock(),
      observeTimeoutMs: 1000,
    });
    expect(await bee.observe([])).toMatchObject({
      code: 'NODE_INVALID_RESPONSE',
      reason: 'GET /health: 404 without a content type: no such page',
    });
  });
});

describe('a silent node', () => {
  test('is not waited for after the deadline; its request is not aborted, and not repeated until it has ended', async () => {
    await using node = await simulated();
    node.simulator.faults.set('rpcHanging');
    const first = node.bee.observe([]);
    await node.reached('/chainstate');
    node.clock.pass(OBSERVE_TIMEOUT_MS);
    expect(await first).toMatchObject({
      is: 'incomplete',
      code: 'NODE_UNREACHABLE',
      reason:
        'GET /chainstate: no answer for 20 s when the time for the observation was over; the request stays open',
    });
    node.clock.pass(40_000);
    expect(await node.bee.observe([])).toMatchObject({
      code: 'NODE_UNREACHABLE',
      reason:
        'GET /chainstate: no answer for 60 s; the request is still open and is not repeated until it ends',
    });
    const [open, ...others] = node.requests.filter(({ path }) => path === '/chainstate');
    expect(open?.aborted).toBe(false);
    expect(others).toEqual([]);
    expect(
      node.requests.map(({ path }) => path),
      'a node that does not answer is asked nothing more',
    ).not.toContain('/stamps');

    node.simulator.faults.clear('rpcHanging');
    node.simulator.mineBlock();
    await until(async () => (await node.bee.observe([])).is === 'complete');
    const reads = node.requests.filter(({ path }) => path === '/chainstate');
    expect(reads.map(({ aborted }) => aborted)).toEqual([false, false, false]);
  });

  test('is waited for on disposal, so that a request that ends in time is not aborted', async () => {
    await using node = await simulated();
    node.simulator.faults.set('rpcHanging');
    const observation = node.bee.observe([]);
    await node.reached('/chainstate');
    node.clock.pass(OBSERVE_TIMEOUT_MS);
    await observation;
    let disposed = false;
    const disposal = node.bee[Symbol.asyncDispose]().then(() => (disposed = true));
    await node.bee.observe([]); // the disposal could have ended during this observation
    expect(disposed).toBe(false);
    node.simulator.faults.clear('rpcHanging');
    node.simulator.mineBlock();
    await disposal;
    expect(node.requests.filter(({ aborted }) => aborted)).toEqual([]);
  });

  test('does not delay disposal forever', async () => {
    await using node = await simulated();
    node.simulator.faults.set('hang', { path: '/stamps' });
    const observation = node.bee.observe([]);
    await node.reached('/stamps');
    node.clock.pass(OBSERVE_TIMEOUT_MS);
    await observation;
    let disposed = false;
    const disposal = node.bee[Symbol.asyncDispose]().then(() => (disposed = true));
    node.clock.pass(2_999);
    await new Promise(setImmediate);
    expect(disposed).toBe(false);
    node.clock.pass(1);
    await disposal;
    expect(node.requests.filter(({ aborted }) => aborted)).toEqual([]); // closing the transport aborts it
    await node[Symbol.asyncDispose]();
    await until(() =>
      Promise.resolve(node.requests.some(({ path, aborted }) => aborted && path === '/stamps')),
    );
  });
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise(setImmediate);
}
