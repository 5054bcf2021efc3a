import { expect, test } from 'vitest';
import { isHoldCode } from '../../src/domain/action.ts';
import { knownAfter } from '../../src/domain/last-known.ts';
import { plur, wei } from '../../src/domain/units.ts';
import { ADDRESS, seconds, T0 } from '../builders.ts';
import { aRun } from '../rest/a-run.ts';

const wallet = { bzz: plur(5n), xdai: wei(6n) };
const spending = {
  fullReserve: plur(1n),
  nextReplenishment: plur(2n),
  lastDay: plur(3n),
  dailyLimit: plur(4n),
};
const healthy = aRun({ spending, node: { ...aRun().node, wallet } });
const known = knownAfter(null, healthy);
const away = aRun({
  endedAt: seconds(900),
  node: { ...aRun().node, reachable: false, fresh: false, block: null, lagBlocks: null, price: null },
  actions: [{ do: 'hold', code: 'NODE_UNREACHABLE', depth: null, cost: null, reason: 'no answer' }],
});

test('is what a run observed and decided', () => {
  expect(known).toEqual({
    node: 'bee',
    runEndedAt: seconds(2),
    reachable: true,
    fresh: true,
    holds: new Set(),
    observed: { at: T0, address: ADDRESS, lagBlocks: 5, price: 24_000n, wallet },
    spending,
  });
});

test('keeps what was observed while Bee is away, and follows the runs', () => {
  expect(knownAfter(known, away)).toEqual({
    ...known,
    runEndedAt: seconds(900),
    reachable: false,
    fresh: false,
    holds: new Set(['NODE_UNREACHABLE']),
  });
});

test('has nothing that was observed before the first complete observation', () => {
  expect(knownAfter(null, away)).toMatchObject({ observed: null, spending: null });
});

test('keeps the price while the node knows none, and not a wallet that the node no longer shows', () => {
  const { node } = aRun();
  const run = aRun({ node: { ...node, observedAt: seconds(5), price: plur(0n), wallet: null } });
  const now = knownAfter(known, run);
  expect(now.observed).toEqual({ ...known.observed, at: seconds(5), wallet: null });
  expect(knownAfter(null, run).observed).toMatchObject({ price: null });
});

test('a code that no hold has is no hold code', () => {
  expect(['BUSY', 'NODE_AWAY', 'toString', ''].map(isHoldCode)).toEqual([true, false, false, false]);
});
