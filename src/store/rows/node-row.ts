import type { NodeRecord } from '../../domain/node.ts';
import { nodeName, parseEthereumAddress, required } from '../../domain/units.ts';
import { dateOrNull, parseRow } from './parse-row.ts';
import type { NodeRow } from './row-types.ts';

/** @throws TypeError with the row, if it is not a node. */
export const nodeFromRow = (row: NodeRow): NodeRecord => parseRow('node', row, nodeOf);

const nodeOf = (row: NodeRow): NodeRecord => ({
  name: nodeName(row.name),
  address: row.address === null ? null : parseEthereumAddress(row.address),
  pinnedAt: dateOrNull(row.pinnedAt),
  chainId: row.chainId,
  changed:
    row.changedAt === null
      ? null
      : {
          other: parseEthereumAddress(required(row.otherAddress, 'otherAddress')),
          otherChainId: row.otherChainId,
          since: new Date(row.changedAt),
        },
  observedAt: dateOrNull(row.observedAt),
});

export const rowFromNode = (node: NodeRecord): NodeRow => {
  const { name, address, chainId, pinnedAt, changed, observedAt } = node;
  return {
    name,
    address,
    chainId,
    pinnedAt: pinnedAt?.getTime() ?? null,
    otherAddress: changed?.other ?? null,
    otherChainId: changed?.otherChainId ?? null,
    changedAt: changed?.since.getTime() ?? null,
    observedAt: observedAt?.getTime() ?? null,
  };
};
