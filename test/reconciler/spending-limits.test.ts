import { describe, expect, it } from 'vitest';
import type { Claim, OpenOrder, PlannedOrder } from '../../src/domain/order.ts';
import { bzzToPlur, depth, plur, wei } from '../../src/domain/units.ts';
import {
  blockedBy,
  isNotShown,
  purchasesBlocked,
  type SpendingInput,
} from '../../src/reconciler/spending-limits.ts';
import type { NodeStock } from '../../src/store/store.ts';
import { anOrder, aTopUp, batchId, orderId, seconds, T0 } from '../builders.ts';
import { runStock, type WholeStock } from '../stock-of.ts';
import { aPolicy } from '../virtual/world.ts';
import { abandoned, aClaim, fresh, SYNCED, sent, unknown } from './plan-input.ts';

const bzz = (text: string) => plur(bzzToPlur(text) ?? 0n);
const COST = bzz('3');
const BUY = {
  do: 'buy',
  purpose: 'reserve',
  depth: depth(17),
  amount: plur(1n),
  cost: COST,
  reason: '',
} as const;
const TOP_UP = {
  do: 'topUp',
  batchId: batchId(1),
  depth: depth(17),
  amount: plur(1n),
  cost: COST,
  before: aTopUp().before,
  reason: '',
} as const;

type Wishes = Partial<SpendingInput> & { readonly orders?: Partial<WholeStock> };

/** Nothing blocks. */
const input = ({ orders, ...wishes }: Wishes = {}): SpendingInput => ({
  seen: fresh({ bzz: bzz('100') }),
  stock: runStock(
    {
      stamps: [],
      openOrders: [],
      abandonedOrders: [],
      lastShown: { purchaseBlock: null, topUps: new Map() },
      ...orders,
    },
    0,
    T0,
  ),
  pool: { spentLastDay: plur(0n) },
  takenOver: new Set(),
  limit: bzz('50'),
  sending: false,
  backOff: null,
  policy: aPolicy(),
  ...wishes,
});
const withOpen = (openOrders: readonly OpenOrder[], wishes: Wishes = {}): SpendingInput =>
  input({ orders: { openOrders }, ...wishes });
/** What blocks a purchase and what blocks a top-up. */
const blocked = (given: SpendingInput) => [blockedBy(BUY, given), blockedBy(TOP_UP, given)];
const both = (code: string, reason: string) => [
  { code, reason },
  { code, reason },
];
const NEITHER = [null, null];

