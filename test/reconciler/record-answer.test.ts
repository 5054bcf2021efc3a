import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/domain/change.ts';
import type { Answer } from '../../src/reconciler/in-flight.ts';
import { recordAnswer } from '../../src/reconciler/record-answer.ts';
import { anOrder, batchId, NODE, orderId } from '../builders.ts';
import { nodeStockOf } from '../stock-of.ts';
import { withMembers } from '../store/with-members.ts';
import { aNode } from './a-node.ts';

/** A process without the lease, and the answer to the order that it has sent; the holder may have settled it since. */
async function standingBy(answer: Answer, settled: readonly Change[] = []) {
  const node = await aNode([
    { change: 'orderPlanned', order: anOrder() },
    { change: 'orderSent', id: orderId(1) },
    ...settled,
  ]);
  const { store, tenure, inFlight } = node.parts;
  await store.leases.release(tenure.lease);
  await node.receive(answer);
  await recordAnswer(node.parts);
  const { openOrders } = await nodeStockOf(store, NODE);
  return { ...node, inFlight, openOrders, due: await store.dueIncidents.ofNode(NODE) };
}

const isUnknown: Change = { change: 'orderUnknown', id: orderId(1), cause: 'taken over' };
const kinds = (writes: readonly (readonly Change[])[]) =>
  writes.map((changes) => changes.map(({ change }) => change));

describe('a process that stands by', () => {
  it('records that Bee has done its order, also if the holder has found it unknown', async () => {
    for (const settled of [[], [isUnknown]]) {
      await using node = await standingBy({ is: 'bought', batchId: batchId(9), txHash: '0x1' }, settled);
      expect(kinds(node.writes)).toEqual([['orderAnswered']]);
      expect(node.openOrders).toMatchObject([
        { claim: { batchId: batchId(9), txHash: '0x1', atBlock: null } },
      ]);
      expect(node.inFlight.busy).toBe(false);
    }
  });

  it('records and reports that its request did not leave', async () => {
    await using node = await standingBy({ is: 'notSent', cause: 'it was not sent: it was late' }, [
      isUnknown,
    ]);
    expect(kinds(node.writes)).toEqual([['orderNotSent', 'incidentDue'], ['incidentReported']]);
    expect([node.openOrders, node.due]).toEqual([[], []]);
    expect(node.parts.incidents.recent()).toMatchObject([{ code: 'ORDER_NOT_SENT', subject: 'bee' }]);
  });

  it.each<Answer>([
    { is: 'refused', code: 'BUSY', message: 'no' },
    { is: 'unknown', cause: 'reset' },
  ])('leaves to the holder what it does not know alone: $is', async (answer) => {
    await using node = await standingBy(answer);
    expect([node.writes, node.parts.incidents.recent(), node.inFlight.busy]).toEqual([[], [], false]);
    expect(node.openOrders).toMatchObject([{ state: 'sent' }]);
  });
});

it('an answer that cannot be recorded is kept', async () => {
  await using node = await aNode([]);
  await node.receive({ is: 'bought', batchId: batchId(9), txHash: '0x1' });
  const nodeStock = () => Promise.reject(new Error('the disk is full'));
  const store = withMembers(node.parts.store, { nodeStock });
  await expect(recordAnswer({ ...node.parts, store })).rejects.toThrow('the disk is full');
  expect(node.parts.inFlight.busy).toBe(true);
});
