import { describe, expect, it } from 'vitest';
import type { FaultName, FaultSettings } from '../../src/simulator/faults.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { field, get, pending, send, sendAndMine, stamps, usableBatch } from './client.ts';

const BUY = 'POST /stamps/500000001/17?label=x';
const FAILED = { status: 500, body: { code: 500, message: 'cannot create batch' } };

describe('500 cannot create batch', () => {
  it.each([
    { fault: 'error500BeforeBroadcast', settings: {}, bought: 0, gas: false },
    { fault: 'error500AfterBroadcast', settings: {}, bought: 1, gas: true },
    { fault: 'error500AfterBroadcast', settings: { stage: 'approve' }, bought: 0, gas: true },
    { fault: 'sendUnseen', settings: {}, bought: 1, gas: true },
    { fault: 'txReverted', settings: {}, bought: 0, gas: true },
    { fault: 'txReverted', settings: { stage: 'approve' }, bought: 0, gas: true },
  ] as const satisfies { fault: FaultName; settings: FaultSettings; bought: number; gas: boolean }[])(
    'by $fault $settings buys $bought',
    async ({ fault, settings, bought, gas }) => {
      const simulator = createSimulator();
      const before = simulator.chain.balance(simulator.wallet).xdaiWei;
      simulator.faults.set(fault, { ...settings, times: 1 });
      expect(await sendAndMine(simulator, BUY)).toEqual(FAILED);
      simulator.mineBlocks(20);
      expect((await stamps(simulator)).map(({ label, amount }) => [label, amount])).toEqual(
        bought === 1 ? [['recovered', '500000001']] : [],
      );
      expect(simulator.chain.ledger).toHaveLength(bought);
      expect(simulator.chain.balance(simulator.wallet).xdaiWei < before).toBe(gas);
      expect(await pending(simulator)).toEqual([]);
    },
  );

  it('after a send that the node did not store, nothing is pending, and the batch is created later', async () => {
    const simulator = createSimulator();
    simulator.faults.set('sendUnseen', { after: true, times: 1 });
    const posted = send(simulator, BUY);
    simulator.mineBlock();
    await expect(posted).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(await pending(simulator)).toEqual([]);
    expect(simulator.chain.ledger).toEqual([]);
    simulator.mineBlock();
    expect(simulator.chain.ledger).toMatchObject([{ amount: 500_000_001n }]);
  });

  it('when the price rises between check and mining: gas is spent and no BZZ, on 2.7.1 neither of them', async () => {
    for (const { version, spent } of [
      { version: '2.8.1', spent: true },
      { version: '2.7.1', spent: false },
    ] as const) {
      const simulator = createSimulator({ version });
      const bzz = simulator.chain.balance(simulator.wallet).bzzPlur;
      const posted = send(simulator, BUY);
      simulator.chain.setPrice(48_000n);
      simulator.mineBlock();
      const gas = simulator.chain.balance(simulator.wallet).xdaiWei;
      simulator.mineBlock();
      expect(await posted).toEqual(FAILED);
      expect(simulator.chain.balance(simulator.wallet).bzzPlur).toBe(bzz);
      expect(simulator.chain.balance(simulator.wallet).xdaiWei < gas).toBe(spent);
      expect(await pending(simulator)).toEqual([]);
    }
  });
});

