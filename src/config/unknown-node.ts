import type { NodeName } from '../domain/units.ts';
import { SETTINGS } from './settings.ts';

/** The mistake of a setting that names a node that SWARM_BEE_API_URL does not. */
export const unknownNode = (name: string, names: readonly NodeName[]): string =>
  `there is no node "${name}" in ${SETTINGS.nodes.name}${names.length === 0 ? '' : `, which has ${names.join(', ')}`}`;
