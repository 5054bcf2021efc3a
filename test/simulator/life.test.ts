import { describe, expect, it } from 'vitest';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { field, get, pending, send, sendAndMine, stamps, usableBatch } from './client.ts';

/** The contract requires 17280 blocks at 24000 PLUR: at least 414720000. */
const DAY_AND_100_BLOCKS = 24_000n * 17_380n;

describe('time to live', () => {
  it('decreases by 5 blocks at a time, until the batch has expired', async () => {
    const simulator = createSimulator();
    const batchId = await usableBatch(simulator, DAY_AND_100_BLOCKS);
    const seen = new Set<number>();
    for (let i = 0; i < 12; i++) {
      simulator.mineBlock();
      for (const { batchTTL } of await stamps(simulator)) seen.add(batchTTL);
    }
    const [first = 0, second = 0, third = 0] = seen;
    expect([first - second, second - third]).toEqual([25, 25]);
    simulator.mineBlocks(17_380);
    expect(await stamps(simulator)).toEqual([]);
    expect(await get(simulator, '/batches')).toEqual({ status: 200, body: { batches: [] } });
    expect(await get(simulator, `/stamps/${batchId}`)).toMatchObject({ status: 404 });
    expect(await get(simulator, `/batches/${batchId}`)).toMatchObject({ status: 404 });
    expect(await send(simulator, `PATCH /stamps/topup/${batchId}/1000`)).toMatchObject({ status: 500 });
  });

  it('halves with the next sync step when the price doubles', async () => {
    const simulator = createSimulator();
    await usableBatch(simulator, 24_000n * 100_000n);
    const [before] = await stamps(simulator);
    simulator.chain.setPrice(48_000n);
    simulator.mineBlocks(10);
    const [after] = await stamps(simulator);
    expect((before?.batchTTL ?? 0) / (after?.batchTTL ?? 1)).toBeCloseTo(2, 2);
    expect(await get(simulator, '/chainstate')).toMatchObject({ body: { currentPrice: '48000' } });
  });

  it('is computed from the block time that Bee is configured with', async () => {
    const ttls: number[] = [];
    for (const beeBlockTimeSeconds of [0, 1, 5, 12]) {
      const simulator = createSimulator({ beeBlockTimeSeconds });
      await usableBatch(simulator, DAY_AND_100_BLOCKS);
      ttls.push((await stamps(simulator))[0]?.batchTTL ?? -1);
    }
    const [none = 0, one = 0] = ttls;
    expect(none).toBe(0);
    expect(ttls.slice(1)).toEqual([one, one * 5, one * 12]);
  });
});

describe('the next purchase after an expiry', () => {
  it('first sends a transaction that removes up to 25 expired batches', async () => {
    const simulator = createSimulator();
    for (let i = 0; i < 26; i++) {
      simulator.chain.createForeignBatch({ amount: DAY_AND_100_BLOCKS, depth: 17 });
    }
    simulator.mineBlocks(17_400);
    const posted = send(simulator, 'POST /stamps/500000000/17');
    const sent: string[] = [];
    for (let i = 0; i < 4; i++) {
      sent.push(...(await pending(simulator)));
      simulator.mineBlock();
    }
    expect(sent).toEqual([
      'expire limited batches',
      'expire limited batches',
      'Approve tokens for postage operations',
      'Postage batch creation',
    ]);
    expect(await posted).toMatchObject({ status: 201 });
  });
});

describe('top-up', () => {
  it('is answered with 202 when mined, and shows in amount and time to live when synced', async () => {
    const simulator = createSimulator();
    const batchId = await usableBatch(simulator, DAY_AND_100_BLOCKS);
    const [before] = await stamps(simulator);
    expect(await sendAndMine(simulator, `PATCH /stamps/topup/${batchId}/2400000`)).toMatchObject({
      status: 202,
      body: { batchID: batchId },
    });
    expect(await stamps(simulator)).toEqual([before]);
    simulator.mineBlocks(8);
    const [after] = await stamps(simulator);
    expect(BigInt(after?.amount ?? 0) - BigInt(before?.amount ?? 0)).toBe(2_400_000n);
    expect((after?.batchTTL ?? 0) - (before?.batchTTL ?? 0)).toBeGreaterThan(400);
    expect(simulator.chain.ledger).toMatchObject([
      { kind: 'create' },
      {
        kind: 'topUp',
        batchId,
        amount: 2_400_000n,
        totalPaidPlur: 2_400_000n << 17n,
        payer: simulator.wallet,
      },
    ]);
  });

  it('accepts any batch that the node knows, and answers 402 if funds are missing', async () => {
    const simulator = createSimulator();
    const batchId = simulator.chain.createForeignBatch({ amount: DAY_AND_100_BLOCKS, depth: 17 });
    simulator.mineBlocks(10);
    expect(await sendAndMine(simulator, `PATCH /stamps/topup/${batchId}/1000`)).toMatchObject({
      status: 202,
    });
    expect(await send(simulator, `PATCH /stamps/topup/${batchId}/${10n ** 18n}`)).toEqual({
      status: 402,
      body: { code: 402, message: 'out of funds' },
    });
    expect(await sendAndMine(simulator, `PATCH /stamps/dilute/${batchId}/18`)).toMatchObject({ status: 500 });
  });

  it('reverts if the batch would last less than a day at the current price', async () => {
    const simulator = createSimulator();
    const batchId = await usableBatch(simulator, DAY_AND_100_BLOCKS);
    simulator.chain.setPrice(24_000n * 4n);
    expect(await sendAndMine(simulator, `PATCH /stamps/topup/${batchId}/1000`)).toMatchObject({
      status: 500,
      body: { message: 'cannot topup batch' },
    });
    simulator.mineBlocks(5);
    expect(simulator.chain.ledger).toHaveLength(1);
  });
});