describe('a transaction that is not mined in time', () => {
  it('txDelayed: the request waits, and holds the semaphore', async () => {
    const simulator = createSimulator();
    simulator.faults.set('txDelayed', { blocks: 50, times: 1 });
    const posted = send(simulator, BUY);
    simulator.mineBlocks(51);
    expect(await pending(simulator)).toEqual(['Postage batch creation']);
    expect(await send(simulator, BUY)).toMatchObject({ status: 429 });
    simulator.mineBlock();
    expect(await posted).toMatchObject({ status: 201 });
  });

  it('txDelayed with error500AfterBroadcast: 500 now, the batch hours later', async () => {
    const simulator = createSimulator();
    simulator.faults.set('txDelayed', { blocks: 2000, times: 1 });
    simulator.faults.set('error500AfterBroadcast', { times: 1 });
    expect(await sendAndMine(simulator, BUY)).toEqual(FAILED);
    expect(await pending(simulator)).toEqual(['Postage batch creation']);
    const second = send(simulator, 'POST /stamps/500000002/17?label=y');
    simulator.mineBlocks(1998);
    expect(simulator.chain.ledger).toEqual([]);
    simulator.mineBlocks(4);
    expect(await second).toMatchObject({ status: 201 });
    expect(simulator.chain.ledger.map(({ amount }) => amount)).toEqual([500_000_001n, 500_000_002n]);
  });

  it('txDropped: the request hangs, and the transaction stays listed until the next send takes its nonce', async () => {
    const simulator = createSimulator();
    simulator.faults.set('txDropped', { times: 1 });
    const client = new AbortController();
    const posted = send(simulator, BUY, { signal: client.signal });
    simulator.mineBlocks(500);
    client.abort();
    await expect(posted).rejects.toThrow('aborted');
    simulator.mineBlocks(500);
    expect(await pending(simulator)).toEqual(['Postage batch creation']);
    expect(await sendAndMine(simulator, BUY)).toMatchObject({ status: 201 });
    expect(await pending(simulator)).toEqual([]);
    expect(simulator.chain.ledger).toHaveLength(1);
  });

  it('txDropped: the transaction cannot be sent again, because the new fee changes its hash', async () => {
    const simulator = createSimulator();
    simulator.faults.set('txDropped', { times: 1 });
    const client = new AbortController();
    const posted = send(simulator, BUY, { signal: client.signal });
    simulator.mineBlock();
    const [hash] = await hashes(simulator);
    expect(await send(simulator, `POST /transactions/${hash}`)).toEqual({
      status: 500,
      body: { code: 500, message: "can't resend transaction" },
    });
    simulator.mineBlocks(100);
    expect(simulator.chain.ledger).toEqual([]);
    client.abort();
    await expect(posted).rejects.toThrow('aborted');
  });

  it('a dropped creation that is cancelled fails the purchase, and stays listed until the next send', async () => {
    const simulator = createSimulator();
    const batchId = await usableBatch(simulator);
    simulator.faults.set('txDropped', { times: 1 });
    const posted = send(simulator, BUY);
    simulator.mineBlock();
    const [hash] = await hashes(simulator);
    const { status, body } = await send(simulator, `DELETE /transactions/${hash}`);
    expect(status).toBe(200);
    const cancellation = field(body, 'transactionHash');
    expect((await hashes(simulator)).toSorted()).toEqual([String(hash), cancellation].toSorted());
    expect(await nonceOf(simulator, cancellation)).toBe(await nonceOf(simulator, String(hash)));
    simulator.mineBlock();
    expect(await posted).toEqual(FAILED);
    expect(await hashes(simulator)).toEqual([hash]);
    expect(await send(simulator, `DELETE /transactions/${hash}`)).toMatchObject({ status: 500 });
    simulator.mineBlocks(500);
    expect(await hashes(simulator)).toEqual([hash]);
    expect(await sendAndMine(simulator, `PATCH /stamps/topup/${batchId}/0`)).toMatchObject({ status: 202 });
    expect(await hashes(simulator)).toEqual([]);
  });

  it('a dropped creation leaves its nonce to the next send, here a top-up by 0', async () => {
    const simulator = createSimulator();
    const batchId = await usableBatch(simulator);
    simulator.faults.set('txDropped', { times: 1 });
    const client = new AbortController();
    const posted = send(simulator, BUY, { signal: client.signal });
    simulator.mineBlock();
    const [hash] = await hashes(simulator);
    client.abort();
    await expect(posted).rejects.toThrow('aborted');
    const topUp = send(simulator, `PATCH /stamps/topup/${batchId}/0`);
    const [approval] = await hashes(simulator);
    expect(await nonceOf(simulator, String(approval))).toBe(await nonceOf(simulator, String(hash)));
    simulator.mineBlocks(2);
    expect(await topUp).toMatchObject({ status: 202 });
    expect(simulator.chain.ledger.map(({ totalPaidPlur }) => totalPaidPlur)).toEqual([
      500_000_000n << 17n,
      0n,
    ]);
  });

  it('a creation that is cancelled in time fails the purchase when the cancellation is mined', async () => {
    const simulator = createSimulator({ createBlocks: 5 });
    const posted = send(simulator, BUY);
    simulator.mineBlock();
    const [hash] = await hashes(simulator);
    const { body } = await send(simulator, `DELETE /transactions/${hash}`);
    expect(field(body, 'transactionHash')).not.toBe(hash);
    simulator.mineBlocks(30);
    expect(await posted).toEqual(FAILED);
    expect(simulator.chain.ledger).toEqual([]);
    expect(await get(simulator, `/transactions/0x${'a'.repeat(64)}`)).toEqual({
      status: 404,
      body: { code: 404, message: 'unknown transaction' },
    });
  });
});

