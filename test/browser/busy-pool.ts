import type { Action } from '../../src/domain/action.ts';
import { plur, wei } from '../../src/domain/units.ts';
import { anOrder, aStamp, aTopUp, batchId, hours, NODE, seconds, T0 } from '../builders.ts';
import { aRun } from '../rest/a-run.ts';
import { type RestServer, restServer } from '../rest/rest-server.ts';

const MINUTE_S = 60;
const BZZ = 10n ** 16n;

/** Makes the runs of the node, and answers. */
const REPLICA = 'vm-4711-0a1b2c3d';

const spends = { amount: plur(5_000_000_000n), cost: plur(BZZ / 3n) };

const actions: readonly Action[] = [
  {
    do: 'buy',
    purpose: 'reserve',
    depth: aStamp({ depth: 20 }).depth,
    reason: 'depth 20: 0 available + 0 on order < 1',
    ...spends,
  },
  {
    do: 'topUp',
    depth: aStamp().depth,
    batchId: batchId(3),
    before: { amount: plur(1n), value: plur(1n), listedValue: plur(1n), expiresAt: T0 },
    reason: `batch ${batchId(3)} expires in 20 hours`,
    ...spends,
  },
  {
    do: 'hold',
    code: 'WALLET_BZZ',
    depth: null,
    cost: plur(BZZ),
    reason: 'the wallet has 0.2 BZZ, and 1 BZZ are needed',
  },
];

/** A service that has something to show in every section of the dashboard. Its clock stands still. */
export async function busyPool(): Promise<RestServer> {
  const run = aRun({
    startedAt: seconds(-14),
    endedAt: seconds(-12),
    actions,
    errors: ['the node answered the last purchase with 500'],
    spending: {
      fullReserve: plur(2n * BZZ),
      nextReplenishment: plur(BZZ / 3n),
      lastDay: plur(BZZ / 2n),
      dailyLimit: plur(20n * BZZ),
    },
  });
  const wallet = { bzz: plur(BZZ / 5n), xdai: wei(3n * 10n ** 17n) };
  const staleReason = 'it is 31 blocks behind the head of the chain';
  const behind = { ...run, node: { ...run.node, wallet, fresh: false, lagBlocks: 31, staleReason } };
  const server = await restServer({
    stamps: Array.from({ length: 12 }, (_, n) => aStamp({ n: n + 1, ttlHours: 14 + n * 13 })),
    replica: REPLICA,
  });
  const { store, incidents, runs } = server;
  await store.leases.hold({ node: NODE, holder: REPLICA, ttlMs: 15_000, at: T0 });
  const sent = anOrder({ n: 1, depth: 20, plannedAt: seconds(-90) });
  const unknown = aTopUp({ n: 2, of: batchId(3), plannedAt: seconds(-4000) });
  await store.write(
    [
      { change: 'orderPlanned', order: sent },
      { change: 'orderSent', id: sent.id },
      { change: 'orderPlanned', order: unknown },
      { change: 'orderSent', id: unknown.id },
    ],
    seconds(-80),
  );
  const kept = [{ stepSeconds: MINUTE_S, from: hours(-3), to: T0 }];
  await store.history.write(history(), { kept, demandFrom: T0, version: await store.history.version() });
  incidents.report({ code: 'NODE_BEHIND', subject: 'bee', detail: staleReason });
  incidents.report({
    code: 'WALLET_BZZ',
    subject: 'bee',
    detail: 'the wallet has 0.2 BZZ, and 1 BZZ are needed',
  });
  incidents.report({ code: 'STAMP_EXPIRED', subject: batchId(99), detail: `batch ${batchId(99)}` });
  runs.onRequest(() => runs.end({ ...behind, dryRun: runs.previewRequested }));
  await runs.join();
  return server;
}

/** An hour with a gap, acquisitions and refusals. */
const history = () =>
  [17, 20].flatMap((depth) =>
    Array.from({ length: 58 }, (_, minute) => ({
      stepSeconds: MINUTE_S,
      at: seconds((minute - 58) * MINUTE_S),
      depth: aStamp({ depth }).depth,
      available: minute > 20 && minute < 27 ? null : (minute * 7 * depth) % (depth === 17 ? 4 : 2),
      target: depth === 17 ? 3 : 1,
      acquired: minute > 20 && minute < 27 ? 0 : (minute * 5) % 4,
      refused: minute % 11 === 0 ? 2 : 0,
    })),
  );