describe('a purchase and a top-up are held', () => {
  it('not if nothing blocks them', () => {
    expect(blocked(input())).toEqual(NEITHER);
  });

  it('above the maximum price', () => {
    const at = (maxPrice: bigint) => input({ policy: aPolicy({ maxPrice: plur(maxPrice) }) });
    expect(blocked(at(24_000n))).toEqual(NEITHER);
    expect(blocked(at(23_999n))).toEqual(
      both('PRICE_TOO_HIGH', 'the price is 24000 PLUR, above STAMP_POOL_MAX_PRICE_PLUR=23999'),
    );
  });

  it('above the maximum of one order', () => {
    const at = (maxOrder: bigint) => input({ policy: aPolicy({ maxOrder: plur(maxOrder) }) });
    expect(blocked(at(COST))).toEqual(NEITHER);
    expect(blocked(at(bzz('2.5')))).toEqual(
      both('ORDER_ABOVE_LIMIT', 'it costs 3 BZZ, above STAMP_POOL_MAX_ORDER_BZZ=2.5 BZZ'),
    );
  });

  it('above the daily limit, whose origin is named', () => {
    const at = (spent: bigint, maxSpendPerDay: bigint | null) =>
      input({
        pool: { spentLastDay: plur(spent) },
        limit: bzz('10'),
        policy: aPolicy({ maxSpendPerDay: maxSpendPerDay === null ? null : plur(maxSpendPerDay) }),
      });
    expect(blocked(at(bzz('7'), null))).toEqual(NEITHER);
    const reason = 'it costs 3 BZZ on top of 7.0000000000000001 BZZ in the last 24 hours, above 10 BZZ';
    expect(blocked(at(bzz('7') + 1n, null))).toEqual(
      both('BUDGET', `${reason} (the default of STAMP_POOL_MAX_SPEND_BZZ_PER_DAY)`),
    );
    expect(blocked(at(bzz('7') + 1n, bzz('10')))).toEqual(
      both('BUDGET', `${reason} (STAMP_POOL_MAX_SPEND_BZZ_PER_DAY)`),
    );
  });

  it('if the wallet would fall below its floor', () => {
    const at = (has: string, floor: string) =>
      input({ seen: fresh({ bzz: bzz(has) }), policy: aPolicy({ walletFloorBzz: bzz(floor) }) });
    expect(blocked(at('3', '0'))).toEqual(NEITHER);
    expect(blocked(at('3.5', '0.5'))).toEqual(NEITHER);
    expect(blocked(at('3.4', '0.5'))).toEqual(
      both('WALLET_BZZ', 'it costs 3 BZZ, the wallet has 3.4 BZZ and keeps 0.5 BZZ'),
    );
  });

  it('if the wallet has too little gas, and always if it has none', () => {
    const at = (xdai: bigint, floor: bigint) => {
      const seen = fresh({ bzz: bzz('100') });
      return input({
        seen: { ...seen, wallet: { bzz: bzz('100'), xdai: wei(xdai) } },
        policy: aPolicy({ walletFloorXdai: wei(floor) }),
      });
    };
    expect(blocked(at(10n ** 16n, 10n ** 16n))).toEqual(NEITHER);
    expect(blocked(at(1n, 0n))).toEqual(NEITHER);
    expect(blocked(at(10n ** 16n - 1n, 10n ** 16n))).toEqual(
      both('WALLET_XDAI', 'the wallet has 0.009999999999999999 xDAI for gas, below 0.01 xDAI'),
    );
    expect(blocked(at(0n, 0n))).toEqual(both('WALLET_XDAI', 'the wallet has 0 xDAI for gas, below 0 xDAI'));
  });

  it('not if the node does not show its wallet', () => {
    const seen = fresh();
    expect(blocked(input({ seen: { ...seen, wallet: null } }))).toEqual(NEITHER);
  });

  it.each([
    [anOrder(), 'purchase', 'planned'],
    [sent(anOrder()), 'purchase', 'sent'],
    [unknown(anOrder()), 'purchase', 'unknown'],
    [aTopUp(), 'top-up', 'planned'],
    [sent(aTopUp()), 'top-up', 'sent'],
  ] as const)('while another operation is open: $1, $2', (order, kind, state) => {
    expect(blocked(withOpen([order]))).toEqual(both('BUSY', `the ${kind} ${orderId(1)} is ${state}`));
  });

  it('while Bee has not answered, a transaction is pending, or the pool backs off', () => {
    expect(blocked(input({ sending: true }))).toEqual(
      both('BUSY', 'Bee had not answered the last request when the node was observed'),
    );
    const pendingPostage = ['Postage batch creation', 'another'];
    expect(blocked(input({ seen: fresh({ bzz: bzz('100'), pendingPostage }) }))).toEqual(
      both('TRANSACTION_PENDING', 'the node waits for its transaction "Postage batch creation"'),
    );
    expect(blocked(input({ backOff: { until: seconds(5), reason: 'refused' } }))).toEqual(
      both('BACKING_OFF', 'retried at 2026-03-01T12:00:05.000Z: refused'),
    );
  });

  it('in the order of their importance', () => {
    const policy = aPolicy({ maxPrice: plur(1n), maxOrder: plur(1n) });
    const all: Wishes = {
      policy,
      limit: plur(0n),
      seen: fresh({ bzz: 0n, pendingPostage: ['a'] }),
      sending: true,
      backOff: { until: T0, reason: 'a' },
    };
    const codeOf = (wishes: Wishes) => blockedBy(BUY, input({ ...all, ...wishes }))?.code;
    expect(codeOf({})).toBe('PRICE_TOO_HIGH');
    expect(codeOf({ policy: aPolicy({ maxOrder: plur(1n) }) })).toBe('ORDER_ABOVE_LIMIT');
    expect(codeOf({ policy: aPolicy() })).toBe('BUDGET');
    expect(codeOf({ policy: aPolicy(), limit: bzz('50') })).toBe('WALLET_BZZ');
    const rich = fresh({ bzz: bzz('100'), pendingPostage: ['a'] });
    expect(codeOf({ policy: aPolicy(), limit: bzz('50'), seen: rich })).toBe('BUSY');
    expect(codeOf({ policy: aPolicy(), limit: bzz('50'), seen: rich, sending: false })).toBe(
      'TRANSACTION_PENDING',
    );
  });
});

