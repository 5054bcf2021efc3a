import {
  type AvailableStamp,
  type LiveStamp,
  type Stamp,
  type StampRecord,
  stampOf,
} from '../../domain/stamp.ts';
import {
  depth,
  nodeName,
  parseBatchId,
  parseEthereumAddress,
  parseOrderId,
  parsePlur,
} from '../../domain/units.ts';
import { dateOrNull, parseRow } from './parse-row.ts';
import type { StampRow } from './row-types.ts';
import type { WithheldNodes } from './withheld-nodes.ts';

const NONE: WithheldNodes = new Map();

/** `withheld`: the nodes whose stamps are withheld. @throws TypeError with the row, if it is not a stamp. */
export const stampFromRow = (row: StampRow, withheld = NONE): Stamp =>
  parseRow('stamp', row, (values) => stampOf(recordOf(values), withheld.get(row.node) ?? null));

export function liveStampFromRow(row: StampRow, withheld = NONE): LiveStamp {
  const stamp = stampFromRow(row, withheld);
  if (stamp.state === 'propagating' || stamp.state === 'available') return stamp;
  throw new TypeError(`expected a live stamp, but ${stamp.batchId} is ${stamp.state}`);
}

export function availableStampFromRow(row: StampRow): AvailableStamp {
  const stamp = stampFromRow(row);
  if (stamp.state === 'available') return stamp;
  throw new TypeError(`expected an available stamp, but ${stamp.batchId} is ${stamp.state}`);
}

/** @throws TypeError with the row, if it is not a stamp. */
export const stampRecordFromRow = (row: StampRow): StampRecord => parseRow('stamp', row, recordOf);

const recordOf = (row: StampRow): StampRecord => ({
  batchId: parseBatchId(row.batchId),
  node: nodeName(row.node),
  depth: depth(row.depth),
  amount: parsePlur(row.amount),
  immutable: row.immutable,
  cost: parsePlur(row.cost),
  origin: row.origin,
  orderId: row.orderId === null ? null : parseOrderId(row.orderId),
  createdAt: new Date(row.createdAt),
  state: row.state,
  availableAt: dateOrNull(row.availableAt),
  expiresAt: dateOrNull(row.expiresAt),
  ttlAtCreationSeconds: row.ttlAtCreationSeconds,
  missingSinceBlock: row.missingSinceBlock,
  withheld: row.withheld,
  lastLostAtBlock: row.lastLostAtBlock,
  retiredAddress: row.retiredAddress === null ? null : parseEthereumAddress(row.retiredAddress),
});

export const rowFromStamp = (stamp: StampRecord): StampRow => ({
  ...stamp,
  amount: stamp.amount.toString(),
  cost: stamp.cost.toString(),
  createdAt: stamp.createdAt.getTime(),
  availableAt: stamp.availableAt?.getTime() ?? null,
  expiresAt: stamp.expiresAt?.getTime() ?? null,
});
