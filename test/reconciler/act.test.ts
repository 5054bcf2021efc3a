import { describe, expect, it } from 'vitest';
import { type Bee, type BuyRequest, NO_FAILURES, type TopUpRequest } from '../../src/bee/bee.ts';
import type { Clock } from '../../src/clock.ts';
import type { Action, HoldCode } from '../../src/domain/action.ts';
import type { Policy } from '../../src/domain/policy.ts';
import { costOf, depth, plur, required } from '../../src/domain/units.ts';
import { act } from '../../src/reconciler/act.ts';
import { InFlight } from '../../src/reconciler/in-flight.ts';
import { Tenure } from '../../src/reconciler/lease-keeper.ts';
import { AllocationChangedError } from '../../src/store/allocation-store.ts';
import { LeaseLostError } from '../../src/store/lease-store.ts';
import { ADDRESS, aStamp, aTopUp, batchId, hours, NODE, orderId, T0 } from '../builders.ts';
import { nodeStockOf, stockOf } from '../stock-of.ts';
import { temporarySqliteStore } from '../store/temporary-store.ts';
import { VirtualClock } from '../virtual/virtual-clock.ts';
import { aPolicy } from '../virtual/world.ts';
import { fresh, SYNCED, seenOf } from './plan-input.ts';

const AMOUNT = plur(500_000_001n);
const COST = costOf(AMOUNT, depth(17));
const paid = { depth: depth(17), amount: AMOUNT, cost: COST, reason: 'needed' };
const BUY = { ...paid, do: 'buy', purpose: 'reserve' } as const satisfies Action;
const TOP_UP = {
  ...paid,
  do: 'topUp',
  batchId: batchId(1),
  before: aTopUp().before,
} as const satisfies Action;
const EXPIRE = {
  do: 'expire',
  batchId: batchId(1),
  depth: depth(17),
  reason: 'over',
} as const satisfies Action;
const hold = (code: HoldCode, of: number | null): Action => ({
  do: 'hold',
  code,
  depth: of === null ? null : depth(of),
  cost: null,
  reason: 'why',
});

interface Wishes {
  readonly policy?: Partial<Policy>;
  /** How long ago the node was observed, when the order is planned. */
  readonly observedAgoMs?: number;
  /** How long the commit takes that marks the order as sent. */
  readonly commitMs?: number;
  readonly allocation?: number;
}

/** A run on a store with stamp 1, and what it sends, logs and reports. */
async function aRun({ policy, observedAgoMs = 0, commitMs = 0, allocation = 0 }: Wishes = {}) {
  const temporary = await temporarySqliteStore();
  const { store } = temporary;
  const wallClock = new VirtualClock(T0);
  const stamp = aStamp();
  await store.write(
    [
      { change: 'nodePinned', node: NODE, address: ADDRESS, chainId: null },
      { change: 'stampAdded', stamp },
    ],
    T0,
  );
  const { allocation: before } = await store.allocations.poolStock({
    at: T0,
    promisedTtlSeconds: 0,
    nodeAwaySeconds: 3600,
  });
  const held = await store.leases.hold({ node: NODE, holder: 'a', ttlMs: 1e12, at: T0 });
  const tenure = new Tenure(required(held, 'a free lease'), 1e12, wallClock);
  const times = [observedAgoMs, observedAgoMs + commitMs];
  const clock: Clock = {
    now: () => wallClock.now(),
    monotonicMs: () => times.shift() ?? observedAgoMs + commitMs,
    sleep: (ms, signal) => wallClock.sleep(ms, signal),
    onJump: (listener) => wallClock.onJump(listener),
  };
  const requests: (BuyRequest | TopUpRequest)[] = [];
  const pending = <Answer>(request: BuyRequest | TopUpRequest): Promise<Answer> => {
    requests.push(request);
    return new Promise(() => {});
  };
  const bee: Bee = {
    observe: () => Promise.reject(new Error('not used')),
    buy: pending,
    topUp: pending,
    failures: NO_FAILURES,
    [Symbol.asyncDispose]: async () => {},
  };
  const answered = Promise.withResolvers<void>();
  const inFlight = new InFlight(answered.resolve, (_order, error) => answered.reject(error));
  const lines: { fields: Record<string, unknown>; message: string }[] = [];
  const incidents: unknown[] = [];
  return {
    parts: {
      node: NODE,
      bee,
      tenure,
      store,
      levels: { include: async () => {} },
      clock,
      policy: aPolicy(policy),
      inFlight,
      newOrderId: () => orderId(1),
      report: (incident: unknown) => void incidents.push(incident),
      observedAtMs: 0,
      allocation: { current: before + allocation },
      log: (fields: Record<string, unknown>, message: string) => void lines.push({ fields, message }),
    },
    before,
    answered: answered.promise,
    requests,
    lines,
    incidents,
    [Symbol.asyncDispose]: () => temporary.cleanUp(),
  };
}

