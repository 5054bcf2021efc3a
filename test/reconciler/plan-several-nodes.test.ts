import { describe, expect, it } from 'vitest';
import type { Action } from '../../src/domain/action.ts';
import type { NodeReport } from '../../src/domain/node-report.ts';
import type { Policy } from '../../src/domain/policy.ts';
import { depth, nodeName, plur, wei } from '../../src/domain/units.ts';
import { aNodeReport } from '../a-node-report.ts';
import { anOrder, aPropagatingStamp, aStamp, NODE, seconds, T0 } from '../builders.ts';
import type { WholeStock } from '../stock-of.ts';
import { aPolicy } from '../virtual/world.ts';
import { aClaim, type PlanInput, plan, planInput, SYNCED, sent } from './plan-input.ts';

const OTHER = nodeName('other');

/** A node that can buy, and prefers to: it comes first by name only if nothing else decides. */
function otherNode(
  wishes: Partial<NodeReport> = {},
  stock: Partial<WholeStock> = {},
): PlanInput['others'][number] {
  return {
    stock: {
      stamps: [],
      openOrders: [],
      abandonedOrders: [],
      lastShown: { purchaseBlock: null, topUps: new Map() },
      ...stock,
    },
    report: aNodeReport({ node: OTHER, ...wishes }),
  };
}

const policyOf = (count: number, wishes: Partial<Policy> = {}): Policy =>
  aPolicy({ targets: new Map([[depth(17), count]]), ...wishes });

const actionsOf = (
  policy: Policy,
  others: PlanInput['others'],
  [stock, shown]: Partial<Parameters<typeof planInput>> = [],
): readonly Action[] => plan(planInput(stock, shown, { others }), policy, T0).actions;

const held = [aStamp({ n: 11 }), aStamp({ n: 12 })];

