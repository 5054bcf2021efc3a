import type { Change } from '../../domain/change.ts';
import { parsePlur, unreachable } from '../../domain/units.ts';
import { IllegalTransitionError } from '../store.ts';
import { rowFromOrder } from './order-row.ts';
import { rowFromStamp } from './stamp-row.ts';
import type { Statements } from './statements.ts';

type OrderChange = Exclude<Extract<Change, { change: `order${string}` }>, { change: 'orderPlanned' }>;
type StampChange = Extract<Change, { change: `stamp${string}` }>;
type NodeChange = Extract<Change, { change: `node${string}` }>;

/** Carries out one change. To be called in a transaction. @throws IllegalTransitionError */
export function writeChange(statements: Statements, change: Change, at: Date): void {
  switch (change.change) {
    case 'nodePinned':
    case 'nodeChanged':
    case 'nodeReturned':
    case 'nodeMoved':
      writeNode(statements, change, at.getTime());
      return;
    case 'orderPlanned':
      statements.addOrder.run(rowFromOrder(change.order));
      return;
    case 'orderSent':
    case 'orderUnknown':
    case 'orderAnswered':
    case 'orderClaimRefuted':
    case 'orderOverdue':
    case 'orderQuiet':
    case 'orderConfirmed':
    case 'orderRejected':
    case 'orderAbandoned':
      if (writeOrder(statements, change, at.getTime()) === 1) return;
      throw new IllegalTransitionError(
        `${change.change} is not allowed for order ${change.id} as it is on disk`,
      );
    case 'clockSet':
      statements.clockSet.run({ byMs: change.byMs, beforeMs: at.getTime() - change.byMs });
      return;
    case 'stampAdded':
    case 'stampSeen':
    case 'stampAvailable':
    case 'stampMissing':
    case 'stampPaidFor':
    case 'stampExpired':
      writeStamp(statements, change, at.getTime());
      return;
    case 'transactionsOver': {
      const { node, hashes } = change;
      statements.forgetOver.run({ node });
      for (const hash of new Set(hashes)) statements.addOver.run({ node, hash });
      return;
    }
    default:
      unreachable(change);
  }
}

function writeNode(statements: Statements, change: NodeChange, atMs: number): void {
  const { node: name } = change;
  switch (change.change) {
    case 'nodePinned':
      statements.pinNode.run({ name, address: change.address, atMs });
      return;
    case 'nodeChanged':
      statements.nodeChanged.run({ name, other: change.other, atMs });
      return;
    case 'nodeReturned':
      statements.nodeReturned.run({ name });
      return;
    case 'nodeMoved':
      moveNode(statements, change, atMs);
      return;
    default:
      unreachable(change);
  }
}

function moveNode(
  statements: Statements,
  { node, address }: Extract<Change, { change: 'nodeMoved' }>,
  atMs: number,
): void {
  const before = statements.node.get({ name: node })?.address ?? null;
  if (before === address) return;
  if (before !== null) {
    statements.retireStamps.run({ node, address: before });
    statements.retireOrders.run({ node, address: before });
  }
  statements.restoreStamps.run({ node, address });
  statements.restoreOrders.run({ node, address });
  statements.moveNode.run({ name: node, address, atMs });
}

/** How many orders it touched: none when the life table does not allow it. */
function writeOrder(statements: Statements, change: OrderChange, atMs: number): number {
  const { id } = change;
  switch (change.change) {
    case 'orderSent':
      return statements.orderSent.run({ id, atMs }).changes;
    case 'orderUnknown':
      return statements.orderUnknown.run({ id, cause: change.cause }).changes;
    case 'orderAnswered': {
      const { batchId, txHash, atBlock } = change;
      return statements.orderAnswered.run({ id, batchId, txHash, atBlock }).changes;
    }
    case 'orderClaimRefuted':
      return statements.orderClaimRefuted.run({ id, cause: change.cause }).changes;
    case 'orderOverdue':
      return statements.orderOverdue.run({ id, cause: change.cause }).changes;
    case 'orderQuiet':
      return statements.orderQuiet.run({ id, quietSinceBlock: change.quietSinceBlock }).changes;
    case 'orderConfirmed': {
      const { batchId, txHash, atBlock } = change;
      return statements.orderConfirmed.run({ id, atMs, atBlock, batchId, txHash }).changes;
    }
    case 'orderRejected':
      return statements.orderRejected.run({ id, atMs, cause: change.cause }).changes;
    case 'orderAbandoned':
      return statements.orderAbandoned.run({ id, atMs, atBlock: change.atBlock, cause: change.cause })
        .changes;
    default:
      return unreachable(change);
  }
}

function writeStamp(statements: Statements, change: StampChange, atMs: number): void {
  switch (change.change) {
    case 'stampAdded':
      statements.addStamp.run(rowFromStamp(change.stamp));
      return;
    case 'stampSeen':
      statements.stampSeen.run({
        batchId: change.batchId,
        depth: change.depth,
        amount: change.amount.toString(),
        immutable: Number(change.immutable),
        expiresAt: change.expiresAt?.getTime() ?? null,
        withheld: change.withheld,
      });
      return;
    case 'stampAvailable': {
      const { batchId, ttlAtCreationSeconds } = change;
      statements.stampAvailable.run({
        batchId,
        atMs,
        ttlAtCreationSeconds,
        expiresAt: change.expiresAt.getTime(),
      });
      return;
    }
    case 'stampMissing':
      statements.stampMissing.run({
        batchId: change.batchId,
        sinceBlock: change.sinceBlock,
        withheld: change.withheld,
        lastLostAtBlock: change.lastLostAtBlock,
      });
      return;
    case 'stampPaidFor': {
      const row = statements.stamp.get({ batchId: change.batchId });
      if (!row) return;
      statements.stampCost.run({
        batchId: change.batchId,
        cost: (parsePlur(row.cost) + change.cost).toString(),
      });
      return;
    }
    case 'stampExpired':
      statements.stampExpired.run({ batchId: change.batchId });
      return;
    default:
      unreachable(change);
  }
}