describe('a purchase', () => {
  it('is on disk as sent, with all that it was planned on, before its request leaves', async () => {
    await using run = await aRun();
    expect(await act(BUY, fresh(), run.parts)).toBe(true);
    expect((await stockOf(run.parts.store)).openOrders).toEqual([
      {
        id: orderId(1),
        node: NODE,
        kind: 'purchase',
        purpose: 'reserve',
        depth: 17,
        amount: AMOUNT,
        immutable: true,
        cost: COST,
        reason: 'needed',
        plannedAt: T0,
        plannedAtBlock: SYNCED,
        state: 'sent',
        sentAt: T0,
        claim: null,
      },
    ]);
    expect(run.requests).toEqual([{ amount: AMOUNT, depth: 17, immutable: true, orderId: orderId(1) }]);
    expect(run.lines).toEqual([
      {
        fields: {
          event: 'ordered',
          orderId: orderId(1),
          kind: 'purchase',
          node: NODE,
          depth: 17,
          batchId: null,
          amountPlur: AMOUNT.toString(),
          costPlur: COST.toString(),
          reason: 'needed',
        },
        message: 'buy a stamp of depth 17 for 0.0065536000131072 BZZ: needed',
      },
    ]);
    expect(run.parts.allocation.current).toBe(run.before + 1);
    expect(run.parts.inFlight.awaits(orderId(1))).toBe(true);
  });

  it.each([
    ['reserve', true, true],
    ['reserve', false, false],
    ['canary', true, false],
    ['canary', false, false],
  ] as const)('for the %s, with the setting %s, is immutable: %s', async (purpose, immutable, expected) => {
    await using run = await aRun({ policy: { immutable } });
    await act({ ...BUY, purpose }, fresh(), run.parts);
    expect(run.requests).toMatchObject([{ immutable: expected }]);
    expect((await stockOf(run.parts.store)).openOrders).toMatchObject([{ purpose, immutable: expected }]);
  });

  it('is not written if another node has bought since it was planned', async () => {
    await using run = await aRun({ allocation: -1 });
    await expect(act(BUY, fresh(), run.parts)).rejects.toThrow(AllocationChangedError);
    expect((await stockOf(run.parts.store)).openOrders).toEqual([]);
    expect(run.requests).toEqual([]);
  });

  it.each<[Wishes, string | null]>([
    [{ observedAgoMs: 175_000, commitMs: 5_000 }, null],
    [{ observedAgoMs: 175_001, commitMs: 5_000 }, '180.0 s passed since the node was observed'],
    [{ observedAgoMs: 190_000 }, '190.0 s passed since the node was observed'],
    [{ commitMs: 5_001 }, '5.0 s passed while it was written to disk'],
    [{ commitMs: 7_340 }, '7.3 s passed while it was written to disk'],
  ])('does not leave if it is too late: %j', async (wishes, cause) => {
    await using run = await aRun(wishes);
    expect(await act(BUY, fresh(), run.parts)).toBe(cause === null);
    expect([run.requests.length, run.lines.length]).toEqual(cause === null ? [1, 1] : [0, 0]);
    if (cause !== null) await run.answered;
    const settled = run.parts.inFlight.peek(0);
    expect(settled?.answer ?? null).toEqual(cause && { is: 'notSent', cause: `it was not sent: ${cause}` });
  });

  it('does not leave if the lease was lost before', async () => {
    await using run = await aRun();
    run.parts.tenure.end(new Error('lost'));
    expect(await act(BUY, fresh(), run.parts)).toBe(false);
    await run.answered;
    expect(run.requests).toEqual([]);
    expect(run.parts.inFlight.peek(0)?.answer).toEqual({
      is: 'notSent',
      cause: 'it was not sent: the lease of the node was lost before',
    });
  });
});

describe('a holder that loses its lease', () => {
  const losing = ({ parts }: Awaited<ReturnType<typeof aRun>>) => ({
    ...parts,
    levels: { include: () => parts.store.leases.release(parts.tenure.lease) }, // after the first commit
  });

  it('between the two commits of an order sends nothing, and leaves that to be settled', async () => {
    await using run = await aRun();
    await expect(act(BUY, fresh(), losing(run))).rejects.toThrow(LeaseLostError);
    expect((await stockOf(run.parts.store)).openOrders).toMatchObject([{ state: 'planned' }]);
    await run.answered;
    expect([run.requests, run.parts.inFlight.peek(0)?.answer]).toEqual([
      [],
      { is: 'notSent', cause: 'it was not sent: it may not be on disk' },
    ]);
  });

  it('expires nothing', async () => {
    await using run = await aRun();
    await run.parts.store.leases.release(run.parts.tenure.lease);
    await expect(act(EXPIRE, null, run.parts)).rejects.toThrow(LeaseLostError);
    expect((await nodeStockOf(run.parts.store, NODE)).stamps).toHaveLength(1);
    expect([run.lines, run.incidents]).toEqual([[], []]);
  });

  it('after a stamp has expired leaves the incident to the next holder', async () => {
    await using run = await aRun();
    await expect(act(EXPIRE, null, losing(run))).rejects.toThrow(LeaseLostError);
    expect((await nodeStockOf(run.parts.store, NODE)).stamps).toEqual([]);
    expect(await run.parts.store.dueIncidents.ofNode(NODE)).toMatchObject([
      { code: 'STAMP_EXPIRED', subject: batchId(1) },
    ]);
  });
});

