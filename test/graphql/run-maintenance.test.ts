import { describe, expect, it } from 'vitest';
import { nodeName } from '../../src/domain/units.ts';
import { aCaller } from '../builders.ts';
import { stocked } from '../virtual/stocked.ts';
import type { World } from '../virtual/world.ts';
import { disabledPool } from './disabled-pool.ts';
import { type Served, served } from './served.ts';

const MAINTAIN = `mutation ($input: RunMaintenanceInput) {
  runMaintenance(input: $input) {
    __typename
    ... on Failure { code message suggestion }
    ... on MaintenanceReport {
      run {
        dryRun purchasesSent topUpsSent adoptedOrRecovered errors startedAt endedAt nextAt
        actions { __typename depth cost costBzz reason summary ... on BuyAction { amount } ... on HoldAction { code } }
        node { name reachable fresh staleReason version lagBlocks price wallet { plur bzz wei xdai } }
      }
    }
  }
}`;

const maintain = (graphql: Served, input: Readonly<Record<string, unknown>> | null): Promise<unknown> =>
  graphql.data(MAINTAIN, { input });

const ORDERS = '{ orders { edges { node { id kind status depth batchId } } } }';

/** A small and a medium stamp are missing, and the wallet has BZZ for the small one only. */
async function short(): Promise<World> {
  const world = await stocked({ 17: 1, 20: 1 }, { policy: { immediateReplenish: false } });
  await world.passBlocks(1); // the adopted batches are observed once more
  const { pool } = world.run.engine;
  await pool.acquire({ depth: 17 }, aCaller('test'));
  await pool.acquire({ depth: 20 }, aCaller('test'));
  world.simulator.chain.setBalance(world.simulator.wallet, { bzzPlur: 10n ** 15n, xdaiWei: 10n ** 18n });
  await world.step(); // the node is not observed twice at the same time
  return world;
}

describe('runMaintenance', () => {
  it('answers that no replica makes the runs, if that is so', async () => {
    await using world = await stocked({});
    const { pool, operations } = world.run.engine;
    const runMaintenance = async () => ({ is: 'noHolder', nodes: [nodeName('bee')] }) as const;
    await using graphql = await served({ pool, operations: { ...operations, runMaintenance } });
    expect(await maintain(graphql, null)).toEqual({
      runMaintenance: {
        __typename: 'NoHolder',
        code: 'NO_HOLDER',
        message: 'No replica has made a run of node bee in time.',
        suggestion: expect.stringContaining('Retry in 30 s'),
      },
    });
    expect(await graphql.data('{ poolStatus { nodes { holder } } }')).toEqual({
      poolStatus: { nodes: [{ holder: 'test' }] },
    });
  });

  it('reports every action and hold of a dry run with reason and cost, and does nothing', async () => {
    await using world = await short();
    await using graphql = await served(world.run.engine);
    expect(await maintain(graphql, { dryRun: true })).toEqual({
      runMaintenance: {
        __typename: 'MaintenanceReport',
        run: {
          dryRun: true,
          purchasesSent: 0,
          topUpsSent: 0,
          adoptedOrRecovered: 0,
          errors: [],
          startedAt: '2026-06-01T00:00:10.000Z',
          endedAt: '2026-06-01T00:00:10.000Z',
          nextAt: expect.any(String),
          actions: [
            {
              __typename: 'BuyAction',
              depth: 17,
              amount: expect.stringMatching(/^\d+$/),
              cost: expect.stringMatching(/^\d+$/),
              costBzz: expect.stringMatching(/^0\.0\d+ BZZ$/),
              reason: 'depth 17: 0 available + 0 on order < 1',
              summary: expect.stringMatching(
                /^buy a stamp of depth 17 for 0\.0\d+ BZZ: depth 17: 0 available/,
              ),
            },
            {
              __typename: 'HoldAction',
              depth: 20,
              code: 'WALLET_BZZ',
              cost: expect.stringMatching(/^\d+$/),
              costBzz: expect.stringMatching(/^0\.\d+ BZZ$/),
              reason: expect.stringContaining('BZZ'),
              summary: expect.stringMatching(/^hold \(WALLET_BZZ\): /),
            },
          ],
          node: {
            name: 'bee',
            reachable: true,
            fresh: true,
            staleReason: null,
            version: '2.8.1-7cf53193',
            lagBlocks: expect.any(Number),
            price: '24000',
            wallet: { plur: '1000000000000000', bzz: '0.1 BZZ', wei: '1000000000000000000', xdai: '1 xDAI' },
          },
        },
      },
    });
    expect(await graphql.data(ORDERS)).toEqual({ orders: { edges: [] } });
  });

  it('answers when the maintenance run has ended; the purchase is still in progress', async () => {
    await using world = await short();
    await using graphql = await served(world.run.engine);
    expect(await maintain(graphql, null)).toMatchObject({
      runMaintenance: {
        __typename: 'MaintenanceReport',
        run: { dryRun: false, purchasesSent: 1, actions: [{ __typename: 'BuyAction', depth: 17 }, {}] },
      },
    });
    const order = { id: expect.any(String), kind: 'PURCHASE', status: 'SENT', depth: 17, batchId: null };
    expect(await graphql.data(ORDERS)).toEqual({ orders: { edges: [{ node: order }] } });
  });

  it('is PoolDisabled while the pool is not enabled', async () => {
    await using disabled = await disabledPool();
    await using graphql = await served(disabled);
    expect(await maintain(graphql, { dryRun: true })).toEqual({
      runMaintenance: {
        __typename: 'PoolDisabled',
        code: 'POOL_DISABLED',
        message: 'The stamp pool is not enabled.',
        suggestion: 'The operator enables it with STAMP_POOL_ENABLED=true.',
      },
    });
  });
});
