import { describe, expect, it } from 'vitest';
import { depth } from '../../src/domain/units.ts';
import { aCaller } from '../builders.ts';
import { stockOf } from '../stock-of.ts';
import { stocked } from '../virtual/stocked.ts';
import { World } from '../virtual/world.ts';
import { served } from './served.ts';

const STATUS = `{
  poolStatus {
    enabled at totalAvailable lowReserve lastRunAt nextRunAt fundsRunwayDays
    depths { depth sizeName target available onOrder surplus low withheld { reason count } tooShortLived }
    errors { code severity subject message suggestion firstAt lastAt count }
    lastRun { dryRun actions { __typename reason } }
    nodes { name publicUrl observedAt reachable fresh staleReason version block lagBlocks price wallet { bzz xdai } openOrders { id } }
    fullReserveCost fullReserveCostBzz nextReplenishmentCost nextReplenishmentCostBzz
    spentLastDay spentLastDayBzz dailyLimit dailyLimitBzz
  }
}`;

const MOMENT = expect.stringMatching(/^2026-06-01T\d\d:\d\d:\d\d\.\d{3}Z$/);
const BZZ = expect.stringMatching(/^\d+(\.\d+)? BZZ$/);
const PLUR = expect.stringMatching(/^\d+$/);

describe('poolStatus', () => {
  it('shows the reserve, the node, the costs and the last decisions', async () => {
    await using world = new World({ policy: { targets: new Map([[depth(17), 2]]) } });
    await world.start();
    await world.full();
    await using graphql = await served(world.run.engine);
    expect(await graphql.data(STATUS)).toEqual({
      poolStatus: {
        enabled: true,
        at: MOMENT,
        totalAvailable: 2,
        lowReserve: false,
        lastRunAt: MOMENT,
        nextRunAt: MOMENT,
        fundsRunwayDays: expect.any(Number),
        depths: [
          {
            depth: 17,
            sizeName: 'small',
            target: 2,
            available: 2,
            onOrder: 0,
            surplus: 0,
            low: false,
            withheld: [],
            tooShortLived: 0,
          },
        ],
        errors: [],
        lastRun: {
          dryRun: false,
          actions: [{ __typename: 'HoldAction', reason: expect.stringMatching(/\w/) }],
        },
        nodes: [
          {
            name: 'bee',
            publicUrl: 'http://bee.example',
            observedAt: MOMENT,
            reachable: true,
            fresh: true,
            staleReason: null,
            version: '2.8.1-7cf53193',
            block: expect.any(Number),
            lagBlocks: expect.any(Number),
            price: '24000',
            wallet: { bzz: BZZ, xdai: expect.stringMatching(/ xDAI$/) },
            openOrders: [],
          },
        ],
        fullReserveCost: PLUR,
        fullReserveCostBzz: BZZ,
        nextReplenishmentCost: '0',
        nextReplenishmentCostBzz: '0 BZZ',
        spentLastDay: PLUR,
        spentLastDayBzz: BZZ,
        dailyLimit: PLUR,
        dailyLimitBzz: BZZ,
      },
    });
  });

  it('lists incidents with code, message, times, count and what to do', async () => {
    await using world = new World({
      simulator: { bzzPlur: 0n },
      policy: { targets: new Map([[depth(17), 1]]) },
    });
    await world.start();
    await world.until('the incident WALLET_BZZ is reported', () => world.incidents.includes('WALLET_BZZ'));
    await using graphql = await served(world.run.engine);
    expect(await graphql.data(STATUS)).toMatchObject({
      poolStatus: {
        totalAvailable: 0,
        lowReserve: true,
        errors: [
          {
            code: 'WALLET_BZZ',
            severity: 'ERROR',
            subject: expect.stringMatching(/\w/),
            message: expect.stringMatching(/^The node’s wallet has too little BZZ\. ./),
            suggestion: expect.stringContaining('Send BZZ to the node’s wallet'),
            firstAt: MOMENT,
            lastAt: MOMENT,
            count: expect.any(Number),
          },
        ],
        lastRun: { actions: [{ __typename: 'HoldAction' }] },
        fundsRunwayDays: null,
      },
    });
  });
});

describe('stamp', () => {
  it('returns an acquired stamp, and null for one that was never in the pool', async () => {
    await using world = await stocked({ 17: 1 });
    const { pool } = world.run.engine;
    const taken = await pool.acquire({}, aCaller('test'));
    await using graphql = await served(world.run.engine);
    const batchId = taken.is === 'acquired' ? taken.stamp.batchId : '';
    const STAMP = 'query ($batchId: BatchID!) { stamp(batchId: $batchId) { batchId state withheld } }';
    expect(await graphql.data(STAMP, { batchId })).toEqual({
      stamp: { batchId, state: 'ACQUIRED', withheld: null },
    });
    expect(await graphql.data(STAMP, { batchId: 'f'.repeat(64) })).toEqual({ stamp: null });
  });

  it('has no time to live while the node does not show the stamp', async () => {
    await using world = new World({ policy: { targets: new Map([[depth(17), 1]]) } });
    await world.start();
    const propagating = async () =>
      (await stockOf(world.run.store)).stamps.find(({ state }) => state === 'propagating');
    await world.until('a stamp propagates', async () => (await propagating()) !== undefined);
    await using graphql = await served(world.run.engine);
    const batchId = (await propagating())?.batchId;
    expect(
      await graphql.data(
        'query ($batchId: BatchID!) { stamp(batchId: $batchId) { state ttlSeconds expiresAt sizeName } }',
        { batchId },
      ),
    ).toEqual({ stamp: { state: 'PROPAGATING', ttlSeconds: null, expiresAt: null, sizeName: 'small' } });
  });
});