describe('the plan of one of several nodes', () => {
  it('buys its part of what the pool lacks, and counts what the others hold', () => {
    const other = otherNode({}, { stamps: [aStamp({ n: 7, node: OTHER })] });
    expect(actionsOf(policyOf(1), [other])).toMatchObject([{ code: 'NOTHING_TO_DO' }]);
    expect(actionsOf(policyOf(4), [other])).toMatchObject([
      { do: 'buy', depth: 17, reason: 'depth 17: 1 available + 0 on order < 4' },
      { code: 'BUSY', reason: expect.stringContaining('1 more after') },
    ]);
  });

  it('may spend a day a quarter of what the wallets hold that were observed lately', () => {
    const funds = 10n ** 24n;
    const wallet = { bzz: plur(funds), xdai: wei(10n ** 18n) };
    const { observed } = otherNode().report;
    const rich = (wishes: Partial<NodeReport> = {}) =>
      otherNode({ observed: observed && { ...observed, wallet }, ...wishes });
    const limitOf = (...others: PlanInput['others']) =>
      plan(planInput({}, { bzz: funds }, { others }), policyOf(10_000_000_000), T0).spending?.dailyLimit;
    expect([limitOf(), limitOf(rich())]).toEqual([funds / 4n, funds / 2n]);
    expect(limitOf(rich({ fresh: false }), rich({ runEndedAt: seconds(-3_000) }))).toBe(funds / 4n);
  });

  it('leaves what is missing to the node that holds less of the depth', () => {
    const two = [1, 2].map((n) => aStamp({ n }));
    const ofOther = two.map((stamp) => ({ ...stamp, node: OTHER }));
    expect(actionsOf(policyOf(3), [otherNode()], [{ stamps: two }])).toMatchObject([{ code: 'OTHER_NODE' }]);
    expect(actionsOf(policyOf(3), [otherNode({}, { stamps: ofOther })])).toMatchObject([{ do: 'buy' }]);
  });

  it('holds what another node buys, and names it', () => {
    expect(actionsOf(policyOf(3), [otherNode()], [{ stamps: held }])).toMatchObject([
      { do: 'hold', code: 'OTHER_NODE', depth: 17, reason: expect.stringContaining('node other buys it') },
    ]);
  });

  it('names for each depth the node that buys it', () => {
    const third = nodeName('third');
    const own = [17, 17, 20, 20].map((of, n) => aStamp({ n: 20 + n, depth: of }));
    const others = [
      otherNode({}, { stamps: [aStamp({ n: 7, node: OTHER, depth: 20 })] }),
      otherNode({ node: third }, { stamps: [aStamp({ n: 8, node: third })] }),
    ];
    const targets = new Map([17, 20].map((of) => [depth(of), 4]));
    expect(actionsOf(policyOf(4, { targets }), others, [{ stamps: own }])).toMatchObject([
      { code: 'OTHER_NODE', depth: 17, reason: expect.stringMatching(/: node other buys it$/) },
      { code: 'OTHER_NODE', depth: 20, reason: expect.stringMatching(/: node third buys it$/) },
    ]);
  });

  it('buys itself if the other node has more open orders', () => {
    const openOrders = [sent(anOrder({ n: 5, node: OTHER }), aClaim(SYNCED))];
    expect(actionsOf(policyOf(4), [otherNode({}, { openOrders })], [{ stamps: held }])).toMatchObject([
      { do: 'buy' },
    ]);
  });

  it('buys its own depth, and holds only that of the other node', () => {
    const targets = new Map([17, 20].map((of) => [depth(of), 1]));
    expect(actionsOf(policyOf(1, { targets }), [otherNode()])).toMatchObject([
      { do: 'buy', depth: 17 },
      { do: 'hold', code: 'OTHER_NODE', depth: 20 },
    ]);
  });

  it('buys itself if the other node has more stamps of the depth, counting what it has on order', () => {
    const stamps = [aStamp({ n: 7, node: OTHER }), aPropagatingStamp({ n: 8, node: OTHER })];
    expect(actionsOf(policyOf(4), [otherNode({}, { stamps })], [{ stamps: [aStamp()] }])).toMatchObject([
      { do: 'buy' },
    ]);
  });

  it.each<[string, Partial<NodeReport>]>([
    ['is busy', { blockedBy: 'BUSY' }],
    ['is drained', { drained: true }],
    ['is not fresh', { fresh: false }],
    ['has not made a run for long', { runEndedAt: seconds(-3_000) }],
  ])('buys itself what another node cannot that %s', (_what, wishes) => {
    expect(actionsOf(policyOf(3), [otherNode(wishes)], [{ stamps: held }])).toMatchObject([{ do: 'buy' }]);
  });

  it('shows why it could not buy what another node buys', () => {
    expect(actionsOf(policyOf(1), [otherNode()], [{}, { bzz: 1n }])).toMatchObject([
      {
        do: 'hold',
        code: 'WALLET_BZZ',
        reason: expect.stringMatching(/the wallet has .*; node other buys it/),
      },
    ]);
  });

  it.each<[string, Partial<Policy>]>([
    ['BUDGET', { maxSpendPerDay: plur(0n) }],
    ['ORDER_ABOVE_LIMIT', { maxOrder: plur(1n) }],
    ['PRICE_TOO_HIGH', { maxPrice: plur(1n) }],
  ])('does not say that another node buys what %s, a limit of the pool, prevents', (code, limits) => {
    expect(actionsOf(policyOf(3, limits), [otherNode()], [{ stamps: held }])).toMatchObject([
      { do: 'hold', code, reason: expect.not.stringContaining('buys it') },
    ]);
  });

  it('holds with its own reason what no node can buy', () => {
    expect(
      actionsOf(policyOf(1), [otherNode({ blockedBy: 'PURCHASE_ABANDONED' })], [{}, { bzz: 1n }]),
    ).toMatchObject([{ do: 'hold', code: 'WALLET_BZZ', reason: expect.not.stringContaining('buys it') }]);
  });

  it('does not buy again for an order of another node', () => {
    const other = otherNode({ blockedBy: 'BUSY' }, { openOrders: [anOrder({ n: 5, node: OTHER })] });
    expect(actionsOf(policyOf(1), [other])).toMatchObject([{ code: 'NOTHING_TO_DO' }]);
  });

  it('tops up a stamp of its own only if the pool still wants it', () => {
    const due = { stamps: [aStamp({ n: 1, ttlHours: 20 })] };
    const other = otherNode({}, { stamps: [aStamp({ n: 7, node: OTHER })] });
    expect(actionsOf(policyOf(2), [other], [due])).toMatchObject([{ do: 'topUp' }]);
    expect(actionsOf(policyOf(1), [other], [due])).toMatchObject([{ code: 'NOTHING_TO_DO' }]);
  });

  it('neither buys nor tops up nor adopts if the node is drained', () => {
    const policy = policyOf(3, { drainedNodes: new Set([NODE]), adoption: { from: 'any' } });
    const due = { stamps: [aStamp({ n: 1, ttlHours: 20 })] };
    const { actions, blockedBy } = plan(planInput(due), policy, T0);
    expect(actions).toMatchObject([{ do: 'hold', code: 'NODE_DRAINED' }]);
    expect(blockedBy).toBe('NODE_DRAINED');
  });

  it('reports that it can buy, or why not, to the others', () => {
    const blockedBy = (...args: Parameters<typeof planInput>) =>
      plan(planInput(...args), policyOf(1), T0).blockedBy;
    expect(blockedBy({ stamps: [aStamp()] })).toBe(null);
    expect(blockedBy()).toBe('BUSY'); // it buys in this run
    expect(blockedBy({ openOrders: [anOrder()] })).toBe('BUSY');
    expect(blockedBy({}, { lag: 40 })).toBe('NODE_BEHIND');
    expect(blockedBy({}, { bzz: 1n })).toBe(null); // it can, as soon as it has funds
    expect(blockedBy({}, { price: 0n })).toBe('PRICE_UNKNOWN');
  });
});
