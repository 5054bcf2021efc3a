import { REQUEST_FAULTS } from './faults-of-requests.ts';
import { NODE_FAULTS } from './faults-of-the-node.ts';
import { WORLD_FAULTS } from './faults-of-the-world.ts';

/** Everything that a seed may make go wrong. */
export const FAULT_KINDS = { ...REQUEST_FAULTS, ...NODE_FAULTS, ...WORLD_FAULTS } as const;

export type FaultName = keyof typeof REQUEST_FAULTS | keyof typeof NODE_FAULTS | keyof typeof WORLD_FAULTS;

export const FAULT_NAMES = Object.keys(FAULT_KINDS).filter(isFaultName);

function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(FAULT_KINDS, name);
}
