import type { MaintenanceRun } from '../../src/domain/maintenance-run.ts';
import { plur } from '../../src/domain/units.ts';
import { ADDRESS, NODE, seconds, T0 } from '../builders.ts';

/** A maintenance run of two seconds that observed a healthy node and had nothing to do. */
export const aRun = (overrides: Partial<MaintenanceRun> = {}): MaintenanceRun => ({
  startedAt: T0,
  endedAt: seconds(2),
  dryRun: false,
  node: {
    name: NODE,
    address: ADDRESS,
    seenAddress: ADDRESS,
    observedAt: T0,
    reachable: true,
    fresh: true,
    staleReason: null,
    drained: false,
    version: '2.8.1',
    block: 100,
    lagBlocks: 5,
    price: plur(24_000n),
    wallet: null,
    canary: null,
  },
  actions: [],
  purchasesSent: 0,
  topUpsSent: 0,
  adoptedOrRecovered: 0,
  errors: [],
  spending: null,
  nextAt: seconds(902),
  ...overrides,
});
