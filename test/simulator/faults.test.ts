import { describe, expect, it } from 'vitest';
import { FAULT_NAMES } from '../../src/simulator/faults.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { get, send, sendAndMine, stamps, usableBatch } from './client.ts';

const BUY = 'POST /stamps/500000000/17?label=x';

describe('between the client and the node', () => {
  it('down: connections are refused', async () => {
    const simulator = createSimulator();
    simulator.faults.set('down');
    await expect(get(simulator, '/health')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('slow: the response of now is sent some blocks later', async () => {
    const simulator = createSimulator();
    simulator.faults.set('slow', { blocks: 3, times: 1 });
    const slow = get(simulator, '/chainstate');
    simulator.mineBlocks(3);
    expect(await slow).toMatchObject({ body: { chainTip: 1000 } });
    expect(await get(simulator, '/chainstate')).toMatchObject({ body: { chainTip: 1003 } });
  });

  it('hang: the node never answers, and the client can abort', async () => {
    const simulator = createSimulator();
    simulator.faults.set('hang', { path: '/stamps' });
    const client = new AbortController();
    const hung = send(simulator, BUY, { signal: client.signal });
    simulator.mineBlocks(1000);
    client.abort();
    await expect(hung).rejects.toThrow('aborted');
    expect(simulator.chain.ledger).toEqual([]);
    expect(await get(simulator, '/health')).toMatchObject({ status: 200 });
  });

  it.each([
    { stage: 'before', paid: 0, label: undefined },
    { stage: 'approve', paid: 0, label: undefined },
    { stage: 'create', paid: 1, label: 'recovered' },
    { stage: 'mined', paid: 1, label: 'x' },
  ] as const)(
    'reset at $stage: $paid batches are bought, with label $label',
    async ({ stage, paid, label }) => {
      const simulator = createSimulator();
      simulator.faults.set('reset', { method: 'POST', stage, times: 1 });
      await expect(sendAndMine(simulator, BUY)).rejects.toMatchObject({ code: 'ECONNRESET' });
      simulator.mineBlocks(20);
      expect(simulator.chain.ledger).toHaveLength(paid);
      expect((await stamps(simulator)).map((stamp) => stamp.label)).toEqual(
        label === undefined ? [] : [label],
      );
      expect(await sendAndMine(simulator, BUY)).toMatchObject({ status: 201 });
    },
  );

  it('truncated: half of the body is sent', async () => {
    const simulator = createSimulator();
    simulator.faults.set('truncated', { times: 1 });
    const { body, cutAfter } = await simulator.handle({ method: 'GET', path: '/wallet' });
    expect(cutAfter).toBe(Math.floor(body.length / 2));
  });

  it('nonJson: 200 with another body', async () => {
    const simulator = createSimulator();
    simulator.faults.set('nonJson', { body: 'oops' });
    expect(await get(simulator, '/stamps')).toEqual({ status: 200, body: 'oops' });
  });

  it('emptyReply: the purchase is made, and its response is lost', async () => {
    const simulator = createSimulator();
    simulator.faults.set('emptyReply', { method: 'POST' });
    await expect(sendAndMine(simulator, BUY)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(simulator.chain.ledger).toHaveLength(1);
  });

  it.each([
    { name: 'proxy502', status: 502 },
    { name: 'proxy503', status: 503 },
    { name: 'proxy504', status: 504 },
    { name: 'proxy429', status: 429 },
  ] as const)('$name: HTML, before or after the request is carried out', async ({ name, status }) => {
    const simulator = createSimulator();
    simulator.faults.set(name, { times: 1 });
    const before = await simulator.handle({ method: 'POST', path: '/stamps/500000000/17' });
    expect(before).toMatchObject({ status, headers: { 'content-type': 'text/html' } });
    simulator.mineBlocks(2);
    expect(simulator.chain.ledger).toEqual([]);
    simulator.faults.set(name, { times: 1, after: true });
    expect(await sendAndMine(simulator, BUY)).toMatchObject({ status });
    expect(simulator.chain.ledger).toHaveLength(1);
  });
});

describe('in the node', () => {
  it.each([
    {
      name: 'busy429',
      line: BUY,
      answer: { status: 429, message: 'simultaneous on-chain operations not supported' },
    },
    { name: 'syncing503', line: 'GET /stamps', answer: { status: 503, message: 'syncing in progress' } },
    {
      name: 'startup503',
      line: 'GET /wallet',
      answer: {
        status: 503,
        message: 'Node is syncing. This endpoint is unavailable. Try again later.',
      },
    },
    {
      name: 'ultraLight403',
      line: 'GET /stamps',
      answer: { status: 403, message: 'Chain is disabled. This endpoint is unavailable.' },
    },
    {
      name: 'ultraLight403',
      line: 'GET /chainstate',
      answer: { status: 500, message: 'block number unavailable' },
    },
    { name: 'error500BeforeBroadcast', line: BUY, answer: { status: 500, message: 'cannot create batch' } },
  ] as const)('$name: $line is $answer.status $answer.message', async ({ name, line, answer }) => {
    const simulator = createSimulator();
    simulator.faults.set(name);
    const { status, message } = answer;
    expect(await send(simulator, line)).toEqual({ status, body: { code: status, message } });
    simulator.mineBlocks(2);
    expect(simulator.chain.ledger).toEqual([]);
    simulator.faults.clearAll();
    expect(await sendAndMine(simulator, line)).not.toMatchObject({ status });
  });

  it('syncing503 can have the message "syncing failed"', async () => {
    const simulator = createSimulator();
    simulator.faults.set('syncing503', { message: 'syncing failed' });
    expect(await get(simulator, '/stamps')).toEqual({
      status: 503,
      body: { code: 503, message: 'syncing failed' },
    });
  });

  it('the first middleware that refuses answers', async () => {
    const simulator = createSimulator();
    const order = ['startup503', 'ultraLight403', 'busy429', 'syncing503'] as const;
    for (const name of order) simulator.faults.set(name);
    const statuses: number[] = [];
    for (const name of order) {
      statuses.push((await send(simulator, 'POST /stamps/x/y', { headers: { 'Gas-Price': 'x' } })).status);
      simulator.faults.clear(name);
    }
    expect(statuses).toEqual([503, 403, 429, 503]);
    expect(await send(simulator, 'POST /stamps/x/y', { headers: { 'Gas-Price': 'x' } })).toMatchObject({
      body: { reasons: [{ field: 'Gas-Price' }] },
    });
    expect(await send(simulator, 'POST /stamps/x/y')).toMatchObject({
      body: {
        reasons: [
          { field: 'amount', error: 'invalid value' },
          { field: 'depth', error: 'invalid syntax' },
        ],
      },
    });
  });

  it('labelLost: answered with 201, but listed as recovered', async () => {
    const simulator = createSimulator();
    simulator.faults.set('labelLost', { times: 1 });
    await usableBatch(simulator);
    expect(await stamps(simulator)).toMatchObject([{ label: 'recovered' }]);
  });

  it('stampsEmpty and stampsPartial: 200 with no stamps, or with some', async () => {
    const simulator = createSimulator();
    for (let i = 0; i < 20; i++) await usableBatch(simulator);
    simulator.faults.set('stampsEmpty', { times: 1 });
    expect(await stamps(simulator)).toEqual([]);
    simulator.faults.set('stampsPartial', { times: 1 });
    const part = await stamps(simulator);
    expect(part.length).toBeGreaterThan(0);
    expect(part.length).toBeLessThan(20);
    expect(await stamps(simulator)).toHaveLength(20);
  });

  it('blockLag: the synced block falls behind, and never decreases', async () => {
    const simulator = createSimulator();
    expect(await get(simulator, '/chainstate')).toMatchObject({ body: { chainTip: 1000, block: 995 } });
    simulator.faults.set('blockLag', { blocks: 30 });
    simulator.mineBlocks(20);
    expect(await get(simulator, '/chainstate')).toMatchObject({ body: { chainTip: 1020, block: 995 } });
    simulator.mineBlocks(20);
    expect(await get(simulator, '/chainstate')).toMatchObject({ body: { chainTip: 1040, block: 1005 } });
    simulator.faults.clear('blockLag');
    simulator.mineBlock();
    expect(await get(simulator, '/chainstate')).toMatchObject({ body: { chainTip: 1041, block: 1035 } });
  });

  it('tipEstimatedLow: the chain tip is below the synced block', async () => {
    const simulator = createSimulator();
    simulator.faults.set('tipEstimatedLow', { blocks: 3 });
    expect(await get(simulator, '/chainstate')).toMatchObject({ body: { chainTip: 992, block: 995 } });
  });

  it('eventMissed: a batch of the node is not listed, also after a restart, until a resync', async () => {
    const simulator = createSimulator();
    simulator.faults.set('eventMissed', { times: 1 });
    const batchId = await usableBatch(simulator);
    simulator.mineBlocks(30);
    expect(await stamps(simulator)).toEqual([]);
    simulator.node.restart();
    simulator.mineBlocks(10);
    expect(await stamps(simulator)).toEqual([]);
    simulator.node.resync();
    simulator.mineBlocks(20);
    expect(await stamps(simulator)).toMatchObject([{ batchID: batchId, usable: true }]);
  });

  it('eventMissed: the node shows a batch without a top-up and a dilution that it has skipped', async () => {
    const simulator = createSimulator();
    const batchId = await usableBatch(simulator, 900_000_000n);
    simulator.faults.set('eventMissed', { event: 'topUp' });
    expect(await sendAndMine(simulator, `PATCH /stamps/topup/${batchId}/500000000`)).toMatchObject({
      status: 202,
    });
    simulator.mineBlocks(10); // until the listener has skipped the event
    simulator.faults.set('eventMissed', { event: 'dilute' });
    expect(await sendAndMine(simulator, `PATCH /stamps/dilute/${batchId}/18`)).toMatchObject({ status: 202 });
    simulator.mineBlocks(10);
    expect(await stamps(simulator)).toMatchObject([{ amount: '900000000', depth: 17 }]);
    simulator.faults.clear('eventMissed');
    simulator.node.resync({ keepStampers: false });
    simulator.mineBlocks(20);
    expect(await stamps(simulator)).toMatchObject([{ amount: '1400000000', depth: 18 }]);
  });

  it('wrongBatch: a purchase is answered with the id of another batch, with or without buying', async () => {
    const simulator = createSimulator();
    simulator.faults.set('wrongBatch', { times: 1, batchId: 'a'.repeat(64) });
    expect(await send(simulator, 'POST /stamps/500000000/17')).toMatchObject({
      status: 201,
      body: { batchID: 'a'.repeat(64) },
    });
    expect(simulator.chain.mempool.size).toBe(0);
    simulator.faults.set('wrongBatch', { times: 1, after: true });
    expect(await sendAndMine(simulator, 'POST /stamps/500000000/17')).toMatchObject({
      status: 201,
      body: { batchID: 'b'.repeat(64) },
    });
    expect(simulator.chain.ledger).toHaveLength(1);
  });

  it('priceZero: batchTTL is -1, which means unknown', async () => {
    const simulator = createSimulator();
    await usableBatch(simulator);
    simulator.faults.set('priceZero');
    expect(await stamps(simulator)).toMatchObject([{ batchTTL: -1 }]);
    expect(await get(simulator, '/chainstate')).toMatchObject({ body: { currentPrice: '0' } });
  });
});

describe('the list of faults', () => {
  it('has a sentence for each fault', () => {
    const { faults } = createSimulator();
    expect(faults.list().map(({ name }) => name)).toEqual(FAULT_NAMES);
    for (const { sentence, active } of faults.list()) {
      expect(sentence).toMatch(/\.$/);
      expect(active).toBe(false);
    }
  });

  it('can restrict a fault to a method, a path and a number of requests', async () => {
    const simulator = createSimulator();
    simulator.faults.set('proxy502', { method: 'GET', path: '/stamps', times: 2 });
    const statuses: number[] = [];
    for (const line of ['GET /health', 'PUT /stamps', 'GET /stamps', 'GET /stamps', 'GET /stamps']) {
      statuses.push((await send(simulator, line)).status);
    }
    expect(statuses).toEqual([200, 405, 502, 502, 200]);
    expect(simulator.faults.list().filter(({ active }) => active)).toEqual([]);
  });
});
