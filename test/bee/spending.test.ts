import { describe, expect, test } from 'vitest';
import { createBee } from '../../src/bee/http-bee.ts';
import { openTransport } from '../../src/bee/transport.ts';
import { depth, nodeName, parseBatchId, plur } from '../../src/domain/units.ts';
import type { FaultName, FaultSettings, Stage } from '../../src/simulator/faults.ts';
import { deadPort } from '../dead-port.ts';
import { ManualClock } from './manual-clock.ts';
import { observed } from './observed.ts';
import { AMOUNT, aPurchase, buyWhileMining, purchasePath, type Simulated, simulated } from './simulated.ts';

const paidBatches = ({ simulator }: Simulated) =>
  [...simulator.chain.batches.values()].filter(({ owner }) => owner === simulator.wallet).length;

async function aBatch(node: Simulated) {
  const bought = await buyWhileMining(node);
  if (bought.is !== 'bought') throw new Error(`the outcome was ${bought.is}`);
  node.simulator.mineBlocks(20);
  return bought.batchId;
}

describe('a purchase', () => {
  test('returns its batch and transaction when it is mined', async () => {
    await using node = await simulated();
    const bought = await buyWhileMining(node);
    expect(bought).toEqual({
      is: 'bought',
      batchId: expect.stringMatching(/^[0-9a-f]{64}$/),
      txHash: expect.stringMatching(/^0x[0-9a-f]{64}$/),
    });
    expect(bought.is === 'bought' && [...node.simulator.chain.batches.keys()]).toEqual([
      bought.is === 'bought' && bought.batchId,
    ]);
  });

  test.each([true, false])('has the requested immutability: %s', async (immutable) => {
    await using node = await simulated();
    const outcome = node.bee.buy({ ...aPurchase, immutable });
    await node.reached(purchasePath);
    node.simulator.mineBlocks(20);
    await outcome;
    expect(await observed(node.bee)).toMatchObject({ stamps: [{ immutable }] });
  });

  test('has no time limit', async () => {
    await using node = await simulated();
    node.simulator.faults.set('txDelayed', { blocks: 1000 });
    const outcome = node.bee.buy(aPurchase);
    await node.reached(purchasePath);
    for (let i = 0; i < 10; i++) {
      node.simulator.mineBlocks(100);
      node.clock.pass(3_600_000);
      expect((await node.bee.observe([])).is).toBe('complete'); // the node can be observed meanwhile
    }
    node.simulator.mineBlocks(10);
    expect((await outcome).is).toBe('bought');
  });

  test('is refused while another one is open', async () => {
    await using node = await simulated();
    const first = node.bee.buy(aPurchase);
    await node.reached(purchasePath);
    expect(await node.bee.buy(aPurchase)).toEqual({
      is: 'refused',
      code: 'BUSY',
      message: '429 simultaneous on-chain operations not supported',
    });
    node.simulator.mineBlocks(4);
    expect((await first).is).toBe('bought');
    expect(paidBatches(node)).toBe(1);
  });

  test('is refused when no connection is established', async () => {
    await using transport = openTransport(`http://127.0.0.1:${await deadPort()}`);
    const bee = createBee({
      node: nodeName('bee-1'),
      send: transport.send,
      clock: new ManualClock(),
      observeTimeoutMs: 1,
    });
    expect(await bee.buy(aPurchase)).toMatchObject({ is: 'refused', code: 'UNREACHABLE' });
    expect(await bee.topUp({ batchId: parseBatchId('ab'.repeat(32)), amount: plur(1n) })).toMatchObject({
      is: 'refused',
      code: 'UNREACHABLE',
    });
  });
});

describe('a purchase that Bee refuses spends nothing', () => {
  test.each<[FaultName, FaultSettings, string]>([
    ['startup503', {}, 'SYNCING'],
    ['syncing503', {}, 'SYNCING'],
    ['syncing503', { message: 'syncing failed' }, 'SYNCING'],
    ['ultraLight403', {}, 'CHAIN_DISABLED'],
    ['busy429', {}, 'BUSY'],
  ])('%s %j: %s', async (fault, settings, code) => {
    await using node = await simulated();
    node.simulator.faults.set(fault, settings);
    expect(await buyWhileMining(node)).toMatchObject({ is: 'refused', code });
    expect(node.simulator.chain.ledger).toEqual([]);
  });

  test('for insufficient funds', async () => {
    await using node = await simulated({ bzzPlur: 0n });
    expect(await buyWhileMining(node)).toMatchObject({ is: 'refused', code: 'OUT_OF_FUNDS' });
    expect(node.simulator.chain.ledger).toEqual([]);
  });

  test('for less than 24 hours', async () => {
    await using node = await simulated();
    const amount = plur(24_000n * 17_280n); // the contract accepts this amount, Bee does not
    expect(await node.bee.buy({ ...aPurchase, amount })).toMatchObject({
      is: 'refused',
      code: 'BAD_REQUEST',
    });
    expect(node.simulator.chain.ledger).toEqual([]);
  });
});