describe('an order that an earlier holder of the lease has sent', () => {
  const takenOver = new Set([orderId(1)]);
  const left = { takenOver, seen: fresh({ bzz: bzz('100'), block: 1_119 }) };

  it('blocks nothing for ten minutes, and its cost may still leave the wallet', () => {
    expect(blocked(withOpen([unknown(anOrder())], left))).toEqual(NEITHER);
    const cost = plur(bzz('2'));
    const poor = { ...left, seen: fresh({ bzz: bzz('4.9'), block: 1_119 }) };
    expect(blocked(withOpen([{ ...unknown(anOrder()), cost }], poor))).toEqual(
      both(
        'WALLET_BZZ',
        'it costs 3 BZZ, the wallet has 4.9 BZZ, may still pay 2 BZZ for what is not settled, and keeps 0 BZZ',
      ),
    );
    const enough = { ...left, seen: fresh({ bzz: bzz('5'), block: 1_119 }) };
    expect(blocked(withOpen([{ ...unknown(anOrder()), cost }], enough))).toEqual(NEITHER);
  });

  it('blocks again when it is ten minutes old', () => {
    const old = { takenOver, seen: fresh({ bzz: bzz('100'), block: 1_120 }) };
    expect(blocked(withOpen([unknown(anOrder())], old))).toEqual(
      both('BUSY', `the purchase ${orderId(1)} is unknown`),
    );
  });

  it.each<[string, OpenOrder, Wishes]>([
    ['if it was not sent', anOrder(), left],
    ['if this process has sent it', sent(anOrder()), { ...left, takenOver: new Set([orderId(2)]) }],
  ])('blocks %s', (_what, order, wishes) => {
    expect(blocked(withOpen([order], wishes))).toMatchObject([{ code: 'BUSY' }, { code: 'BUSY' }]);
  });

  it('blocks further purchases if Bee has answered it', () => {
    expect(blocked(withOpen([sent(anOrder(), aClaim(1_118))], left))).toMatchObject([{ code: 'BUSY' }, null]);
  });
});

describe('a claimed purchase that is open', () => {
  it.each([
    [SYNCED - 14, 'BUSY', `the purchase ${orderId(1)} is mined, and the node does not list it yet`],
    [SYNCED - 15, 'PURCHASE_NOT_SHOWN', `the node does not show the purchase ${orderId(1)}`],
    [null, 'BUSY', `the purchase ${orderId(1)} is mined, and the node does not list it yet`],
  ])('holds purchases, and no top-up: claimed at block %s', (atBlock, code, reason) => {
    const order = sent(anOrder(), aClaim(atBlock));
    expect(blocked(withOpen([order]))).toEqual([{ code, reason }, null]);
    expect(isNotShown(order, fresh().chain)).toBe(code === 'PURCHASE_NOT_SHOWN');
  });

  it('has left the wallet already', () => {
    const claimedOf = (wallet: string) =>
      withOpen([{ ...sent(anOrder(), aClaim(SYNCED)), cost: bzz('2') }], {
        seen: fresh({ bzz: bzz(wallet) }),
      });
    expect(blocked(claimedOf('3'))).toMatchObject([{ code: 'BUSY' }, null]);
    expect(blocked(claimedOf('2.9'))).toEqual(
      both('WALLET_BZZ', 'it costs 3 BZZ, the wallet has 2.9 BZZ and keeps 0 BZZ'),
    );
  });

  it('is not a top-up', () => {
    expect(blocked(withOpen([sent(aTopUp(), aClaim(SYNCED - 100))]))).toEqual(NEITHER);
    expect(isNotShown(sent(aTopUp(), aClaim(SYNCED - 100)), fresh().chain)).toBe(true);
    expect(isNotShown(sent(anOrder()), fresh().chain)).toBe(false);
  });
});

