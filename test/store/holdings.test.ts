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
