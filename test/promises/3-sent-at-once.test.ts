import { expect, it } from 'vitest';
import type { Change } from '../../src/domain/change.ts';
import { depth } from '../../src/domain/units.ts';
import { type Store, StoreFailedError } from '../../src/store/store.ts';
import { World } from '../virtual/world.ts';

const policy = { targets: new Map([[depth(17), 1]]) };

/** A store around whose first write of a change something happens. */
const aroundWriting =
  (
    kind: Change['change'],
    happening: (write: () => ReturnType<Store['write']>) => ReturnType<Store['write']>,
  ) =>
  (store: Store): Store => {
    let isOver = false;
    return new Proxy(store, {
      get: (target, key) => {
        const member: unknown = Reflect.get(target, key);
        if (key !== 'write') return typeof member === 'function' ? member.bind(target) : member;
        return (...given: Parameters<Store['write']>): ReturnType<Store['write']> => {
          const write = (): ReturnType<Store['write']> => target.write(...given);
          if (isOver || given[0][0]?.change !== kind) return write();
          isOver = true;
          return happening(write);
        };
      },
    });
  };

/** The orders, oldest first, and how many batches were paid for. */
async function outcome({ run, simulator }: World) {
  const { items } = await run.engine.operations.orders({ first: 10, after: null, states: null });
  const orders = items.map(
    ({ item }) => `${item.state}, ${'sentAt' in item && item.sentAt ? 'sent' : 'not sent'}`,
  );
  return {
    orders: orders.toReversed(),
    bought: simulator.chain.ledger.filter(({ payer }) => payer === simulator.wallet).length,
  };
}

it.each([5_000, 5_001])(
  'sends the request of an order at most 5 s after its commit began: %s ms',
  async (tookMs) => {
    await using world = new World({ policy });
    const around = aroundWriting('orderSent', async (write) => {
      const committed = await write();
      await world.clock.sleep(tookMs); // the process is paused, or the answer of the database is late
      return committed;
    });
    await world.start({ around });
    await world.full();
    const isLate = tookMs > 5_000;
    expect(await outcome(world)).toEqual({
      orders: isLate ? ['abandoned, not sent', 'confirmed, sent'] : ['confirmed, sent'],
      bought: 1,
    });
    expect(world.incidents.includes('ORDER_NOT_SENT')).toBe(isLate);
  },
);

it('settles at once an order whose commit has an unknown outcome: its request was not sent', async () => {
  await using world = new World({ policy });
  const around = aroundWriting('orderSent', async (write) => {
    await write();
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

it.each([180_000, 180_001])(
  'sends the request of an order at most three minutes after the node was observed: %s ms',
  async (tookMs) => {
    await using world = new World({ policy });
    const around = aroundWriting('orderPlanned', async (write) => {
      const committed = await write();
      await world.clock.sleep(tookMs);
      return committed;
    });
    await world.start({ around });
    await world.full();
    const isSent = tookMs <= 180_000;
    expect(await outcome(world)).toEqual({
      orders: isSent ? ['confirmed, sent'] : ['abandoned, not sent', 'confirmed, sent'],
      bought: 1,
    });
    expect(world.incidents.includes('ORDER_NOT_SENT')).toBe(!isSent);
  },
);
