import { expect, test } from 'vitest';
import type { NodeReport } from '../../src/domain/node-report.ts';
import { costOf, depth, type NodeName, nodeName, plur } from '../../src/domain/units.ts';
import { readPool } from '../../src/reconciler/read-pool.ts';
import { aNodeReport } from '../a-node-report.ts';
import { ADDRESS, anOrder, aPropagatingStamp, aStamp, hours, NODE, OTHER_ADDRESS, T0 } from '../builders.ts';
import { temporarySqliteStore } from '../store/temporary-store.ts';
import { VirtualClock } from '../virtual/virtual-clock.ts';
import { aPolicy } from '../virtual/world.ts';

const OTHER = nodeName('other');

test('a run knows what is due on each node that tops up: not on another one that is withheld, and on itself only if it is not drained', async () => {
  await using temporary = await twoNodes();
  const { store, readDueNodes } = temporary;
  expect(await readDueNodes()).toEqual([NODE, OTHER]);
  expect(await readDueNodes({ drained: [NODE] })).toEqual([OTHER]);
  await store.write([{ change: 'nodeChanged', node: NODE, other: ADDRESS, otherChainId: null }], T0);
  expect(await readDueNodes(), 'of its own node it decides by what it observes').toEqual([NODE, OTHER]);
  await store.write([{ change: 'nodeChanged', node: OTHER, other: ADDRESS, otherChainId: null }], T0);
  expect(await readDueNodes()).toEqual([NODE]);
});

test('a run knows from the last report of another node that it is drained', async () => {
  await using temporary = await twoNodes();
  const reporting = (drained: boolean) => ({ reports: [aNodeReport({ node: OTHER, drained })] });
  expect(await temporary.readDueNodes(reporting(false))).toEqual([NODE, OTHER]);
  expect(await temporary.readDueNodes(reporting(true))).toEqual([NODE]);
});

test('a run tops up no more than the target less what is on order on all nodes', async () => {
  await using temporary = await twoNodes();
  const { store, read } = temporary;
  const dueCount = async (target: number) =>
    [...(await read({ target })).due.values()].reduce(
      (sum, due) => sum + (due.get(depth(17))?.count ?? 0),
      0,
    );
  expect([await dueCount(3), await dueCount(1)]).toEqual([2, 1]);
  const propagating = [NODE, OTHER].map((node, n) => aPropagatingStamp({ n: 10 + n, node }));
  await store.write(
    propagating.map((stamp) => ({ change: 'stampAdded', stamp })),
    T0,
  );
  expect([await dueCount(4), await dueCount(3), await dueCount(2)]).toEqual([2, 1, 0]);
});

test('a run knows what the orders of all nodes have cost in the last 24 hours', async () => {
  await using temporary = await twoNodes();
  const orders = [
    anOrder({ n: 1, amount: 1n, plannedAt: hours(-25) }),
    anOrder({ n: 2, amount: 10n, plannedAt: hours(-23) }),
    anOrder({ n: 3, amount: 100n, node: OTHER }),
  ];
  await temporary.store.write(
    orders.map((order) => ({ change: 'orderPlanned', order })),
    T0,
  );
  expect((await temporary.read()).spentLastDay).toBe(costOf(plur(110n), depth(17)));
});

interface Wishes {
  readonly drained?: readonly NodeName[];
  readonly reports?: readonly NodeReport[];
  readonly target?: number;
}

/** Each has a stamp that is due. */
async function twoNodes() {
  const opened = await temporarySqliteStore();
  const { store } = opened;
  const clock = new VirtualClock(T0);
  await store.write(
    [
      { change: 'nodePinned', node: NODE, address: ADDRESS, chainId: null },
      { change: 'nodePinned', node: OTHER, address: OTHER_ADDRESS, chainId: null },
      { change: 'stampAdded', stamp: aStamp({ n: 1, ttlHours: 20 }) },
      { change: 'stampAdded', stamp: aStamp({ n: 2, ttlHours: 20, node: OTHER }) },
    ],
    T0,
  );
  const read = async ({ drained = [], reports = [], target = 2 }: Wishes = {}) => {
    const policy = aPolicy({ targets: new Map([[depth(17), target]]), drainedNodes: new Set(drained) });
    return await readPool({ store, node: NODE, nodes: [NODE, OTHER], policy, clock }, reports, T0);
  };
  const readDueNodes = async (wishes: Wishes = {}) => [...(await read(wishes)).due.keys()];
  return { store, read, readDueNodes, [Symbol.asyncDispose]: () => opened.cleanUp() };
}
