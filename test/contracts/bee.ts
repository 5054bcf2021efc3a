import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Bee } from '../../src/bee/bee.ts';
import type { CompleteObservation, Observation } from '../../src/domain/observation.ts';
import { costOf, depth, type OrderId, type Plur, parseBatchId, plur } from '../../src/domain/units.ts';

export interface OpenBee extends AsyncDisposable {
  readonly bee: Bee;
  readonly newOrderId: () => OrderId;
  /** Stops the chain until it is disposed of. Absent on a live node, whose blocks are seconds apart. */
  readonly holdBlocks?: () => Disposable;
}

export interface BeeContractOptions {
  /** Whether about 0.02 BZZ may be spent; otherwise the node is only looked at. */
  readonly spends: boolean;
  /** How long a purchase may take until it is usable. */
  readonly timeoutMs: number;
  readonly pollMs: number;
}

const SMALL = depth(17);
const NOBODYS = parseBatchId('ab'.repeat(32));

/** What every adapter of the port promises, on a node that is up and synced. */
export function beeContract(name: string, open: () => Promise<OpenBee>, options: BeeContractOptions): void {
  describe(`the contract of a Bee: ${name}`, () => {
    looking(open);
    if (options.spends) spending(open, options);
  });
}

function looking(open: () => Promise<OpenBee>): void {
  test('one look shows the chain, the stamps and what is pending, all of it', async () => {
    await using opened = await open();
    const seen = complete(await opened.bee.observe([]));
    expect(seen.version).toMatch(/^\d+\.\d+\.\d+/);
    expect(seen.chain.block).toBeGreaterThan(0);
    expect(seen.chain.tip).toBeGreaterThanOrEqual(seen.chain.block);
    expect(seen.chain.price).toBeGreaterThan(0n);
    expect(new Set(seen.stamps.map(({ batchId }) => batchId)).size).toBe(seen.stamps.length);
    expect(seen.pendingPostage).toEqual([]);
  });

  test('a batch that is nobody’s has no balance, and the look is complete', async () => {
    await using opened = await open();
    expect(complete(await opened.bee.observe([NOBODYS])).values).toEqual(new Map());
  });

  test('looks taken at the same time do not get into each other’s way', async () => {
    await using opened = await open();
    const looks = await Promise.all([opened.bee.observe([]), opened.bee.observe([])]);
    expect(looks.map(({ is }) => is)).toEqual(['complete', 'complete']);
  });

  test('a Bee can be disposed of twice', async () => {
    await using opened = await open();
    await opened.bee.observe([]);
    await opened.bee[Symbol.asyncDispose]();
    await expect(opened.bee[Symbol.asyncDispose]()).resolves.toBeUndefined();
  });
}

function spending(open: () => Promise<OpenBee>, { timeoutMs, pollMs }: BeeContractOptions): void {
  test('less than a day is refused for good, with nothing spent', async () => {
    await using opened = await open();
    const before = complete(await opened.bee.observe([]));
    const asked = { amount: plur(1n), depth: SMALL, immutable: true, orderId: opened.newOrderId() };
    expect(await opened.bee.buy(asked)).toMatchObject({ is: 'refused', code: 'BAD_REQUEST' });
    expect(complete(await opened.bee.observe([])).wallet).toEqual(before.wallet);
  });

  test('more than the wallet holds is refused, with nothing spent', async () => {
    await using opened = await open();
    const before = complete(await opened.bee.observe([]));
    const asked = {
      amount: twoDays(before),
      depth: depth(60),
      immutable: true,
      orderId: opened.newOrderId(),
    };
    expect(await opened.bee.buy(asked)).toMatchObject({ is: 'refused', code: 'OUT_OF_FUNDS' });
    expect(complete(await opened.bee.observe([])).wallet).toEqual(before.wallet);
  });

  test(
    'a purchase is bought once, listed with its amount, becomes usable, and can be topped up',
    async () => {
      await using opened = await open();
      const { bee } = opened;
      const seenWhen = async (holds: (seen: CompleteObservation) => boolean) => {
        for (;;) {
          const seen = complete(await bee.observe([]));
          if (holds(seen)) return seen;
          await delay(pollMs);
        }
      };
      const before = complete(await bee.observe([]));
      const amount = twoDays(before);
      const asked = { amount, depth: SMALL, immutable: true, orderId: opened.newOrderId() };
      const held = opened.holdBlocks?.(); // else the first purchase may be mined before the second one arrives
      const first = bee.buy(asked);
      await seenWhen(({ pendingPostage }) => pendingPostage.length > 0);
      expect(await bee.buy(asked)).toMatchObject({ is: 'refused', code: 'BUSY' });
      held?.[Symbol.dispose]();
      const bought = await first;
      if (bought.is !== 'bought') throw new Error(`it was ${JSON.stringify(bought)}`);

      const { batchId } = bought;
      const mine = (seen: CompleteObservation) => seen.stamps.find((stamp) => stamp.batchId === batchId);
      const usable = mine(await seenWhen((seen) => mine(seen)?.usable === true));
      expect(usable).toMatchObject({
        depth: SMALL,
        amount,
        immutable: true,
        utilization: 0,
        label: asked.orderId,
      });
      expect(usable?.blockNumber).toBeGreaterThan(before.chain.block);
      expect(usable?.ttlSeconds).toBeGreaterThan(0);

      const more = plur(amount / 2n);
      expect((await bee.topUp({ batchId, amount: more })).is).toBe('toppedUp');
      const after = await seenWhen((seen) => mine(seen)?.amount === amount + more);
      expect(after.stamps.length).toBe(before.stamps.length + 1);
      const paid = (before.wallet?.bzz ?? 0n) - (after.wallet?.bzz ?? 0n);
      expect(paid).toBe(before.wallet ? costOf(plur(amount + more), SMALL) : 0n);
    },
    timeoutMs,
  );
}

/** Twice what Bee asks for at least, and unlike any amount before. */
const twoDays = ({ chain: { price, minimumValidityBlocks, tip } }: CompleteObservation): Plur =>
  plur(price * BigInt(minimumValidityBlocks ?? 17_280) * 2n + BigInt(tip % 100_000));

function complete(seen: Observation): CompleteObservation {
  if (seen.is === 'complete') return seen;
  throw new Error(`the look is incomplete: ${seen.code}: ${seen.why}`);
}
