import { applyToHeld } from '../../src/domain/apply-change.ts';
import type { NodeRecord } from '../../src/domain/node.ts';
import type { OrderRecord } from '../../src/domain/order.ts';
import type { StampRecord } from '../../src/domain/stamp.ts';
import type { EthereumAddress } from '../../src/domain/units.ts';
import { NODE } from '../builders.ts';

const nodeWith = (address: EthereumAddress | null): NodeRecord => ({
  name: NODE,
  address,
  pinnedAt: null,
  chainId: null,
  changed: null,
  observedAt: null,
});

/** After a move of the name of its node. */
export const applyMove = <Held extends OrderRecord | StampRecord>(
  held: Held,
  { from, to }: { readonly from: EthereumAddress | null; readonly to: EthereumAddress },
): Held =>
  applyToHeld(held, { change: 'nodeMoved', node: NODE, address: to, observedAt: null }, nodeWith(from));

/** After its node, which had this address, was retired. */
export const applyRetirement = <Held extends OrderRecord | StampRecord>(
  held: Held,
  address: EthereumAddress | null,
): Held => applyToHeld(held, { change: 'nodeRetired', node: NODE }, nodeWith(address));
