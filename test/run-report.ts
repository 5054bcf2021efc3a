import { depth, type NodeName, parseBatchId, plur, wei } from '../src/domain/units.ts';
import type { RunReport } from '../src/store/replica-store.ts';
import { ADDRESS, NODE, seconds, T0 } from './builders.ts';

const SMALL = depth(17);
const batchId = parseBatchId('ab'.repeat(32));

/** A report that has a value in each field. */
export const aReport = ({
  node = NODE,
  dryRun = false,
  endedAt = seconds(2),
}: {
  readonly node?: NodeName;
  readonly dryRun?: boolean;
  readonly endedAt?: Date;
} = {}): RunReport => ({
  run: {
    startedAt: T0,
    endedAt,
    dryRun,
    node: {
      name: node,
      observedAt: seconds(1),
      address: ADDRESS,
      seenAddress: null,
      reachable: true,
      fresh: false,
      staleReason: 'The node is 25 blocks behind.',
      drained: true,
      version: '2.8.0',
      block: 1000,
      lagBlocks: 25,
      price: plur(24_000n),
      wallet: { bzz: plur(10n ** 19n), xdai: wei(10n ** 18n) },
      canary: { batchId, usable: true, expiresAt: seconds(3) },
    },
    actions: [
      { do: 'buy', purpose: 'reserve', depth: SMALL, amount: plur(7n), cost: plur(10n ** 20n), reason: 'r1' },
      {
        do: 'topUp',
        batchId,
        depth: SMALL,
        amount: plur(7n),
        cost: plur(8n),
        before: { amount: plur(1n), value: plur(2n), listedValue: null, expiresAt: seconds(9) },
        reason: 'r2',
      },
      { do: 'expire', batchId, depth: SMALL, reason: 'r3' },
      { do: 'adopt', batchId, depth: SMALL, reason: 'r4' },
      { do: 'hold', code: 'BUDGET', depth: null, cost: plur(9n), reason: 'r5' },
    ],
    purchasesSent: 1,
    topUpsSent: 2,
    adoptedOrRecovered: 3,
    errors: ['BUSY: later'],
    spending: {
      fullReserve: plur(1n),
      nextReplenishment: plur(2n),
      lastDay: plur(3n),
      dailyLimit: plur(4n),
    },
    nextAt: seconds(900),
  },
  incidents: [{ code: 'BUSY', subject: 'bee', message: 'later', firstAt: T0, lastAt: seconds(1), count: 2 }],
  canary: { ok: true, checkedAt: seconds(1), message: 'a chunk was uploaded and read back' },
});