it('a top-up sends the batch and the amount, and keeps the balance before', async () => {
  await using run = await aRun();
  expect(await act(TOP_UP, fresh(), run.parts)).toBe(true);
  expect(run.requests).toEqual([{ batchId: batchId(1), amount: AMOUNT }]);
  expect((await stockOf(run.parts.store)).openOrders).toMatchObject([
    { kind: 'topUp', batchId: batchId(1), before: TOP_UP.before, state: 'sent' },
  ]);
  expect(run.lines).toMatchObject([{ fields: { kind: 'topUp', batchId: batchId(1) } }]);
  expect(run.parts.allocation.current).toBe(run.before + 1);
});

it.each([null, 'other'] as const)(
  'a batch is adopted as the node shows it, or as the setting says: %s',
  async (shown) => {
    await using run = await aRun({ policy: { immutable: false } });
    const stamp = aStamp({ n: 7, ttlHours: 100, amount: 900n });
    const seen = fresh({ stamps: [seenOf(stamp, { immutable: shown === null ? null : true })] });
    const action = { do: 'adopt', batchId: batchId(7), depth: depth(17), reason: 'unused' } as const;
    expect(await act(action, seen, run.parts)).toBe(true);
    const { stamps } = await nodeStockOf(run.parts.store, NODE);
    expect(stamps.find((one) => one.batchId === batchId(7))).toEqual({
      ...stamp,
      immutable: shown !== null,
      origin: 'adopted',
      cost: costOf(plur(900n), depth(17)),
      createdAt: T0,
      availableAt: T0,
      expiresAt: hours(100),
      ttlAtCreationSeconds: 360_000,
    });
    expect(run.lines).toEqual([
      {
        fields: { event: 'adopted', batchId: batchId(7), depth: 17, reason: 'unused' },
        message: `adopt ${batchId(7)}: unused`,
      },
    ]);
    expect(run.parts.allocation.current).toBe(run.before + 1);
  },
);

it('a batch without a time to live is not adopted', async () => {
  await using run = await aRun();
  const action = { do: 'adopt', batchId: batchId(7), depth: depth(17), reason: 'unused' } as const;
  const message = `batch ${batchId(7)} was planned to be adopted, but the node shows no time to live`;
  for (const stamps of [[], [seenOf(aStamp({ n: 7 }), { ttlSeconds: null })]])
    await expect(act(action, fresh({ stamps }), run.parts)).rejects.toThrow(new Error(message));
});

it('an expired stamp leaves the pool, and is logged and reported once', async () => {
  await using run = await aRun();
  expect(await act(EXPIRE, null, run.parts)).toBe(true);
  expect((await nodeStockOf(run.parts.store, NODE)).stamps).toEqual([]);
  expect(run.lines).toMatchObject([{ fields: { event: 'expired' }, message: `expire ${batchId(1)}: over` }]);
  expect(run.incidents).toEqual([
    { code: 'STAMP_EXPIRED', subject: batchId(1), detail: `Batch ${batchId(1)}.` },
  ]);
  expect(await run.parts.store.dueIncidents.ofNode(NODE)).toEqual([]);
  expect(run.parts.allocation.current).toBe(run.before);
});

it.each([
  ['PRICE_TOO_HIGH', 17, 'depth 17'],
  ['ORDER_ABOVE_LIMIT', 20, 'depth 20'],
  ['BUDGET', 17, 'depth 17'],
  ['WALLET_BZZ', 17, 'bee, depth 17'],
  ['PURCHASE_ABANDONED', 20, 'bee, depth 20'],
  ['NODE_SYNCING', null, 'bee'],
  ['BUSY', 17, null],
  ['OTHER_NODE', 17, null],
  ['NOTHING_TO_DO', null, null],
] as const)('a hold is an incident if an operator must know: %s of depth %s', async (code, of, subject) => {
  await using run = await aRun();
  expect(await act(hold(code, of), null, run.parts)).toBe(true);
  expect(run.incidents).toEqual(subject === null ? [] : [{ code, subject, detail: 'why.' }]);
});

it('nothing is bought without a fresh observation', async () => {
  await using run = await aRun();
  await expect(act(BUY, null, run.parts)).rejects.toThrow(
    'an action other than a hold was planned without a fresh observation',
  );
  expect(run.requests).toEqual([]);
});
