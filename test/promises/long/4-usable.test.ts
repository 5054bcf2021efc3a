import { describe, expect, it } from 'vitest';
import { aCaller } from '../../builders.ts';
import { stocked } from '../../virtual/stocked.ts';
import { HOURLY } from './hourly.ts';

const HOUR = 3600;
/** How long a stocked stamp lives. */
const WEEK_HOURS = 169;

describe('only usable stamps are given out, at the end of their lives too', () => {
  it('keeps the promised time to live, to the second of the acquisition', async () => {
    const promise = {
      minTtlSeconds: 0,
      topUpSeconds: HOUR,
      acquireMinTtlSeconds: 12 * HOUR,
      targets: new Map(),
    };
    await using world = await stocked({ 17: 1 }, { policy: HOURLY });
    world.set(promise);
    await world.stop();
    await world.start();
    const blocksAnHour = 720;
    await world.passBlocks((WEEK_HOURS - 13) * blocksAnHour);
    const { pool } = world.run.engine;
    expect(await pool.acquire({ minTtlSeconds: 14 * HOUR }, aCaller('asks for more'))).toMatchObject({
      is: 'exhausted',
    });
    await world.passBlocks(blocksAnHour);
    expect(await pool.acquire({}, aCaller('comes too late'))).toMatchObject({ is: 'exhausted' });
    const status = await pool.status();
    expect(status.reserve.totalAvailable).toBe(0);
  });
});
