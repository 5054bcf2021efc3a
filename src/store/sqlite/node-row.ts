import type { NodeRecord } from '../../domain/node.ts';
import { nodeName, parseEthereumAddress } from '../../domain/units.ts';
import { parseRow, told } from './parse-row.ts';
import type { NodeRow } from './statement-types.ts';

/** @throws TypeError with the row in it, when it is no node. */
export const nodeFromRow = (row: NodeRow): NodeRecord => parseRow('node', row, nodeOf);

const nodeOf = (row: NodeRow): NodeRecord => ({
  name: nodeName(row.name),
  address: row.address === null ? null : parseEthereumAddress(row.address),
  pinnedAt: row.pinnedAt === null ? null : new Date(row.pinnedAt),
  changed:
    row.changedAt === null
      ? null
      : {
          other: parseEthereumAddress(told(row.otherAddress, 'otherAddress')),
          since: new Date(row.changedAt),
        },
});
