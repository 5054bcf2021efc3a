import { describe, expect, it } from 'vitest';
import { newOrderRecord } from '../../src/domain/order.ts';
import { newStampRecord } from '../../src/domain/stamp.ts';
import { depth } from '../../src/domain/units.ts';
import { acquisitionFromRow } from '../../src/store/rows/acquisition-row.ts';
import { dueIncidentFromRow } from '../../src/store/rows/due-incident-row.ts';
import { firstPropagatingIn } from '../../src/store/rows/first-propagating.ts';
import { lastKnownFromRow, rowFromLastKnown } from '../../src/store/rows/last-known-row.ts';
import { nodeFromRow } from '../../src/store/rows/node-row.ts';
import {
  abandonedOrderFromRow,
  openOrderFromRow,
  orderFromRow,
  orderRecordFromRow,
  rowFromOrder,
} from '../../src/store/rows/order-row.ts';
import {
  availableStampFromRow,
  liveStampFromRow,
  rowFromStamp,
  stampFromRow,
  stampRecordFromRow,
} from '../../src/store/rows/stamp-row.ts';
import { rowFromToken, tokenFromRow } from '../../src/store/rows/token-row.ts';
import { aNodeReport } from '../a-node-report.ts';
import { anOrder, aPropagatingStamp, aStamp, aToken, aTopUp, batchId, NODE, orderId } from '../builders.ts';

const order = rowFromOrder(newOrderRecord(anOrder()));
const topUp = rowFromOrder(newOrderRecord(aTopUp()));
const stamp = rowFromStamp(newStampRecord(aStamp()));
const known = rowFromLastKnown(aNodeReport());
const node = {
  name: NODE,
  address: null,
  pinnedAt: null,
  chainId: null,
  otherAddress: null,
  otherChainId: null,
  changedAt: 0,
  observedAt: null,
};
const acquisition = {
  id: orderId(1),
  batchId: batchId(1),
  acquiredAt: 0,
  caller: 'web',
  clientRef: null,
  idempotencyKey: null,
  fingerprint: '',
  askedDepth: 17,
  givenDepth: 0,
  cost: '1',
  ttlSeconds: 1,
};

describe('a row that this service did not write', () => {
  it.each<[string, () => unknown]>([
    ['order', () => orderFromRow({ ...order, cost: 'x' })],
    ['order', () => orderRecordFromRow({ ...order, depth: 0 })],
    ['order', () => orderFromRow({ ...order, immutable: null })],
    ['order', () => orderFromRow({ ...topUp, batchId: null })],
    ['order', () => orderFromRow({ ...topUp, beforeAmount: null })],
    ['order', () => orderFromRow({ ...topUp, beforeExpiresAt: null })],
    ['stamp', () => stampFromRow({ ...stamp, batchId: 'x' })],
    ['stamp', () => stampRecordFromRow({ ...stamp, amount: '-1' })],
    ['acquisition', () => acquisitionFromRow(acquisition)],
    ['node', () => nodeFromRow(node)],
    ['last known values of a node', () => lastKnownFromRow({ ...known, address: null })],
    ['last known values of a node', () => lastKnownFromRow({ ...known, walletXdai: null })],
  ])('is reported with its values, instead of being read as something else: %s', (noun, read) => {
    const message = expect.stringMatching(new RegExp(`^invalid ${noun} on disk: {"`));
    expect(read).toThrow(expect.objectContaining({ message, cause: expect.any(Error) }));
  });

  it('is reported without the hash of a token', () => {
    const row = { ...rowFromToken(aToken()), dailyCost: 'x' };
    const withoutHash = expect.objectContaining({ message: expect.not.stringContaining(row.hash) });
    expect(() => tokenFromRow(row)).toThrow(withoutHash);
    expect(() => tokenFromRow(row)).toThrow(/^invalid token on disk: {"id":/);
  });
});

it('a row in another state than the one that was asked for is refused', () => {
  const ended = {
    ...order,
    state: 'abandoned',
    sentAt: 1,
    endedAt: 1,
    endedAtBlock: 1,
    cause: 'away',
  } as const;
  expect(() => openOrderFromRow(ended)).toThrow(`expected an open order, but ${order.id} is abandoned`);
  expect(() => abandonedOrderFromRow(order)).toThrow(
    `expected an abandoned order, but ${order.id} is planned`,
  );
  const acquired = { ...stamp, state: 'acquired' } as const;
  expect(() => liveStampFromRow(acquired)).toThrow(`expected a live stamp, but ${stamp.batchId} is acquired`);
  const propagating = rowFromStamp(newStampRecord(aPropagatingStamp()));
  expect(() => availableStampFromRow(propagating)).toThrow(
    `expected an available stamp, but ${stamp.batchId} is propagating`,
  );
  expect([liveStampFromRow(propagating), liveStampFromRow(stamp)]).toEqual([aPropagatingStamp(), aStamp()]);
  expect([openOrderFromRow(order), abandonedOrderFromRow(ended).state]).toEqual([anOrder(), 'abandoned']);
});

describe('what another version has written', () => {
  it('counts as another operation in progress, if it is the code of what blocks a node', () => {
    const blockedBy = (code: string | null) => lastKnownFromRow({ ...known, blockedBy: code }).blockedBy;
    expect([null, 'BUDGET', 'NEWS'].map(blockedBy)).toEqual([null, 'BUDGET', 'BUSY']);
    expect(lastKnownFromRow({ ...known, holds: 'BUDGET NEWS BUSY' }).holds).toEqual(
      new Set(['BUDGET', 'BUSY']),
    );
  });

  it('is not reported, if it is an incident that this one does not know', () => {
    const due = (code: string) => dueIncidentFromRow({ code, subject: 'a', detail: '' });
    expect([due('NEWS'), due('toString'), due('PURCHASE_LATE')]).toEqual([
      [],
      [],
      [{ code: 'PURCHASE_LATE', subject: 'a', detail: '' }],
    ]);
  });
});

it('the first stamp that is propagating is, by depth, the oldest of the nodes that are not withheld', () => {
  const row = (on: string, of: number, createdAt: number) => ({ node: on, depth: of, createdAt });
  const rows = [row('a', 17, 5), row('b', 17, 3), row('c', 17, 9), row('c', 20, 2), row('d', 17, 1)];
  const withheld = new Map([['d', 'node_changed' as const]]);
  expect(firstPropagatingIn(rows, withheld)).toEqual(
    new Map([
      [17, new Date(3)],
      [20, new Date(2)],
    ]),
  );
  expect(firstPropagatingIn(rows.toReversed(), new Map()).get(depth(17))).toEqual(new Date(1));
});

it('an order is the same after it was a row', () => {
  const records = [anOrder(), anOrder({ purpose: 'canary' }), aTopUp()].map((one) => newOrderRecord(one));
  expect(records.map((record) => orderRecordFromRow(rowFromOrder(record)))).toEqual(records);
});
