import { expect, test } from 'vitest';
import { depth, type NodeName, nodeName } from '../../src/domain/units.ts';
import { aPropagatingStamp, aStamp, hours, NODE, OTHER_ADDRESS, T0 } from '../builders.ts';
import { dueIn, stockOf } from '../stock-of.ts';
import type { StoreUnderTest } from './store.ts';
import { add } from './store-steps.ts';

const OTHER = nodeName('other');
const CHANGED = nodeName('changed');

export function findingDueStamps(current: () => StoreUnderTest): void {
  test('finds what is due for a top-up, and will be kept, whatever else is in stock', async () => {
    const { store } = current();
    await add(
      store,
      // two of each time to live, and at both bounds of what is due
      ...[1, 2, 3, 4, 5, 6, 7].flatMap((ttlHours, at) => [
        aStamp({ n: 10 + at, ttlHours }),
        aStamp({ n: 20 + at, ttlHours, node: at % 2 === 0 ? NODE : OTHER }),
      ]),
      aStamp({ n: 30, ttlHours: 3, depth: 18 }),
      aStamp({ n: 31, ttlHours: 3, withheld: 'in_use' }),
      aStamp({ n: 32, ttlHours: 3, withheld: 'missing', missingSinceBlock: 5 }),
      aStamp({ n: 33, ttlHours: 9, withheld: 'lost', missingSinceBlock: 5 }),
      aPropagatingStamp({ n: 34 }),
      // still given out, but not shown by the node
      aStamp({ n: 40, ttlHours: 3, missingSinceBlock: 5 }),
      aStamp({ n: 41, ttlHours: 9, missingSinceBlock: 5 }),
      aStamp({ n: 42, ttlHours: 4, node: OTHER, missingSinceBlock: 5 }),
      aStamp({ n: 43, ttlHours: 9, node: OTHER, missingSinceBlock: 5 }),
      aStamp({ n: 50, ttlHours: 3, node: CHANGED }),
      aStamp({ n: 51, ttlHours: 9, node: CHANGED }),
    );
    await store.write(
      [{ change: 'nodeChanged', node: CHANGED, other: OTHER_ADDRESS, otherChainId: null }],
      T0,
    );
    const { stamps } = await stockOf(store);
    const request = {
      depth: depth(17),
      drained: new Set<NodeName>(),
      from: hours(2),
      until: hours(6),
      promised: hours(4),
      limit: 2,
    };
    const others = [
      { ...request, drained: new Set([OTHER]) },
      { ...request, limit: 99 },
      { ...request, until: hours(5), promised: hours(9) },
      { ...request, until: hours(2) },
    ];
    const requests = [
      ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 99].map((keep) => ({ ...request, keep })),
      ...[4, 7].flatMap((keep) => others.map((other) => ({ ...other, keep }))),
    ];
    for (const node of [NODE, OTHER, CHANGED])
      for (const asked of node === NODE ? requests : requests.slice(5, 7)) {
        const found = await store.dueStamps(node, asked);
        expect({ node, asked, found }).toEqual({ node, asked, found: dueIn(stamps, node, asked) });
      }
  });
}
