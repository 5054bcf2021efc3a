import type { LastObserved } from '../src/domain/last-known.ts';
import type { NodeReport } from '../src/domain/node-report.ts';
import { type EthereumAddress, plur, wei } from '../src/domain/units.ts';
import { ADDRESS, NODE, T0 } from './builders.ts';

export const lastObserved = (address: EthereumAddress = ADDRESS): LastObserved => ({
  at: T0,
  address,
  lagBlocks: 5,
  price: plur(24_000n),
  wallet: { bzz: plur(10n ** 18n), xdai: wei(10n ** 18n) },
});

/** Of a node that can buy. */
export const aNodeReport = (wishes: Partial<NodeReport> = {}): NodeReport => ({
  node: NODE,
  runEndedAt: T0,
  reachable: true,
  fresh: true,
  holds: new Set(),
  observed: lastObserved(),
  spending: null,
  drained: false,
  blockedBy: null,
  canaryFailed: false,
  settings: '',
  ...wishes,
});
