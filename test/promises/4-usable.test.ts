import { describe, expect, it } from 'vitest';
import { parseBatchId } from '../../src/domain/units.ts';
import { OutcomeUnknownError } from '../../src/store/store.ts';
import { aCaller } from '../builders.ts';
import { stockOf } from '../stock-of.ts';
import { afterCommit } from '../virtual/after-commit.ts';
import { stocked } from '../virtual/stocked.ts';
import { STORE_ON_POSTGRES } from '../virtual/world.ts';

const HOUR = 3600;
/** How long a stocked stamp lives. */
const WEEK_HOURS = 169;

describe('only usable stamps are given out', () => {
  it('gives out only stamps that the node shows as usable', async () => {
    await using world = await stocked({ 17: 1 });
    const result = await world.run.engine.pool.acquire({}, aCaller('client'));
    if (result.is !== 'acquired') throw new Error(result.is);
    const listed = await world.simulator.handle({ method: 'GET', path: `/stamps/${result.stamp.batchId}` });
    expect(JSON.parse(listed.body)).toMatchObject({ usable: true, depth: 17 });
  });

  it('gives a larger stamp if the exact depth is exhausted, the first to expire first, and marks it', async () => {
    await using world = await stocked({ 20: 1, 22: 1 });
    const { pool } = world.run.engine;
    expect(await pool.acquire({ size: 'small', allowLarger: false }, aCaller('client'))).toMatchObject({
      is: 'exhausted',
    });
    expect(await pool.acquire({ size: 'small' }, aCaller('client'))).toMatchObject({
      is: 'acquired',
      acquisition: { askedDepth: 17, givenDepth: 20 },
      stamp: { depth: 20 },
    });
    expect(await pool.acquire({ depth: 22 }, aCaller('client'))).toMatchObject({
      is: 'acquired',
      acquisition: { askedDepth: 22, givenDepth: 22 },
      stamp: { depth: 22 },
    });
  });

  it('does not give out a stamp that was used, even after the node forgets the use, and buys another', async () => {
    await using world = await stocked({ 17: 1 });
    const [stamp] = (await stockOf(world.run.store)).stamps;
    if (!stamp) throw new Error('no stock');
    world.simulator.node.setUtilization(stamp.batchId, 1);
    await world.maintain();
    expect(world.incidents).toEqual(['STAMP_IN_USE']);
    world.simulator.node.setUtilization(stamp.batchId, 0);
    await world.full();
    const result = await world.run.engine.pool.acquire({}, aCaller('client'));
    if (result.is !== 'acquired') throw new Error(result.is);
    expect(result.stamp.batchId).not.toBe(stamp.batchId);
    expect(await world.run.engine.pool.acquire({}, aCaller('another'))).toMatchObject({ is: 'exhausted' });
  });

  it('follows a foreign top-up and a dilution of its batch', async () => {
    await using world = await stocked({ 17: 2 });
    const before = (await stockOf(world.run.store)).stamps;
    const [longer, deeper] = before.map(({ batchId }) => parseBatchId(batchId));
    if (!longer || !deeper) throw new Error('no stock');
    world.simulator.chain.topUpBatch(longer, 24_000n * 720n * 100n);
    world.simulator.chain.diluteBatch(deeper, 18);
    await world.passBlocks(200);
    const ttlHours = async (batchId: string): Promise<number> => {
      const stamp = await world.run.store.stamp(parseBatchId(batchId));
      if (stamp?.state !== 'available') throw new Error(stamp?.state);
      return Math.round((stamp.expiresAt.getTime() - world.clock.now().getTime()) / 3_600_000);
    };
    expect([await ttlHours(longer), await ttlHours(deeper)]).toEqual([269, 84]);
    expect((await world.run.store.stamp(deeper))?.depth).toBe(18);
  });

  it.each([30 * 24, -30 * 24])(
    'computes the time to live from the last observation and the time since, if the clock is set by %i hours and the node is silent',
    async (hours) => {
      await using world = await stocked({ 17: 3 }, { policy: { nodeAwaySeconds: 3 * HOUR } });
      world.simulator.faults.set('down', {});
      world.clock.jump(hours * HOUR * 1000);
      const { pool } = world.run.engine;
      const result = await pool.acquire({ minTtlSeconds: 168 * HOUR }, aCaller('in the same instant'));
      if (result.is !== 'acquired') throw new Error(result.is);
      expect(result.acquisition.acquiredAt).toEqual(world.clock.now());
      expect(await pool.acquire({ minTtlSeconds: 170 * HOUR }, aCaller('wants more'))).toMatchObject({
        is: 'exhausted',
      });
      await world.passBlocks(2 * 720);
      const late = await pool.acquire({ minTtlSeconds: 166 * HOUR }, aCaller('two hours later'));
      expect(late).toMatchObject({ is: 'acquired' });
      expect(await pool.acquire({ minTtlSeconds: 167 * HOUR }, aCaller('wants more'))).toMatchObject({
        is: 'exhausted',
      });
      const { reserve } = await pool.status();
      expect(reserve.totalAvailable).toBe(1);
      const page = await pool.availableStamps({ first: 10, after: null, depth: null });
      const leftHours = page.items.map(
        ({ item }) => (item.expiresAt.getTime() - world.serverTime().getTime()) / 3_600_000,
      );
      expect(leftHours.map(Math.round)).toEqual([WEEK_HOURS - 2]);
      const earlier = await pool.stamp(result.stamp.batchId, aCaller('operator'));
      if (earlier?.state !== 'acquired') throw new Error(earlier?.state);
      const left = ((earlier.expiresAt?.getTime() ?? 0) - world.serverTime().getTime()) / 3_600_000;
      expect(Math.round(left)).toBe(WEEK_HOURS - 2);
    },
  );

  // a server has a clock of its own, and no expiry is moved
  it.runIf(!STORE_ON_POSTGRES).each([5, -5])(
    'moves the expiries once when the clock is set by %i hours and the database file is moved away in that commit, and put back',
    async (hours) => {
      await using world = await stocked({ 17: 1 }, { policy: { nodeAwaySeconds: 24 * HOUR } });
      const expiresAfterHours = async (): Promise<number> => {
        const { items } = await world.run.engine.pool.availableStamps({ first: 1, after: null, depth: null });
        const expiresMs = items[0]?.item.expiresAt.getTime() ?? 0;
        return Math.round((expiresMs - world.run.engine.pool.now().getTime()) / 3_600_000);
      };
      await world.stop();
      const around = afterCommit('clockSet', async () => {
        throw new OutcomeUnknownError('the file was moved away');
      });
      await world.start({ around });
      await world.full();
      world.simulator.faults.set('down', {});
      world.clock.jump(hours * HOUR * 1000);
      await world.passBlocks(12);
      expect(world.incidents).toContain('STORE_FAILED');
      expect(await expiresAfterHours()).toBe(WEEK_HOURS);
    },
  );

  // a server has a clock of its own
  it.runIf(!STORE_ON_POSTGRES)('uses the wall clock from a restart to the first observation', async () => {
    await using world = await stocked({ 17: 1 });
    await world.stop();
    world.clock.jump(30 * 24 * HOUR * 1000);
    world.simulator.faults.set('down', {});
    await world.start();
    const { pool } = world.run.engine;
    expect(await pool.acquire({}, aCaller('before the node is read'))).toMatchObject({ is: 'exhausted' });
    world.simulator.faults.clearAll();
    world.simulator.node.start();
    await world.until(
      'it is available again',
      async () => (await pool.status()).reserve.totalAvailable === 1,
    );
    expect(await pool.acquire({}, aCaller('after it'))).toMatchObject({ is: 'acquired' });
  });
});
