import { expect, it } from 'vitest';
import { plur } from '../../src/domain/units.ts';
import { unaccounted } from '../../src/reconciler/unaccounted.ts';
import { anOrder, batchId, orderId } from '../builders.ts';
import { abandoned, batchOf, minedLongBefore, sent } from './plan-input.ts';

const over = abandoned(anOrder());
const settled = new Set([orderId(1), orderId(2)]);

it('a batch with the label or the amount of an ended purchase is reported with the purchase', () => {
  const labelled = batchOf(anOrder(), { amount: plur(1n), label: orderId(1) });
  for (const batch of [batchOf(), labelled])
    expect(unaccounted([batch], [over], settled)).toMatchObject([
      {
        code: 'PURCHASE_UNACCOUNTED',
        subject: batchId(9),
        detail: expect.stringContaining(`order ${orderId(1)} is abandoned`),
      },
    ]);
});

it('a batch that is a day older than the purchase, or that may settle an open order, is not reported', () => {
  expect(unaccounted([batchOf(anOrder(), minedLongBefore(anOrder()))], [over], settled)).toEqual([]);
  expect(unaccounted([batchOf()], [sent(anOrder())], settled)).toEqual([]);
  expect(unaccounted([batchOf()], [over, sent(anOrder())], settled)).toEqual([]); // one of them is open
  expect(unaccounted([batchOf()], [], settled)).toEqual([]);
  expect(
    unaccounted([batchOf()], [over, sent(anOrder({ n: 2 }))], settled),
    'of another amount',
  ).toHaveLength(1);
});

it('a batch that only an open order of a retired node could have bought is reported', () => {
  expect(unaccounted([batchOf()], [sent(anOrder())], new Set())).toMatchObject([
    { detail: expect.stringContaining(`order ${orderId(1)} is sent`) },
  ]);
});

it('the report names the batch as it is, and the purchase whose mark it has', () => {
  const [labelled, unlabelled] = [batchOf(), batchOf(anOrder(), { label: null })];
  const others = [abandoned(anOrder({ n: 2 })), over];
  const detail = `Batch ${batchId(9)} of depth 17 and amount 500000001, labelled "recovered"; order ${orderId(1)} is abandoned.`;
  expect(unaccounted([labelled], others, settled)).toEqual([
    { code: 'PURCHASE_UNACCOUNTED', subject: batchId(9), detail },
  ]);
  expect(unaccounted([unlabelled], others, settled)).toMatchObject([
    { detail: detail.replace('recovered', '') },
  ]);
});
