import { Bee } from '@ethersphere/bee-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningSimulator, serveSimulator } from '../../src/simulator/serve.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';

describe('@ethersphere/bee-js over HTTP', () => {
  const simulator = createSimulator();
  let running: RunningSimulator;
  let bee: Bee;
  beforeAll(async () => {
    running = await serveSimulator(simulator, { port: 0 });
    bee = new Bee(running.url);
  });
  afterAll(() => running.close());

  /** Mines while transactions are pending, until the response has arrived over the socket. */
  async function mining<T>(response: Promise<T>): Promise<T> {
    const state = { isSettled: false };
    const settled = response.finally(() => {
      state.isSettled = true;
    });
    while (!state.isSettled) {
      await bee.isConnected();
      if (simulator.chain.mempool.size > 0) simulator.mineBlock();
    }
    return settled;
  }

  async function buy(amount: string, depth: number, label: string): Promise<string> {
    const bought = bee.createPostageBatch(amount, depth, { label, waitForUsable: false });
    const batchId = (await mining(bought)).toHex();
    simulator.mineBlocks(18);
    return batchId;
  }

  it('reads the state of the node', async () => {
    expect(await bee.isConnected()).toBe(true);
    expect(await bee.getHealth()).toMatchObject({
      status: 'ok',
      version: '2.8.1-7cf53193',
      apiVersion: '8.1.0',
    });
    expect(await bee.getReadiness()).toMatchObject({ status: 'ready' });
    expect(await bee.getNodeInfo()).toEqual({ beeMode: 'light', chequebookEnabled: true, swapEnabled: true });
    expect(await bee.getStatus()).toMatchObject({ beeMode: 'light', lastSyncedBlock: 995 });
    expect(await bee.getChainState()).toMatchObject({ chainTip: 1000, block: 995, currentPrice: 24_000 });
    expect(await bee.getReserveState()).toMatchObject({ commitment: 0 });
    const wallet = await bee.getWalletBalance();
    expect(wallet.bzzBalance.toDecimalString()).toBe('100.0000000000000000');
    expect(wallet.walletAddress).toBe(`0x${simulator.wallet}`);
    expect((await bee.getNodeAddresses()).ethereum.toHex()).toBe(simulator.wallet);
  });

  it('buys a batch, and finds it in the stamps, by its id and in all batches', async () => {
    const batchId = await buy('600000000', 17, 'mine');
    expect(simulator.chain.ledger.at(-1)).toMatchObject({ batchId, amount: 600_000_000n });
    const [listed] = await bee.getPostageBatches();
    expect(listed).toMatchObject({ label: 'mine', usable: true, depth: 17, amount: '600000000' });
    expect((await bee.getPostageBatch(batchId)).batchID.toHex()).toBe(batchId);
    const [global] = await bee.getGlobalPostageBatches();
    expect(global?.batchID.toHex()).toBe(batchId);
    expect((await bee.getGlobalPostageBatch(batchId)).depth).toBe(17);
    expect((await bee.getPostageBatchBuckets(batchId)).buckets).toHaveLength(65_536);
  });

  it('tops up, dilutes, renames and uploads', async () => {
    const batchId = await buy('2000000000', 17, 'before');
    await mining(bee.topUpBatch(batchId, '2000000000'));
    simulator.mineBlocks(8);
    await mining(bee.diluteBatch(batchId, 18));
    simulator.mineBlocks(8);
    await bee.updatePostageBatchLabel(batchId, 'after');
    const { reference } = await bee.uploadData(batchId, 'hello');
    expect(reference.toHex()).toMatch(/^[0-9a-f]{64}$/);
    expect(await bee.getPostageBatch(batchId)).toMatchObject({
      label: 'after',
      depth: 18,
      amount: '4000000000',
      utilization: 1,
    });
  });

  it('uploads and downloads data and files, and reads tags', async () => {
    const batchId = await buy('600000000', 20, 'content');
    const tag = await bee.createTag();
    const data = Uint8Array.from({ length: 10_000 }, (_, index) => index % 256);
    const bytes = await bee.uploadData(batchId, data, { tag: tag.uid });
    expect(bytes.tagUid).toBe(tag.uid);
    expect((await bee.downloadData(bytes.reference)).toUint8Array()).toEqual(data);
    expect(await bee.retrieveTag(tag.uid)).toMatchObject({ split: 3, synced: 3 });

    const uploaded = await bee.uploadFile(batchId, data, 'photo "1".bin', { contentType: 'image/png' });
    expect(uploaded.tagUid).toBe(tag.uid + 1);
    const file = await bee.downloadFile(uploaded.reference);
    expect(file.data.toUint8Array()).toEqual(data);
    expect(file.contentType).toBe('image/png');
    expect((await bee.downloadFile(uploaded.reference, 'photo "1".bin')).data.toUint8Array()).toEqual(data);
    await expect(bee.downloadFile('ab'.repeat(32))).rejects.toMatchObject({ status: 404 });

    expect(await bee.getAllTags()).toHaveLength(tag.uid + 1);
    await bee.deleteTag(tag.uid);
    await expect(bee.retrieveTag(tag.uid)).rejects.toMatchObject({ status: 404 });
  });

  it('reads the network and the stake', async () => {
    expect(await bee.getTopology()).toMatchObject({ connected: 0, bins: { bin_31: { population: 0 } } });
    expect(await bee.getPeers()).toEqual([]);
    expect((await bee.getStake()).toPLURString()).toBe('0');
    await expect(bee.getRedistributionState()).rejects.toMatchObject({ status: 403 });
  });

  it('gets pending transactions, and 429 for a second purchase', async () => {
    const first = bee.createPostageBatch('600000000', 17, { waitForUsable: false });
    while (simulator.chain.mempool.size === 0) await bee.isConnected();
    const [approval] = await bee.getAllPendingTransactions();
    expect(approval).toMatchObject({ description: 'Approve tokens for postage operations', value: '0' });
    const second = bee.createPostageBatch('600000000', 17, { waitForUsable: false });
    await expect(second).rejects.toMatchObject({ status: 429 });
    await mining(first);
  });
});
