import { describe, expect, test } from 'vitest';
import { createBee } from '../../src/bee/http-bee.ts';
import { openTransport } from '../../src/bee/transport.ts';
import type { Reading } from '../../src/domain/observation.ts';
import { type BatchId, nodeName } from '../../src/domain/units.ts';
import { serveSimulator } from '../../src/simulator/serve.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { batchId } from '../builders.ts';
import { balanceConnections, balanceRequests, type Choose, inTurn } from './balancer.ts';
import { ManualClock } from './manual-clock.ts';
import { simulated } from './simulated.ts';

const addressOf = ({ wallet }: Simulator): string => `0x${wallet}`;

interface Balanced extends AsyncDisposable {
  readonly addresses: readonly string[];
  observe(valuesOf?: readonly BatchId[]): Promise<Reading>;
}

/** A Bee adapter connected to three simulated nodes through a load balancer, over real sockets. */
async function balanced(balance: typeof balanceRequests, choose: Choose): Promise<Balanced> {
  await using starting = new AsyncDisposableStack();
  const nodes = [1, 2, 3].map((seed) => createSimulator({ seed }));
  const urls: string[] = [];
  for (const node of nodes) {
    const served = starting.adopt(await serveSimulator(node, { port: 0 }), (serving) => serving.close());
    urls.push(served.url);
  }
  const { port } = starting.use(await balance(urls, choose));
  const { send } = starting.use(openTransport(`http://127.0.0.1:${port}`));
  const bee = createBee({ node: nodeName('bee'), send, clock: new ManualClock(), observeTimeoutMs: 20_000 });
  const running = starting.move();
  return {
    addresses: nodes.map(addressOf),
    observe: (valuesOf = []) => bee.observe(valuesOf),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Zero to five batches to read a balance of: each adds one request between two reads of the address. */
const BATCHES = [0, 1, 2, 3, 4, 5].map((count) => Array.from({ length: count }, (_, n) => batchId(n + 1)));

const PATTERNS: readonly (readonly [string, readonly number[]])[] = [
  ['two nodes, alternately', [0, 1]],
  ['three nodes, alternately', [0, 1, 2]],
  ['two nodes, one of which gets two of three', [0, 0, 1]],
];

describe('the identity of a node', () => {
  test('is the address stated by /addresses and /wallet', async () => {
    await using node = await simulated();
    expect(await node.bee.observe([])).toMatchObject({
      is: 'complete',
      address: addressOf(node.simulator),
    });
  });

  test('is accepted in any letter case, and stored in lower case', async () => {
    await using node = await simulated();
    const checksummed = `0x${node.simulator.wallet.toUpperCase()}`;
    node.simulator.faults.set('nonJson', {
      path: '/addresses',
      body: JSON.stringify({ ethereum: checksummed }),
    });
    expect(await node.bee.observe([])).toMatchObject({ address: addressOf(node.simulator) });
  });

  test('is the address of /addresses when a node without a chequebook offers no wallet', async () => {
    await using node = await simulated({ version: '2.7.1', chequebook: false });
    expect(await node.bee.observe([])).toMatchObject({
      is: 'complete',
      address: addressOf(node.simulator),
      chainId: null,
      wallet: null,
    });
  });

  test('is unknown when /wallet and /addresses state different addresses', async () => {
    await using node = await simulated();
    const other = `0x${'b'.repeat(40)}`;
    const body = { bzzBalance: '1', nativeTokenBalance: '1', walletAddress: other };
    node.simulator.faults.set('nonJson', { path: '/wallet', body: JSON.stringify(body) });
    expect(await node.bee.observe([])).toMatchObject({
      is: 'incomplete',
      code: 'NODE_CHANGED',
      reason: `several nodes answer alternately: ${addressOf(node.simulator)} and ${other}`,
      addresses: [addressOf(node.simulator), other],
    });
    expect(node.requests.at(-1)?.path, 'nothing more is asked').toBe('/wallet');
    expect(node.bee.failures.get('addresses')).toBe(1);
  });

  test.each([5, null, 0, -1, 1.5, '100'])('has the chain that /wallet states: %j', async (chainID) => {
    await using node = await simulated();
    const body = { bzzBalance: '1', nativeTokenBalance: '1', chainID };
    node.simulator.faults.set('nonJson', { path: '/wallet', body: JSON.stringify(body) });
    expect(await node.bee.observe([])).toMatchObject({ chainId: chainID === 5 ? 5 : null });
  });

  test('has its chain also while the node is syncing', async () => {
    await using node = await simulated();
    node.simulator.chain.chainId = 5;
    node.simulator.faults.set('syncing503');
    expect(await node.bee.observe([])).toMatchObject({ code: 'NODE_SYNCING', chainId: 5 });
  });

  test('is known while the node is starting', async () => {
    await using node = await simulated();
    node.simulator.faults.set('startup503');
    expect(await node.bee.observe([])).toMatchObject({
      is: 'incomplete',
      code: 'NODE_SYNCING',
      addresses: [addressOf(node.simulator)],
    });
  });
});

describe('several nodes behind a balancer', () => {
  test.each(PATTERNS)('%s by request: every observation detects them', async (_what, pattern) => {
    for (const offset of pattern.keys()) {
      for (const valuesOf of BATCHES) {
        await using nodes = await balanced(balanceRequests, inTurn(pattern, offset));
        expect(await nodes.observe(valuesOf), `offset ${offset}, ${valuesOf.length} batches`).toMatchObject({
          is: 'incomplete',
          code: 'NODE_CHANGED',
          reason: expect.stringContaining('several nodes answer alternately'),
        });
      }
    }
  });

  test.each(PATTERNS)('%s by connection: every observation detects them', async (_what, pattern) => {
    for (const offset of pattern.keys()) {
      await using nodes = await balanced(balanceConnections, inTurn(pattern, offset));
      expect(await nodes.observe(), `offset ${offset}`).toMatchObject({ code: 'NODE_CHANGED' });
    }
  });

  // undici may use several connections for the other reads, which hides the difference from the tests above.
  test('are asked on two connections of their own, after the list of stamps', async () => {
    await using starting = new AsyncDisposableStack();
    const { url } = starting.adopt(await serveSimulator(createSimulator(), { port: 0 }), (served) =>
      served.close(),
    );
    await using transport = openTransport(url);
    const sent: string[] = [];
    const send: typeof transport.send = async (request) => {
      sent.push(request.ownConnection === true ? `${request.path}, own connection` : request.path);
      return await transport.send(request);
    };
    const bee = createBee({
      node: nodeName('bee'),
      send,
      clock: new ManualClock(),
      observeTimeoutMs: 20_000,
    });
    await bee.observe([]);
    expect(sent.slice(sent.indexOf('/stamps'))).toEqual([
      '/stamps',
      '/addresses',
      '/addresses, own connection',
      '/addresses, own connection',
      '/chainstate',
    ]);
  });

  test('are one node when only one of them answers', async () => {
    await using nodes = await balanced(balanceConnections, () => 1);
    expect(await nodes.observe()).toMatchObject({ is: 'complete', address: nodes.addresses[1] });
  });
});