describe('an RPC endpoint that does not answer', () => {
  it('rpcRefusing: reads of the node return old values, everything else is 500', async () => {
    const simulator = createSimulator();
    const batchId = await usableBatch(simulator);
    const before = await stamps(simulator);
    simulator.faults.set('rpcRefusing');
    simulator.mineBlocks(100);
    expect(await stamps(simulator)).toEqual(before);
    expect(await get(simulator, '/wallet')).toMatchObject({ status: 500 });
    expect(await get(simulator, '/chainstate')).toEqual({
      status: 500,
      body: { code: 500, message: 'block number unavailable' },
    });
    expect(await send(simulator, BUY)).toEqual(FAILED);
    expect(await send(simulator, `PATCH /stamps/topup/${batchId}/1000`)).toMatchObject({ status: 500 });
    simulator.faults.clear('rpcRefusing');
    simulator.mineBlock();
    expect((await stamps(simulator))[0]?.batchTTL).toBeLessThan(before[0]?.batchTTL ?? 0);
  });

  it('rpcHanging: wallet, chainstate and purchases wait, and succeed when it answers again', async () => {
    const simulator = createSimulator();
    simulator.faults.set('rpcHanging');
    const wallet = get(simulator, '/wallet');
    const chainState = get(simulator, '/chainstate');
    const bought = send(simulator, BUY);
    simulator.mineBlocks(100);
    expect(await stamps(simulator)).toEqual([]);
    simulator.faults.clear('rpcHanging');
    simulator.mineBlocks(3);
    expect(await wallet).toMatchObject({ status: 200 });
    expect(await chainState).toMatchObject({ body: { chainTip: 1101 } });
    expect(await bought).toMatchObject({ status: 201 });
  });

  it('and answers again after the batch was mined: the purchase is answered', async () => {
    const simulator = createSimulator();
    const bought = send(simulator, BUY);
    simulator.mineBlock();
    simulator.faults.set('rpcRefusing');
    simulator.mineBlocks(50);
    expect(simulator.chain.ledger).toHaveLength(1);
    expect(await pending(simulator)).toEqual(['Postage batch creation']);
    simulator.faults.clear('rpcRefusing');
    simulator.mineBlock();
    expect(await bought).toMatchObject({ status: 201 });
    expect(await pending(simulator)).toEqual([]);
  });

  it('and hangs during an aborted chainstate request: the node shuts down', async () => {
    const simulator = createSimulator();
    simulator.faults.set('rpcHanging');
    const client = new AbortController();
    const aborted = send(simulator, 'GET /chainstate', { signal: client.signal });
    const other = get(simulator, '/wallet');
    client.abort();
    await expect(aborted).rejects.toThrow('aborted');
    await expect(other).rejects.toMatchObject({ code: 'ECONNRESET' });
    await expect(get(simulator, '/health')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    simulator.faults.clearAll();
    simulator.node.start();
    simulator.mineBlocks(2);
    expect(await get(simulator, '/stamps')).toMatchObject({ status: 200 });
  });

  it('for too long: the node exits if stallExitBlocks is set', async () => {
    const simulator = createSimulator({ stallExitBlocks: 120 });
    simulator.faults.set('rpcRefusing');
    simulator.mineBlocks(119);
    expect(simulator.node.phase).toBe('up');
    simulator.mineBlock();
    expect(simulator.node.phase).toBe('down');
  });
});

async function nonceOf(simulator: ReturnType<typeof createSimulator>, hash: string): Promise<unknown> {
  const { body } = await simulator.handle({ method: 'GET', path: `/transactions/${hash}` });
  const { nonce }: { nonce: unknown } = JSON.parse(body);
  return nonce;
}

async function hashes(simulator: ReturnType<typeof createSimulator>): Promise<string[]> {
  const { body } = await simulator.handle({ method: 'GET', path: '/transactions' });
  const { pendingTransactions }: { pendingTransactions: { transactionHash: string }[] } = JSON.parse(body);
  return pendingTransactions.map(({ transactionHash }) => transactionHash);
}