describe('a purchase without a conclusive answer is unknown', () => {
  const stages: readonly Stage[] = ['before', 'approve', 'create', 'mined'];
  const proxies: readonly FaultName[] = ['proxy502', 'proxy503', 'proxy504', 'proxy429'];
  const cases: [FaultName, FaultSettings, number][] = [
    ...stages.map((stage): [FaultName, FaultSettings, number] => [
      'reset',
      { stage },
      stage === 'create' || stage === 'mined' ? 1 : 0,
    ]),
    ...proxies.map((proxy): [FaultName, FaultSettings, number] => [proxy, {}, 0]),
    ...proxies.map((proxy): [FaultName, FaultSettings, number] => [proxy, { after: true }, 1]),
    ['truncated', {}, 1],
    ['emptyReply', {}, 1],
    ['nonJson', {}, 1],
    ['nonJson', { body: '{"batchID":"","txHash":""}' }, 1],
    ['error500BeforeBroadcast', {}, 0],
    ['error500AfterBroadcast', { stage: 'approve' }, 0],
    ['error500AfterBroadcast', {}, 1],
    ['sendUnseen', {}, 1],
    ['sendUnseen', { after: true }, 1],
    ['txReverted', {}, 0],
    ['rpcRefusing', {}, 0],
  ];
  test.each(cases)('%s %j: %i batches are paid for', async (fault, settings, batches) => {
    await using node = await simulated();
    node.simulator.faults.set(fault, { ...settings, method: 'POST' });
    const outcome = await buyWhileMining(node, 20);
    expect(outcome).toEqual({ is: 'unknown', cause: expect.stringMatching(/./) });
    expect(paidBatches(node)).toBe(batches);
  });

  test('when the node is killed during it', async () => {
    await using node = await simulated();
    const outcome = node.bee.buy(aPurchase);
    await node.reached(purchasePath);
    node.simulator.mineBlock();
    node.simulator.node.restart({ killed: true });
    expect((await outcome).is).toBe('unknown');
    node.simulator.mineBlocks(20);
    expect(paidBatches(node)).toBe(1);
  });
});

describe('a top-up', () => {
  const added = plur(500_000_003n);
  const topUpWhileMining = async (node: Simulated, batchId: Awaited<ReturnType<typeof aBatch>>) => {
    const outcome = node.bee.topUp({ batchId, amount: added });
    await node.reached(`/stamps/topup/${batchId}/${added}`);
    node.simulator.mineBlocks(20);
    return await outcome;
  };

  test('resolves when it is mined, and raises the amount', async () => {
    await using node = await simulated();
    const batchId = await aBatch(node);
    expect(await topUpWhileMining(node, batchId)).toEqual({
      is: 'toppedUp',
      txHash: expect.stringMatching(/^0x[0-9a-f]{64}$/),
    });
    expect(await observed(node.bee)).toMatchObject({ stamps: [{ batchId, amount: AMOUNT + added }] });
  });

  test('beyond the balance of the wallet is refused', async () => {
    await using node = await simulated();
    const batchId = await aBatch(node);
    node.simulator.chain.setBalance(node.simulator.wallet, { bzzPlur: 0n });
    expect(await topUpWhileMining(node, batchId)).toEqual({
      is: 'refused',
      code: 'OUT_OF_FUNDS',
      message: '402 out of funds',
    });
  });

  test.each<[FaultName, FaultSettings]>([
    ['reset', { stage: 'before' }],
    ['reset', { stage: 'approve' }],
    ['reset', { stage: 'create' }],
    ['reset', { stage: 'mined' }],
    ['truncated', {}],
    ['emptyReply', {}],
    ['nonJson', {}],
    ['proxy504', { after: true }],
    ['error500AfterBroadcast', {}],
    ['txReverted', {}],
  ])('without a conclusive answer is unknown: %s %j', async (fault, settings) => {
    await using node = await simulated();
    const batchId = await aBatch(node);
    node.simulator.faults.set(fault, { ...settings, method: 'PATCH' });
    expect((await topUpWhileMining(node, batchId)).is).toBe('unknown');
  });

  test('of a batch that does not exist is unknown, because Bee answers 500 without a reason', async () => {
    await using node = await simulated();
    expect(await topUpWhileMining(node, parseBatchId('ab'.repeat(32)))).toEqual({
      is: 'unknown',
      cause: '500 cannot topup batch',
    });
  });
});

test('a depth beyond the balance of the wallet is refused', async () => {
  await using node = await simulated();
  expect(await node.bee.buy({ ...aPurchase, depth: depth(41) })).toMatchObject({
    is: 'refused',
    code: 'OUT_OF_FUNDS',
  });
});
