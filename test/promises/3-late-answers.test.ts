import { expect, it } from 'vitest';
import type { HttpAnswer } from '../../src/bee/transport.ts';
import { ordersOf, paidFor } from '../virtual/purchases.ts';
import { ONE_SHORT_LIVED } from '../virtual/short-lived.ts';
import { World } from '../virtual/world.ts';

const BUSY: HttpAnswer = {
  status: 429,
  contentType: 'application/json',
  body: '{"code":429,"message":"simultaneous on-chain operations not supported"}',
};

it.each([
  ['purchase', 'POST', 'create'],
  ['top-up', 'PATCH', 'topUp'],
] as const)(
  'waits for the list of the node when Bee answers an abandoned %s after all',
  async (_what, method, entry) => {
    const released = Promise.withResolvers<void>();
    let isHeld = false;
    let requests = 0;
    await using world: World = new World({
      policy: ONE_SHORT_LIVED,
      through: (send) => async (request) => {
        if (request.method !== method) return await send(request);
        requests += 1;
        if (isHeld) return BUSY;
        if (requests > 1) return await send(request);
        isHeld = true; // Bee waits for its RPC endpoint before it sends anything
        await released.promise;
        isHeld = false;
        return await send(request);
      },
    });
    await world.start();
    const isAbandoned = (): boolean => world.incidents.some((code) => code.endsWith('_ABANDONED'));
    await world.until('it is abandoned', isAbandoned, 2_000);
    await world.until('it is repeated', () => requests > 1, 100);
    released.resolve();
    const isAnswered = (): boolean =>
      world.logFields.filter(({ event }) => event === 'answered').length > (method === 'POST' ? 0 : 1);
    await world.until('it is answered', isAnswered, 100);
    await world.passBlocks(100);
    expect(paidFor(world, entry)).toHaveLength(1);
    expect((await ordersOf(world)).slice(-2).map(({ state }) => state)).toEqual(['confirmed', 'rejected']);
  },
);
