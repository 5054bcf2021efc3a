import { expect, it } from 'vitest';
import { depth } from '../../src/domain/units.ts';
import { StoreFailedError } from '../../src/store/store.ts';
import { afterCommit } from '../virtual/after-commit.ts';
import { ordersOf } from '../virtual/purchases.ts';
import { World } from '../virtual/world.ts';

const policy = { targets: new Map([[depth(17), 1]]) };

/** The orders, oldest first, and how many batches were paid for. */
async function outcome(world: World) {
  const { simulator } = world;
  const orders = await ordersOf(world);
  return {
    orders: orders.map(
      (order) => `${order.state}, ${'sentAt' in order && order.sentAt ? 'sent' : 'not sent'}`,
    ),
    bought: simulator.chain.ledger.filter(({ payer }) => payer === simulator.wallet).length,
  };
}

it.each([
  ['5 s after its commit began', 'orderSent', 5_000, true],
  ['5 s after its commit began', 'orderSent', 5_001, false],
  ['three minutes after the node was observed', 'orderPlanned', 180_000, true],
  ['three minutes after the node was observed', 'orderPlanned', 180_001, false],
] as const)(
  'sends the request of an order at most %s: %s is answered after %s ms',
  async (_bound, change, tookMs, isSent) => {
    await using world = new World({ policy });
    // the process is paused, or the answer of the database is late
    await world.start({ around: afterCommit(change, () => world.clock.sleep(tookMs)) });
    await world.full();
    expect(await outcome(world)).toEqual({
      orders: isSent ? ['confirmed, sent'] : ['abandoned, not sent', 'confirmed, sent'],
      bought: 1,
    });
    expect(world.incidents.includes('ORDER_NOT_SENT')).toBe(!isSent);
  },
);

it('settles at once an order whose commit has an unknown outcome: its request was not sent', async () => {
  await using world = new World({ policy });
  const around = afterCommit('orderSent', async () => {
    throw new StoreFailedError('the connection was lost');
  });
  await world.start({ around });
  await world.until(
    'it is settled',
    async () => (await outcome(world)).orders[0] === 'abandoned, not sent',
    5,
  );
  await world.full();
  expect(await outcome(world)).toEqual({ orders: ['abandoned, not sent', 'confirmed, sent'], bought: 1 });
});
