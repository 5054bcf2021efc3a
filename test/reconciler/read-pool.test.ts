import { expect, test } from 'vitest';
import { depth, nodeName } from '../../src/domain/units.ts';
import { readPool } from '../../src/reconciler/read-pool.ts';
import { ADDRESS, aStamp, NODE, OTHER_ADDRESS, T0 } from '../builders.ts';
import { temporarySqliteStore } from '../store/temporary-store.ts';
import { VirtualClock } from '../virtual/virtual-clock.ts';
import { aPolicy } from '../virtual/world.ts';

const OTHER = nodeName('other');

test('a run knows what is due on each node that tops up: not on another one that is withheld, and on itself only if it is not drained', async () => {
  await using temporary = await twoNodes();
  const { store, readDueNodes } = temporary;
  expect(await readDueNodes()).toEqual([NODE, OTHER]);
  expect(await readDueNodes({ drained: [NODE] })).toEqual([OTHER]);
  await store.write([{ change: 'nodeChanged', node: OTHER, other: ADDRESS }], T0);
  expect(await readDueNodes()).toEqual([NODE]);
  await store.write([{ change: 'nodeChanged', node: NODE, other: ADDRESS }], T0);
  expect(await readDueNodes(), 'of its own node it decides by what it observes').toEqual([NODE]);
});

/** Each has a stamp that is due. */
async function twoNodes() {
  const opened = await temporarySqliteStore();
  const { store } = opened;
  const clock = new VirtualClock(T0);
  await store.write(
    [
      { change: 'nodePinned', node: NODE, address: ADDRESS },
      { change: 'nodePinned', node: OTHER, address: OTHER_ADDRESS },
      { change: 'stampAdded', stamp: aStamp({ n: 1, ttlHours: 20 }) },
      { change: 'stampAdded', stamp: aStamp({ n: 2, ttlHours: 20, node: OTHER }) },
    ],
    T0,
  );
  const readDueNodes = async ({ drained = [] }: { readonly drained?: readonly (typeof NODE)[] } = {}) => {
    const policy = aPolicy({ targets: new Map([[depth(17), 2]]), drainedNodes: new Set(drained) });
    const { due } = await readPool({ store, node: NODE, nodes: [NODE, OTHER], policy, clock }, [], T0);
    return [...due.keys()];
  };
  return { store, readDueNodes, [Symbol.asyncDispose]: () => opened.cleanUp() };
}
