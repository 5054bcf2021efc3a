import { describe, expect, it } from 'vitest';
import { HOUR_MS } from '../../src/domain/durations.ts';
import { bzzToPlur, depth, type NodeName, nodeName } from '../../src/domain/units.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import type { Store } from '../../src/store/store.ts';
import { aCaller } from '../builders.ts';
import { stockOf } from '../stock-of.ts';
import { withMembers } from '../store/with-members.ts';
import { VmClock } from '../virtual/vm-clock.ts';
import { type Run, World } from '../virtual/world.ts';

const OTHER = nodeName('other');
const PROMISED_HOURS = 12;
const BLOCK_MS = 5000;

/** As on a server: expiries are compared with its time. `mayHold`: of which nodes this process may make the runs. */
const onServer = (world: World, mayHold: (node: NodeName) => boolean) => ({
  around: (store: Store): Store =>
    withMembers(store, {
      leases: withMembers(store.leases, {
        shared: true,
        serverTime: async () => world.clock.now(),
        hold: async (request) => (mayHold(request.node) ? await store.leases.hold(request) : null),
      }),
    }),
});

const isFull =
  ({ engine }: Run) =>
  (): boolean =>
    engine.levels.current.depths.every(({ available, target }) => available >= target);

async function end(...runs: readonly Run[]): Promise<void> {
  for (const { engine } of runs) await engine[Symbol.asyncDispose]();
}

describe('a replica whose virtual machine was paused', () => {
  it('gives out no stamp with less than the promised time to live', async () => {
    await using world = new World({
      policy: {
        targets: new Map([[depth(17), 1]]),
        defaultDurationSeconds: 26 * 3600,
        acquireMinTtlSeconds: PROMISED_HOURS * 3600,
        maxSpendPerDay: bzzToPlur('0.007') ?? null, // one stamp, and no top-up
      },
    });
    const vm = new VmClock(world.clock);
    const holder = await world.start({ replica: 'holder', ...onServer(world, () => true) });
    const paused = await world.start({ replica: 'paused', clock: vm, ...onServer(world, () => false) });
    await world.until('the reserve is full', isFull(holder));
    paused.life.pause();
    const pausedMs = 18 * HOUR_MS;
    await world.passBlocks(pausedMs / BLOCK_MS);
    vm.pausedFor(pausedMs);
    paused.life.resume();
    await world.passBlocks(2);
    const { stamps } = await stockOf(holder.store);
    const hours = stamps.map((stamp) =>
      stamp.state === 'available' ? (stamp.expiresAt.getTime() - world.clock.now().getTime()) / HOUR_MS : 0,
    );
    expect(hours).toEqual([expect.closeTo(9.5, 1)]);
    expect(9.5).toBeLessThan(PROMISED_HOURS);
    for (const { engine } of [holder, paused])
      expect(await engine.pool.acquire({}, aCaller('client'))).toMatchObject({ is: 'exhausted' });
    await end(holder, paused);
  });

  it('does not make another replica buy again what its node has', async () => {
    await using world = new World({ policy: { targets: new Map([[depth(17), 4]]), nodeAwaySeconds: 1200 } });
    const other = world.addNode(OTHER, 7);
    const vm = new VmClock(world.clock);
    const ofOther = await world.start({ replica: 'a', ...onServer(world, (node) => node === OTHER) });
    const paused = await world.start({
      replica: 'b',
      clock: vm,
      ...onServer(world, (node) => node !== OTHER),
    });
    await world.until('the reserve is full', isFull(ofOther));
    await world.passBlocks(20);
    const bought = ({ chain, wallet }: Simulator): number =>
      chain.ledger.filter(({ payer, kind }) => payer === wallet && kind === 'create').length;
    const before = [bought(world.simulator), bought(other)];
    for (let pause = 0; pause < 300; pause += 1) {
      // together longer than stock counts unseen
      paused.life.pause(); // for a snapshot of the machine, and shorter than a lease lasts
      await world.passBlocks(2);
      vm.pausedFor(2 * BLOCK_MS);
      paused.life.resume();
      await world.passBlocks(4);
    }
    await world.passBlocks(100);
    expect([bought(world.simulator), bought(other)]).toEqual(before);
    await end(ofOther, paused);
  });
});
