import { expect, test } from 'vitest';
import { holdingsOf } from '../../src/store/holdings.ts';
import { ADDRESS, NODE, OTHER_ADDRESS } from '../builders.ts';

test('what nodes hold is listed by node, with the present address before earlier ones', () => {
  const held = { node: NODE, retiredAddress: OTHER_ADDRESS, count: 1 };
  const nodes = [
    { name: 'other', address: OTHER_ADDRESS },
    { name: NODE, address: ADDRESS },
  ];
  const holdings = holdingsOf({ nodes, liveStamps: [held], openOrders: [] });
  expect(holdings.map(({ node, address, retired }) => [node, address, retired])).toEqual([
    [NODE, ADDRESS, false],
    [NODE, OTHER_ADDRESS, true],
    ['other', OTHER_ADDRESS, false],
  ]);
});

test('what a node holds is counted by the address that it was held with', () => {
  const [retired, present] = [OTHER_ADDRESS, null];
  const holdings = holdingsOf({
    nodes: [
      { name: NODE, address: ADDRESS },
      { name: 'unpinned', address: null },
    ],
    liveStamps: [
      { node: NODE, retiredAddress: present, count: 2 },
      { node: NODE, retiredAddress: retired, count: 3 },
    ],
    openOrders: [
      { node: 'gone', retiredAddress: present, count: 5 },
      { node: NODE, retiredAddress: retired, count: 4 },
    ],
  });
  expect(holdings).toEqual([
    { node: NODE, address: ADDRESS, retired: false, liveStamps: 2, openOrders: 0 },
    { node: NODE, address: OTHER_ADDRESS, retired: true, liveStamps: 3, openOrders: 4 },
    { node: 'gone', address: null, retired: false, liveStamps: 0, openOrders: 5 },
    { node: 'unpinned', address: null, retired: false, liveStamps: 0, openOrders: 0 },
  ]);
});
