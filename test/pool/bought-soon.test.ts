import { describe, expect, it } from 'vitest';
import type { Action, HoldCode } from '../../src/domain/action.ts';
import { depth, nodeName } from '../../src/domain/units.ts';
import { boughtSoon } from '../../src/pool/bought-soon.ts';
import { NODE } from '../builders.ts';
import { aRun } from '../rest/a-run.ts';

const OTHER = nodeName('other');
const SMALL = depth(17);
const MEDIUM = depth(20);
const level = (of: number, counts: { available?: number; onOrder?: number; target?: number } = {}) => ({
  depth: depth(of),
  available: 0,
  onOrder: 0,
  target: 1,
  ...counts,
});
const hold = (code: HoldCode, of: number | null = 17): Action => ({
  do: 'hold',
  code,
  depth: of === null ? null : depth(of),
  cost: null,
  reason: 'r',
});
const runOf = (name: typeof NODE, ...actions: readonly Action[]) => {
  const run = aRun({ actions });
  return { ...run, node: { ...run.node, name } };
};

describe('the depths of which a stamp is bought soon', () => {
  it('are those that lack a stamp, counting what is on order', () => {
    const levels = [
      level(17),
      level(18, { available: 1 }),
      level(19, { onOrder: 1 }),
      level(20, { available: 1, onOrder: 1, target: 3 }),
      level(22, { target: 0 }),
    ];
    expect(boughtSoon({ levels, nodes: [NODE], runs: [] })).toEqual(new Set([SMALL, MEDIUM]));
  });

  it.each<[HoldCode, number | null, boolean]>([
    ['WALLET_BZZ', 17, false],
    ['BUDGET', 17, false],
    ['NODE_UNREACHABLE', null, false],
    ['NODE_DRAINED', null, false],
    ['PURCHASE_NOT_SHOWN', 17, false],
    ['WALLET_BZZ', 20, true],
    ['BUSY', 17, true],
    ['BACKING_OFF', 17, true],
    ['NOTHING_TO_DO', null, true],
    ['TOP_UP_NOT_SHOWN', 17, true],
  ])('with the hold %s of depth %s in the last run: of depth 17 %s', (code, of, isBought) => {
    const runs = [runOf(NODE, hold('NOT_ADOPTED', null), hold(code, of))];
    expect(boughtSoon({ levels: [level(17)], nodes: [NODE], runs }).has(SMALL)).toBe(isBought);
  });

  it('are those that some node does not hold, or has not decided on yet', () => {
    const levels = [level(17), level(20)];
    const nodes = [NODE, OTHER];
    const held = runOf(NODE, hold('NODE_SYNCING', null));
    const heldInPart = runOf(OTHER, hold('WALLET_BZZ', 20));
    const of = (...runs: readonly ReturnType<typeof runOf>[]) => boughtSoon({ levels, nodes, runs });
    expect(of(held)).toEqual(new Set([SMALL, MEDIUM]));
    expect(of(held, heldInPart)).toEqual(new Set([SMALL]));
  });
});
