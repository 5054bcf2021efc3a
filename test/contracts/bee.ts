import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Bee } from '../../src/bee/bee.ts';
import type { CompleteReading, Reading } from '../../src/domain/observation.ts';
import { costOf, depth, type OrderId, type Plur, parseBatchId, plur } from '../../src/domain/units.ts';

export interface OpenBee extends AsyncDisposable {
  readonly bee: Bee;
  readonly newOrderId: () => OrderId;
  /** Stops the chain until the result is disposed of. Not available on a live node, whose blocks are seconds apart. */
  readonly holdBlocks?: () => Disposable;
}

export interface BeeContractOptions {
  /** Whether the tests may spend about 0.02 BZZ. Otherwise they only observe. */
  readonly spends: boolean;
  /** The maximum time from a purchase until its batch is usable. */
  readonly timeoutMs: number;
  readonly pollMs: number;
}

const SMALL = depth(17);
const UNKNOWN_BATCH = parseBatchId('ab'.repeat(32));

/** The contract of every adapter of the port, for a node that is running and synced. */
export function beeContract(name: string, open: () => Promise<OpenBee>, options: BeeContractOptions): void {
  describe(`the contract of the Bee port: ${name}`, () => {
    observing(open);
    if (options.spends) spending(open, options);
  });
}

function observing(open: () => Promise<OpenBee>): void {
  test('an observation has the chain state, the stamps and the pending transactions', async () => {
    await using opened = await open();
    const seen = complete(await opened.bee.observe([]));
    expect(seen.version).toMatch(/^\d+\.\d+\.\d+/);
    expect(seen.chain.block).toBeGreaterThan(0);
    expect(seen.chain.tip).toBeGreaterThanOrEqual(seen.chain.block);
    expect(seen.chain.price).toBeGreaterThan(0n);
    expect(new Set([...seen.stamps].map(({ batchId }) => batchId)).size).toBe(seen.stamps.size);
    expect(seen.pendingPostage).toEqual([]);
  });

  test('an observation is complete without the balance of a batch that does not exist', async () => {
    await using opened = await open();
    expect(complete(await opened.bee.observe([UNKNOWN_BATCH])).batches).toEqual(
      new Map([[UNKNOWN_BATCH, null]]),
    );
  });

  test('concurrent observations are all complete', async () => {
    await using opened = await open();
    const observations = await Promise.all([opened.bee.observe([]), opened.bee.observe([])]);
    expect(observations.map(({ is }) => is)).toEqual(['complete', 'complete']);
  });

  test('an adapter can be disposed of twice', async () => {
    await using opened = await open();
    await opened.bee.observe([]);
    await opened.bee[Symbol.asyncDispose]();
    await expect(opened.bee[Symbol.asyncDispose]()).resolves.toBeUndefined();
  });
}

function spending(open: () => Promise<OpenBee>, { timeoutMs, pollMs }: BeeContractOptions): void {
  test('a purchase for less than 24 hours is refused, and nothing is spent', async () => {
    await using opened = await open();
    const before = complete(await opened.bee.observe([]));
    const request = { amount: plur(1n), depth: SMALL, immutable: true, orderId: opened.newOrderId() };
    expect(await opened.bee.buy(request)).toMatchObject({ is: 'refused', code: 'BAD_REQUEST' });
    expect(complete(await opened.bee.observe([])).wallet).toEqual(before.wallet);
  });

  test('a purchase beyond the balance is refused, and nothing is spent', async () => {
    await using opened = await open();
    const before = complete(await opened.bee.observe([]));
    const request = {
      amount: twoDays(before),
      depth: depth(60),
      immutable: true,
      orderId: opened.newOrderId(),
    };
    expect(await opened.bee.buy(request)).toMatchObject({ is: 'refused', code: 'OUT_OF_FUNDS' });
    expect(complete(await opened.bee.observe([])).wallet).toEqual(before.wallet);
  });

  test(
    'a purchase is made once, is listed with its amount, becomes usable, and can be topped up',
    async () => {
      await using opened = await open();
      const { bee } = opened;
      const seenWhen = async (condition: (seen: CompleteReading) => boolean) => {
        for (;;) {
          const seen = complete(await bee.observe([]));
          if (condition(seen)) return seen;
          await delay(pollMs);
        }
      };
      const before = complete(await bee.observe([]));
      const amount = twoDays(before);
      const request = { amount, depth: SMALL, immutable: true, orderId: opened.newOrderId() };
      const held = opened.holdBlocks?.(); // the first purchase must not be mined before the second one arrives
      const first = bee.buy(request);
      await seenWhen(({ pendingPostage }) => pendingPostage.length > 0);
      expect(await bee.buy(request)).toMatchObject({ is: 'refused', code: 'BUSY' });
      held?.[Symbol.dispose]();
      const bought = await first;
      if (bought.is !== 'bought') throw new Error(`the outcome was ${JSON.stringify(bought)}`);

      const { batchId } = bought;
      const mine = (seen: CompleteReading) => seen.stamps.get(batchId);
      const usable = mine(await seenWhen((seen) => mine(seen)?.usable === true));
      expect(usable).toMatchObject({
        depth: SMALL,
        amount,
        immutable: true,
        utilization: 0,
        label: request.orderId,
      });
      expect(usable?.blockNumber).toBeGreaterThan(before.chain.block);
      expect(usable?.ttlSeconds).toBeGreaterThan(0);

      const added = plur(amount / 2n);
      expect((await bee.topUp({ batchId, amount: added })).is).toBe('toppedUp');
      const after = await seenWhen((seen) => mine(seen)?.amount === amount + added);
      expect(after.stamps.size).toBe(before.stamps.size + 1);
      const paid = (before.wallet?.bzz ?? 0n) - (after.wallet?.bzz ?? 0n);
      expect(paid).toBe(before.wallet ? costOf(plur(amount + added), SMALL) : 0n);
    },
    timeoutMs,
  );
}

/** Twice the minimum amount, and unique for each block. */
const twoDays = ({ chain: { price, minimumValidityBlocks, tip } }: CompleteReading): Plur =>
  plur(price * BigInt(minimumValidityBlocks ?? 17_280) * 2n + BigInt(tip % 100_000));

function complete(seen: Reading): CompleteReading {
  if (seen.is === 'complete') return seen;
  throw new Error(`the observation is incomplete: ${seen.code}: ${seen.reason}`);
}
