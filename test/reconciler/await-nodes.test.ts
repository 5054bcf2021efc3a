import { expect, it } from 'vitest';
import type { NodeRecord } from '../../src/domain/node.ts';
import { nodeName } from '../../src/domain/units.ts';
import { awaitNodes } from '../../src/reconciler/await-nodes.ts';
import { ADDRESS, NODE, seconds, T0 } from '../builders.ts';

const BOUND = 3_600;
const observed = (name: string, ago: number | null): NodeRecord => ({
  name: nodeName(name),
  address: ADDRESS,
  pinnedAt: T0,
  chainId: null,
  changed: null,
  observedAt: ago === null ? null : seconds(-ago),
});

/** For how many seconds each other node counts as not observed after the observation, by how many seconds ago it was. */
const awaited = (own: number | null, ...others: readonly (number | null)[]) =>
  awaitNodes({
    at: T0,
    own: observed(NODE, own),
    others: others.map((ago, index) => observed(`other${index}`, ago)),
    nodeAwaySeconds: BOUND,
  }).map((change) =>
    change.change === 'nodeAwaited' ? [change.node, (T0.getTime() - change.since.getTime()) / 1000] : change,
  );

it('does not count the time in which no node was observed, and leaves the others away', () => {
  expect(awaited(36_000, 36_030)).toEqual([['other0', BOUND + 1]]);
  expect(awaited(36_030, 36_000)).toEqual([['other0', BOUND + 1]]);
  expect(awaited(36_000, 36_000 + BOUND + 1)).toEqual([['other0', BOUND + 1]]);
  expect(awaited(36_000, 36_000 + BOUND + 2, 36_000 + 9 * BOUND)).toEqual([
    ['other0', BOUND + 2],
    ['other1', 9 * BOUND],
  ]);
});

it('counts it if one of the nodes was observed within the bound', () => {
  expect(awaited(BOUND, 36_000)).toEqual([]);
  expect(awaited(BOUND + 1, 36_000)).toEqual([['other0', 36_000 - BOUND - 1]]);
  expect(awaited(36_000, 36_000, BOUND)).toEqual([]);
});

it('waits for no node of which it is not known when it was observed', () => {
  expect(awaited(null, null)).toEqual([]);
  expect(awaited(36_000, null)).toEqual([]);
  expect(awaited(null, 36_000)).toEqual([['other0', BOUND + 1]]);
  expect(awaitNodes({ at: T0, own: undefined, others: [], nodeAwaySeconds: BOUND })).toEqual([]);
});

it('brings no observation nearer than it was', () => {
  expect(awaited(BOUND + 1, BOUND + 1)).toEqual([]);
});
