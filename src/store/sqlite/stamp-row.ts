import type { LiveStamp, ObservedWithheld, Stamp, Withheld } from '../../domain/stamp.ts';
import { depth, nodeName, parseBatchId, parseOrderId, parsePlur } from '../../domain/units.ts';
import { parseRow, told } from './parse-row.ts';
import type { StampRow, StampValues } from './statement-types.ts';

const NONE: ReadonlySet<string> = new Set();

/** `changed`: the nodes whose place another node has taken. @throws TypeError with the row in it, when it is no stamp. */
export const stampFromRow = (row: StampRow, changed = NONE): Stamp =>
  parseRow('stamp', row, (values) => stampOf(values, withheldOf(values, changed)));

/** What was observed of a stamp is in its row; what became of its node is not, so that it never costs a write per stamp. */
function withheldOf(row: StampRow, changed: ReadonlySet<string>): Withheld | null {
  if (row.retiredAddress !== null) return 'retired';
  return row.withheld ?? (changed.has(row.node) ? 'node_changed' : null);
}

function stampOf(row: StampRow, withheld: Withheld | null): Stamp {
  const facts = {
    batchId: parseBatchId(row.batchId),
    node: nodeName(row.node),
    depth: depth(row.depth),
    amount: parsePlur(row.amount),
    immutable: row.immutable,
    cost: parsePlur(row.cost),
    origin: row.origin,
    orderId: row.orderId === null ? null : parseOrderId(row.orderId),
    createdAt: new Date(row.createdAt),
  };
  const { missingSinceBlock, lastLostAtBlock } = row;
  switch (row.state) {
    case 'propagating':
      return { ...facts, state: row.state, missingSinceBlock, withheld, lastLostAtBlock };
    case 'available':
      return {
        ...facts,
        state: row.state,
        availableAt: new Date(told(row.availableAt, 'availableAt')),
        expiresAt: new Date(told(row.expiresAt, 'expiresAt')),
        ttlAtCreationSeconds: told(row.ttlAtCreationSeconds, 'ttlAtCreationSeconds'),
        missingSinceBlock,
        withheld,
        lastLostAtBlock,
      };
    case 'acquired':
    case 'expired':
      return {
        ...facts,
        state: row.state,
        expiresAt: row.expiresAt === null ? null : new Date(row.expiresAt),
        ttlAtCreationSeconds: row.ttlAtCreationSeconds,
      };
    default:
      throw new TypeError(`"${String(row.state satisfies never)}" is no state of a stamp`);
  }
}

export function rowFromStamp(stamp: LiveStamp): StampValues {
  const { batchId, node, depth: ofBatch, origin, orderId, state } = stamp;
  const { missingSinceBlock, lastLostAtBlock } = stamp;
  const available = stamp.state === 'available' ? stamp : null;
  return {
    batchId,
    node,
    depth: ofBatch,
    origin,
    orderId,
    state,
    missingSinceBlock,
    withheld: observed(stamp.withheld),
    lastLostAtBlock,
    retiredAddress: null,
    immutable: Number(stamp.immutable),
    amount: stamp.amount.toString(),
    cost: stamp.cost.toString(),
    createdAt: stamp.createdAt.getTime(),
    availableAt: available?.availableAt.getTime() ?? null,
    expiresAt: available?.expiresAt.getTime() ?? null,
    ttlAtCreationSeconds: available?.ttlAtCreationSeconds ?? null,
  };
}

const observed = (withheld: Withheld | null): ObservedWithheld | null =>
  withheld === 'node_changed' || withheld === 'retired' ? null : withheld;
