import { REPLICA_FAULTS } from './faults-of-replicas.ts';
import { REQUEST_FAULTS } from './faults-of-requests.ts';
import { NODE_FAULTS } from './faults-of-the-node.ts';
import { WORLD_FAULTS } from './faults-of-the-world.ts';
import { LIES } from './lies.ts';

const TRUTHFUL_FAULTS = { ...REQUEST_FAULTS, ...NODE_FAULTS, ...WORLD_FAULTS } as const;

/** Every fault that a seed may draw. */
export const FAULT_KINDS = { ...TRUTHFUL_FAULTS, ...LIES, ...REPLICA_FAULTS } as const;

type LieName = keyof typeof LIES;
export type FaultName = keyof typeof TRUTHFUL_FAULTS | LieName | keyof typeof REPLICA_FAULTS;

/** Those of a single process. */
export const FAULT_NAMES = Object.keys({ ...TRUTHFUL_FAULTS, ...LIES }).filter(isFaultName);
/** Those of processes that compete for a lease. */
export const RIVAL_NAMES = Object.keys(REPLICA_FAULTS).filter(isFaultName);
/** Faults under which the node may be slow, silent or gone, but never answers falsely. */
export const TRUTHFUL_NAMES = FAULT_NAMES.filter((name) => !isLie(name));
export const LIE_NAMES = FAULT_NAMES.filter(isLie);

function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(FAULT_KINDS, name);
}

export function isLie(name: string): name is LieName {
  return Object.hasOwn(LIES, name);
}

/** Faults of the node and of requests to it. */
export function isOfNode(name: string): boolean {
  return Object.hasOwn(REQUEST_FAULTS, name) || Object.hasOwn(NODE_FAULTS, name);
}
