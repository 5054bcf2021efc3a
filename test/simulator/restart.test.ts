import { describe, expect, it } from 'vitest';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { get, pending, send, stamps, usableBatch } from './client.ts';

const BUY = 'POST /stamps/500000001/17?label=x';

describe('a restart', () => {
  it('resets connections, refuses new ones, then serves health, wallet and stamps in this order', async () => {
    const simulator = createSimulator();
    simulator.faults.set('hang', { path: '/batches', times: 1 });
    const cut = get(simulator, '/batches');
    simulator.node.restart({ downBlocks: 2 });
    await expect(cut).rejects.toMatchObject({ code: 'ECONNRESET' });
    await expect(get(simulator, '/health')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    const seen: unknown[] = [];
    simulator.mineBlock();
    for (let i = 0; i < 3; i++) {
      simulator.mineBlock();
      const statuses: number[] = [];
      for (const path of ['/health', '/readiness', '/wallet', '/stamps']) {
        statuses.push((await get(simulator, path)).status);
      }
      seen.push(statuses);
    }
    expect(seen).toEqual([
      [200, 400, 503, 503],
      [200, 200, 200, 503],
      [200, 200, 200, 200],
    ]);
  });

  it('while a creation is pending: the batch is listed later, as recovered', async () => {
    const simulator = createSimulator();
    const posted = send(simulator, BUY);
    simulator.mineBlock();
    simulator.node.restart({ killed: true });
    await expect(posted).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(simulator.chain.mempool.size).toBe(1);
    simulator.mineBlocks(3);
    expect(await stamps(simulator)).toEqual([]);
    simulator.mineBlocks(5);
    expect(await stamps(simulator)).toMatchObject([{ label: 'recovered', amount: '500000001' }]);
  });

  it('keeps labels, lists stamps ordered by id, and removes dropped transactions', async () => {
    const simulator = createSimulator();
    for (let i = 0; i < 6; i++) await usableBatch(simulator);
    simulator.faults.set('txDropped', { times: 1 });
    const posted = send(simulator, BUY);
    simulator.mineBlock();
    expect(await pending(simulator)).toHaveLength(1);
    const before = (await stamps(simulator)).map(({ batchID }) => batchID);
    simulator.node.restart();
    await expect(posted).rejects.toThrow('ECONNRESET');
    simulator.mineBlocks(3);
    expect(await pending(simulator)).toEqual([]);
    const after = await stamps(simulator);
    expect(after.map(({ batchID }) => batchID)).toEqual(before.toSorted());
    expect(new Set(after.map(({ label }) => label))).toEqual(new Set(['test']));
  });

  it.each([
    { version: '2.8.1', amount: '500000000' },
    { version: '2.7.1', amount: '500001000' },
  ] as const)('of $version lists a topped-up batch with $amount', async ({ version, amount }) => {
    const simulator = createSimulator({ version });
    const batchId = await usableBatch(simulator);
    simulator.chain.topUpBatch(batchId, 1000n);
    simulator.mineBlocks(10);
    expect(await stamps(simulator)).toMatchObject([{ amount: '500001000' }]);
    simulator.node.restart();
    simulator.mineBlocks(3);
    expect(await stamps(simulator)).toMatchObject([{ amount }]);
  });
});

describe('a resync', () => {
  it('shows the old block at first, then an early one with some batches, then all; it keeps labels and adds top-ups again', async () => {
    const simulator = createSimulator();
    const first = await usableBatch(simulator);
    simulator.chain.topUpBatch(first, 1000n);
    simulator.mineBlocks(2000);
    await usableBatch(simulator);
    // Saving the issuer saves the topped-up amount too.
    await send(simulator, `PATCH /stamps/${first}`, { body: '{"label":"kept"}' });
    const lag = async (): Promise<number> => {
      const { body } = await simulator.handle({ method: 'GET', path: '/chainstate' });
      const { chainTip, block }: { chainTip: number; block: number } = JSON.parse(body);
      return chainTip - block;
    };
    simulator.node.resync({ blocks: 20, staleRequests: 2 });
    await expect(get(simulator, '/health')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    simulator.newBlock();
    expect(await lag()).toBeLessThan(10);
    expect(await get(simulator, '/stamps')).toMatchObject({ status: 503 });
    expect((await stamps(simulator)).map(({ batchID }) => batchID)).toEqual([first]);
    expect(await lag()).toBeGreaterThan(1500);
    simulator.mineBlocks(20);
    expect(await stamps(simulator)).toMatchObject([
      { label: 'kept', amount: '500002000' },
      { label: 'test' },
    ]);
    expect(await lag()).toBeLessThan(10);
  });

  it('deletes the batch store also without a request', async () => {
    const simulator = createSimulator();
    await usableBatch(simulator);
    simulator.node.resync({ blocks: 20 });
    simulator.mineBlocks(3);
    expect(await get(simulator, '/stamps')).toMatchObject({ status: 200, body: { stamps: [] } });
  });

  it('lists all batches as recovered if the stampers are deleted', async () => {
    const simulator = createSimulator();
    await usableBatch(simulator);
    simulator.node.resync({ blocks: 1, keepStampers: false });
    simulator.mineBlocks(3);
    expect(await stamps(simulator)).toMatchObject([{ label: 'recovered', usable: true }]);
  });

  it('is automatic when the node was killed while it handled an event', async () => {
    const simulator = createSimulator();
    await usableBatch(simulator);
    simulator.node.restart({ killed: true, dirty: true });
    simulator.mineBlocks(3);
    expect(await stamps(simulator)).toEqual([]);
    simulator.mineBlock();
    expect(await stamps(simulator)).toMatchObject([{ label: 'test' }]);
  });
});