describe('dilution', () => {
  it('by one depth halves the time to live and keeps the amount', async () => {
    const simulator = createSimulator();
    const batchId = await usableBatch(simulator, DAY_AND_100_BLOCKS * 3n);
    const [before] = await stamps(simulator);
    expect(await sendAndMine(simulator, `PATCH /stamps/dilute/${batchId}/18`)).toMatchObject({ status: 202 });
    simulator.mineBlocks(8);
    const [after] = await stamps(simulator);
    expect(after).toMatchObject({ depth: 18, amount: before?.amount });
    expect((before?.batchTTL ?? 0) / (after?.batchTTL ?? 1)).toBeCloseTo(2, 2);
  });

  it('is refused with different messages if the depth is smaller, equal, or too large for the balance', async () => {
    const simulator = createSimulator();
    const batchId = await usableBatch(simulator, DAY_AND_100_BLOCKS * 3n, 18);
    const statuses: unknown[] = [];
    for (const depth of [17, 18, 25]) {
      const { status, body } = await sendAndMine(simulator, `PATCH /stamps/dilute/${batchId}/${depth}`);
      statuses.push([status, field(body, 'message')]);
    }
    expect(statuses).toEqual([
      [400, 'invalid depth'],
      [500, 'cannot dilute batch'],
      [500, 'cannot dilute batch'],
    ]);
  });
});

describe('another user', () => {
  it('can create a batch that the node owns: it is listed as recovered', async () => {
    const simulator = createSimulator();
    const owner = simulator.wallet;
    const batchId = simulator.chain.createForeignBatch({ owner, amount: DAY_AND_100_BLOCKS, depth: 20 });
    const other = simulator.chain.createForeignBatch({ amount: DAY_AND_100_BLOCKS, depth: 20 });
    simulator.mineBlocks(10);
    expect(await stamps(simulator)).toMatchObject([{ batchID: batchId, label: 'recovered', depth: 20 }]);
    const { body } = await get(simulator, '/batches');
    expect(JSON.stringify(body)).toContain(other);
    expect(simulator.chain.ledger[0]?.payer).not.toBe(owner);
  });

  it('can top up and dilute, and spend from the wallet', async () => {
    const simulator = createSimulator();
    const batchId = await usableBatch(simulator, DAY_AND_100_BLOCKS * 3n);
    simulator.chain.topUpBatch(batchId, 24_000n);
    simulator.chain.diluteBatch(batchId, 18);
    simulator.mineBlocks(10);
    expect(await stamps(simulator)).toMatchObject([
      { depth: 18, amount: (DAY_AND_100_BLOCKS * 3n + 24_000n).toString() },
    ]);
    const { bzzPlur } = simulator.chain.balance(simulator.wallet);
    simulator.chain.spendFromNodeWallet({ bzzPlur });
    expect(await get(simulator, '/wallet')).toMatchObject({ body: { bzzBalance: '0' } });
  });
});

describe('uploads', () => {
  it('need a stamp, and show in its utilization at once', async () => {
    const simulator = createSimulator();
    const batchId = await usableBatch(simulator);
    const headers = { 'Swarm-Postage-Batch-Id': batchId };
    const { status, body } = await send(simulator, 'POST /bytes', { headers, body: 'hello' });
    expect(status).toBe(201);
    expect(field(body, 'reference')).toMatch(/^[0-9a-f]{64}$/);
    expect(await stamps(simulator)).toMatchObject([{ utilization: 1 }]);
    simulator.node.setUtilization(batchId, 2);
    expect(await get(simulator, `/stamps/${batchId}`)).toMatchObject({
      body: { utilization: 2, utilizationRatio: 1 },
    });
  });

  it('are refused for a batch that is unknown or not usable yet', async () => {
    const simulator = createSimulator();
    const unknown = { 'swarm-postage-batch-id': 'ab'.repeat(32) };
    expect(await send(simulator, 'POST /bytes', { headers: unknown })).toEqual({
      status: 404,
      body: { code: 404, message: 'batch with id not found' },
    });
    const { body } = await sendAndMine(simulator, 'POST /stamps/500000000/17');
    const fresh = { 'swarm-postage-batch-id': field(body, 'batchID') };
    expect(await send(simulator, 'POST /chunks', { headers: fresh })).toEqual({
      status: 422,
      body: { code: 422, message: 'batch not usable yet or does not exist' },
    });
  });

  it('fail when a bucket of an immutable batch is full', async () => {
    const simulator = createSimulator();
    const headers = { 'swarm-postage-batch-id': await usableBatch(simulator) };
    const big = 'x'.repeat(4096 * 3000);
    expect(await send(simulator, 'POST /bytes', { headers, body: big })).toEqual({
      status: 402,
      body: { code: 402, message: 'batch is overissued' },
    });
  });
});
