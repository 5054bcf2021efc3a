import { describe, expect, it } from 'vitest';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { get, pending, sendAndMine, stamps } from './client.ts';
import { expected, normal, type Row, replay, transcript } from './transcript.ts';

const OPTIONS = { blockTimeMs: 1000, deployedAtBlock: 9, chainId: 1337 } as const;

/** In the recording, each purchase starts with a POST of another client, which meets the purchase in progress. */
function purchases(): Row[][] {
  const rounds: Row[][] = [];
  for (const row of transcript('purchase')) {
    if (row.step === 'buy-second-at-once') rounds.push([]);
    rounds.at(-1)?.push(row);
  }
  return rounds;
}

function step(rows: readonly Row[], name: string): Row {
  const row = rows.find((one) => one.step === name);
  if (row === undefined) throw new Error(`no step "${name}" was recorded`);
  return row;
}

/** The recorded tip is one block above the recorded head: docs/bee.md#visibility */
function mineTo(simulator: Simulator, { block = 0, tip = block + 1 }: Row): void {
  simulator.mineBlocks(tip - simulator.chain.tip);
}

describe.each(purchases().map((rows, round) => ({ rows, round })))('recorded purchase $round', ({ rows }) => {
  it('gets the same responses from POST until the batch is usable', async () => {
    const buy = step(rows, 'buy');
    const simulator = createSimulator({ ...OPTIONS, startBlock: buy.blockBefore ?? 0 });
    const bought = replay(simulator, buy);
    const second = step(rows, 'buy-second-at-once');
    expect(await replay(simulator, second)).toEqual(expected(second));
    const topUp = step(rows, 'topup-meanwhile');
    expect(await replay(simulator, topUp)).toEqual(expected(topUp));

    const recorded = rows.filter((row) => row.step === 'pending-full').map(expected);
    const seen = [await replay(simulator, step(rows, 'pending-full'))];
    simulator.mineBlock();
    seen.push(await replay(simulator, step(rows, 'pending-full')));
    expect(seen).toEqual(recorded);

    simulator.mineBlock();
    expect(await bought).toEqual(expected(buy));
    expect(await pending(simulator)).toEqual([]);
    expect(simulator.chain.tip).toBe(step(rows, 'mined').block);
    const [entry] = simulator.chain.ledger;
    const tx = await simulator.handle({ method: 'GET', path: `/transactions/0x${entry?.txHash}` });
    expect(normal(tx.body)).toBe(expected(step(rows, 'tx-after')).body);

    expect(await get(simulator, `/stamps/${entry?.batchId}`)).toMatchObject({ status: 400 });
    const listed = step(rows, 'listed');
    mineTo(simulator, { ...listed, block: (listed.block ?? 0) - 1 });
    expect(await stamps(simulator)).toEqual([]);
    mineTo(simulator, listed);
    expect(await stamps(simulator)).toEqual([{ ...listed.stamp, batchID: entry?.batchId }]);

    const usable = step(rows, 'usable');
    simulator.mineBlocks((usable.block ?? 0) - simulator.chain.tip);
    expect(await get(simulator, `/stamps/${entry?.batchId}`)).toEqual({
      status: 400,
      body: { code: 400, message: 'batch not usable' },
    });
    mineTo(simulator, usable);
    const stamp = { ...usable.stamp, batchID: entry?.batchId };
    expect(await stamps(simulator)).toEqual([stamp]);
    expect(await get(simulator, `/stamps/${entry?.batchId}`)).toEqual({ status: 200, body: stamp });

    const batch = await simulator.handle({ method: 'GET', path: `/batches/${entry?.batchId}` });
    expect(normal(batch.body)).toBe(expected(step(rows, 'batch')).body);
  });
});

describe('a batch that is created in a block which modulo 5 is', () => {
  it.each([
    { mod: 0, listed: 4, usable: 14 },
    { mod: 1, listed: 8, usable: 18 },
    { mod: 2, listed: 7, usable: 17 },
    { mod: 3, listed: 6, usable: 16 },
    { mod: 4, listed: 5, usable: 15 },
  ])('$mod is listed after $listed blocks and usable after $usable', async ({ mod, listed, usable }) => {
    const simulator = createSimulator({ startBlock: 998 + mod });
    await sendAndMine(simulator, 'POST /stamps/500000000/17');
    simulator.mineBlocks(listed - 1);
    expect(await stamps(simulator)).toEqual([]);
    simulator.mineBlock();
    expect(await stamps(simulator)).toMatchObject([{ usable: false }]);
    simulator.mineBlocks(usable - listed - 1);
    expect(await stamps(simulator)).toMatchObject([{ usable: false }]);
    simulator.mineBlock();
    expect(await stamps(simulator)).toMatchObject([{ usable: true }]);
  });
});

describe('a payment', () => {
  it('is taken from the wallet when the transaction is mined, and recorded in the ledger', async () => {
    const simulator = createSimulator();
    const before = simulator.chain.balance(simulator.wallet).bzzPlur;
    await sendAndMine(simulator, 'POST /stamps/500000000/18', { Immutable: 'false' });
    const totalPaidPlur = 500_000_000n * 2n ** 18n;
    expect(before - simulator.chain.balance(simulator.wallet).bzzPlur).toBe(totalPaidPlur);
    expect(simulator.chain.ledger).toMatchObject([
      {
        kind: 'create',
        owner: simulator.wallet,
        payer: simulator.wallet,
        amount: 500_000_000n,
        depth: 18,
        totalPaidPlur,
        block: 1002,
      },
    ]);
    const [batch] = simulator.chain.batches.values();
    expect(batch).toMatchObject({ immutable: false, blockNumber: 1002, depth: 18, amount: 500_000_000n });
  });

  it('fails with 500 without xDAI, and with 400 without BZZ', async () => {
    const poor = createSimulator({ xdaiWei: 0n });
    expect(await sendAndMine(poor, 'POST /stamps/500000000/17')).toEqual({
      status: 500,
      body: { code: 500, message: 'cannot create batch' },
    });
    expect(poor.chain.ledger).toEqual([]);
    expect(await sendAndMine(createSimulator({ bzzPlur: 1n }), 'POST /stamps/500000000/17')).toEqual({
      status: 400,
      body: { code: 400, message: 'out of funds' },
    });
  });
});