it('an abandoned order that Bee has answered after all holds the next of its kind until the node must have listed it', () => {
  const answered = (order: PlannedOrder, claim: Claim) =>
    blocked(input({ orders: { abandonedOrders: [abandoned(order, { claim })] } }));
  const reason = (kind: string) =>
    `the ${kind} ${orderId(1)} was abandoned and may be mined, and the node does not list it yet`;
  const [listable, listed] = [aClaim(SYNCED - 14), aClaim(SYNCED - 15)];
  expect(answered(anOrder(), listable)).toEqual([{ code: 'BUSY', reason: reason('purchase') }, null]);
  expect(answered(aTopUp(), listable)).toEqual([null, { code: 'BUSY', reason: reason('top-up') }]);
  expect(answered(aTopUp({ of: batchId(2) }), listable)).toEqual(NEITHER);
  for (const claim of [listed, aClaim(null), { ...listable, refuted: true }])
    for (const order of [anOrder(), aTopUp()]) expect(answered(order, claim)).toEqual(NEITHER);
});

it('an abandoned order holds the next of its kind while a later one is mined that the node does not list yet', () => {
  const another = aTopUp({ n: 2, of: batchId(2) });
  const beside = (order: PlannedOrder, mined: OpenOrder, lastShown: Partial<NodeStock['lastShown']> = {}) =>
    blocked(
      input({
        orders: {
          abandonedOrders: [abandoned(order, { endedAtBlock: 1_900 })],
          openOrders: [mined],
          lastShown: { purchaseBlock: null, topUps: new Map(), ...lastShown },
        },
      }),
    );
  const [listable, listed] = [14, 15].map((blocks) => sent(another, aClaim(SYNCED - blocks)));
  if (!listable || !listed) throw new Error('there are two');
  const held = (kind: string) => ({
    code: 'BUSY',
    reason: `the ${kind} ${orderId(1)} was abandoned and may be mined before ${orderId(2)}, and the node does not list it yet`,
  });
  expect(beside(anOrder(), listable)).toEqual([held('purchase'), null]);
  expect(beside(aTopUp(), listable)).toEqual([null, held('top-up')]);
  expect(beside(aTopUp({ of: batchId(3) }), listable)).toEqual(NEITHER);
  for (const order of [anOrder(), aTopUp()]) expect(beside(order, listed)).toEqual(NEITHER);
  expect(beside(anOrder(), listable, { purchaseBlock: 1_950 }), 'one was shown since').toEqual(NEITHER);
});

it('a pause after abandoned orders holds what was abandoned', () => {
  const purchases = [1, 2].map((n) => abandoned(anOrder({ n }), { endedAtBlock: 1_980 }));
  const topUps = [3, 4].map((n) => abandoned(aTopUp({ n }), { endedAtBlock: 1_980 }));
  const reason = '2 in a row were abandoned; the next one is sent at block 2025 or later';
  expect(blocked(input({ orders: { abandonedOrders: purchases } }))).toEqual([
    { code: 'PURCHASE_ABANDONED', reason },
    null,
  ]);
  expect(blocked(input({ orders: { abandonedOrders: topUps } }))).toEqual([
    null,
    { code: 'TOP_UP_ABANDONED', reason },
  ]);
});

it('whether a node can buy anything depends on no cost', () => {
  const code = (wishes: Wishes) => {
    const { policy, ...rest } = input(wishes);
    return purchasesBlocked(rest, policy)?.code ?? null;
  };
  expect(code({ limit: plur(0n), seen: fresh({ bzz: 0n }), policy: aPolicy({ maxOrder: plur(0n) }) })).toBe(
    null,
  );
  expect(code({ policy: aPolicy({ maxPrice: plur(1n) }), sending: true })).toBe('PRICE_TOO_HIGH');
  expect(code({ sending: true })).toBe('BUSY');
  expect(code({ orders: { openOrders: [sent(anOrder(), aClaim(1))] } })).toBe('PURCHASE_NOT_SHOWN');
});
