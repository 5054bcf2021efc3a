import { expect, test } from 'vitest';
import type { NodeReport } from '../../src/domain/node-report.ts';
import { nodeName, plur, wei } from '../../src/domain/units.ts';
import { ADDRESS, hours, NODE, seconds, T0 } from '../builders.ts';
import type { StoreUnderTest } from './store.ts';

const nothing: NodeReport = {
  node: NODE,
  runEndedAt: T0,
  reachable: false,
  fresh: false,
  holds: new Set(['NODE_UNREACHABLE']),
  observed: null,
  spending: null,
  drained: false,
  blockedBy: 'NODE_UNREACHABLE',
  canaryFailed: false,
  settings: '',
};

/** More than SQLite's integers hold. */
const MUCH = 10n ** 30n;

const everything: NodeReport = {
  node: NODE,
  runEndedAt: seconds(61),
  reachable: true,
  fresh: true,
  holds: new Set(['BUDGET', 'BUSY']),
  observed: {
    at: seconds(60),
    address: ADDRESS,
    lagBlocks: -1,
    price: plur(24_000n),
    wallet: { bzz: plur(MUCH), xdai: wei(0n) },
  },
  spending: {
    fullReserve: plur(MUCH),
    nextReplenishment: plur(0n),
    lastDay: plur(1n),
    dailyLimit: plur(2n),
  },
  drained: true,
  blockedBy: null,
  canaryFailed: true,
  settings: 'abc',
};

export function keepingLastKnown(current: () => StoreUnderTest<'lastKnown'>): void {
  test('are those that were saved last, also over a restart', async () => {
    const { lastKnown } = current().store;
    expect(await lastKnown.read(NODE)).toBe(null);
    for (const known of [nothing, everything]) {
      await lastKnown.save(known);
      expect(await lastKnown.read(NODE)).toEqual(known);
    }
    await lastKnown.save({ ...nothing, node: nodeName('other'), holds: new Set() });
    const { lastKnown: reopened } = await current().reopen();
    expect(await reopened.read(NODE)).toEqual(everything);
    expect(await reopened.read(nodeName('other'))).toEqual({
      ...nothing,
      node: 'other',
      holds: new Set(),
    });
    const withoutWallet = {
      ...everything,
      runEndedAt: hours(1),
      observed: everything.observed && { ...everything.observed, price: null, wallet: null },
    };
    await reopened.save(withoutWallet);
    expect(await reopened.read(NODE)).toEqual(withoutWallet);
    expect(await reopened.all()).toEqual([withoutWallet, await reopened.read(nodeName('other'))]);
  });
}
