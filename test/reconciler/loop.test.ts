import { describe, expect, it } from 'vitest';
import { IllegalTransitionError } from '../../src/domain/apply-change.ts';
import type { Change } from '../../src/domain/change.ts';
import { depth } from '../../src/domain/units.ts';
import { AllocationChangedError } from '../../src/store/allocation-store.ts';
import { type Store, StoreFailedError } from '../../src/store/store.ts';
import { withMembers } from '../store/with-members.ts';
import { afterCommit } from '../virtual/after-commit.ts';
import { type Run, World } from '../virtual/world.ts';

const onlySmall = { targets: new Map([[depth(17), 1]]) };

/** Calls `happening` before each write of such a change; the write fails with what it throws. */
const beforeWrite =
  <Kind extends Change['change']>(
    kind: Kind,
    happening: (change: Extract<Change, { change: Kind }>, store: Store) => Promise<void>,
  ) =>
  (store: Store): Store =>
    withMembers(store, {
      write: async (...given) => {
        const is = (change: Change): change is Extract<Change, { change: Kind }> => change.change === kind;
        for (const change of given[0].filter(is)) await happening(change, store);
        return await store.write(...given);
      },
    });

const isFull = ({ engine }: Run): boolean =>
  engine.levels.current.depths.every(({ available, target }) => available >= target);

/** Process `b` has taken over from `a`, which was paused while Bee had its purchase, and now stands by. */
async function takenOverInPurchase(around: (store: Store) => Store) {
  let sent = 0;
  const world = new World({
    policy: onlySmall,
    through: (send) => (request) => {
      if (request.method === 'POST') sent += 1;
      return send(request);
    },
  });
  const a: Run = await world.start({ replica: 'a', around });
  const b = await world.start({ replica: 'b' });
  await world.until('the purchase is under way', () => sent > 0);
  await world.step();
  a.life.pause();
  await world.until('another replica has taken over', () => world.incidents.includes('PURCHASE_UNKNOWN'));
  a.life.resume();
  return {
    world,
    [Symbol.asyncDispose]: async () => {
      for (const { engine } of [a, b]) await engine[Symbol.asyncDispose]();
      await world[Symbol.asyncDispose]();
    },
  };
}

describe('a process that stands by', () => {
  it('reports that the database has failed, and records the answer to its request later', async () => {
    let refused = 0;
    await using taken = await takenOverInPurchase(
      beforeWrite('orderAnswered', async () => {
        if (refused++ === 0) throw new StoreFailedError('disk is full');
      }),
    );
    const { world } = taken;
    await world.until('the answer is recorded', () =>
      world.log.some((line) => line.startsWith('Bee answered order')),
    );
    expect([refused, world.incidents.filter((code) => code === 'STORE_FAILED')]).toEqual([
      2,
      ['STORE_FAILED'],
    ]);
  });
});

it('makes a run again at once, and reports nothing, if another node has bought meanwhile', async () => {
  let refused = 0;
  await using world = new World({ policy: onlySmall });
  await world.start({
    around: beforeWrite('orderPlanned', async () => {
      if (refused++ === 0) throw new AllocationChangedError(1, 2);
    }),
  });
  await world.until('the purchase is planned again', () => refused === 2, 1);
  expect(world.incidents).not.toContain('RUN_FAILED');
});

describe('a run that another process has overtaken', () => {
  it('is no failure if it only stands by', async () => {
    let overtaken = 0;
    await using taken = await takenOverInPurchase(
      beforeWrite('orderAnswered', async ({ id, batchId, txHash }, store) => {
        if (overtaken++ > 0) return;
        const confirmed = { change: 'orderConfirmed', id, batchId, txHash, atBlock: 1 } as const;
        await store.write([confirmed], new Date(0)); // as the holder does when the node lists the batch
      }),
    );
    const { world } = taken;
    await world.until('the answer is read', () => overtaken > 0);
    await world.passBlocks(5);
    expect(overtaken).toBe(1);
    for (const failure of ['STORE_FAILED', 'RUN_FAILED']) expect(world.incidents).not.toContain(failure);
  });

  /** Process `b` has taken over from `a`, which has died with an order that it had written as sent. */
  async function takenOver(happening: (id: string, store: Store) => Promise<void>) {
    const world = new World({ policy: onlySmall });
    await world.start({ replica: 'a', around: afterCommit('orderSent', async () => world.run.life.die()) });
    const b = await world.start({
      replica: 'b',
      around: beforeWrite('orderUnknown', async ({ id }, store) => await happening(id, store)),
    });
    await world.until('the next holder has a stamp', () => isFull(b), 300);
    await b.engine[Symbol.asyncDispose]();
    return world;
  }

  it('is made again at once, and reports nothing', async () => {
    let overtaken = 0;
    await using world = await takenOver(async (_id, store) => {
      overtaken += 1;
      const [order] = await store.openOrders();
      if (order === undefined) throw new Error('no order is open');
      const change = { change: 'orderNotSent', id: order.id, cause: 'the lease was lost' } as const;
      await store.write([change], order.plannedAt);
    });
    expect(overtaken).toBe(1);
    expect(world.incidents).not.toContain('RUN_FAILED');
    expect(world.simulator.chain.ledger.filter(({ kind }) => kind === 'create')).toHaveLength(1);
  });

  it('is made again each time if runs succeed in between', async () => {
    let planned = 0;
    await using world = new World({ policy: { targets: new Map([[depth(17), 2]]) } });
    await world.start({
      replica: 'a',
      around: beforeWrite('orderPlanned', async ({ order }) => {
        planned += 1;
        if (planned % 2 === 1) throw new IllegalTransitionError(`order ${order.id} has ended`);
      }),
    });
    await world.full();
    expect(planned).toBe(4);
    expect(world.incidents).not.toContain('RUN_FAILED');
  });

  it('is a bug if it is overtaken twice in a row', async () => {
    let left = 2;
    await using world = await takenOver(async (id) => {
      if (left-- > 0) throw new IllegalTransitionError(`order ${id} has ended`);
    });
    expect(world.incidents.filter((code) => code === 'RUN_FAILED')).toEqual(['RUN_FAILED']);
  });
});

it('reports at once, if it is alone on its database, that a change is not allowed', async () => {
  await using world = new World({ policy: onlySmall });
  let left = 1;
  await world.start({
    around: beforeWrite('orderPlanned', async () => {
      if (left-- > 0) throw new IllegalTransitionError('the order is planned a second time');
    }),
  });
  await world.full();
  expect(world.incidents.filter((code) => code === 'RUN_FAILED')).toEqual(['RUN_FAILED']);
});
