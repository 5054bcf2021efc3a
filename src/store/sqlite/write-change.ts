import type { Change } from '../../domain/change.ts';
import { parsePlur, unreachable } from '../../domain/units.ts';
import { IllegalTransitionError } from '../store.ts';
import { rowFromOrder } from './order-row.ts';
import { rowFromStamp } from './stamp-row.ts';
import type { Statements } from './statements.ts';

type OrderChange = Exclude<Extract<Change, { change: `order${string}` }>, { change: 'orderPlanned' }>;
type StampChange = Extract<Change, { change: `stamp${string}` }>;

/** Carries out one change. To be called in a transaction. @throws IllegalTransitionError */
export function writeChange(statements: Statements, change: Change, at: Date): void {
  switch (change.change) {
    case 'orderPlanned':
      statements.addOrder.run(rowFromOrder(change.order));
      return;
    case 'orderSent':
    case 'orderUnknown':
    case 'orderQuiet':
    case 'orderConfirmed':
    case 'orderRejected':
    case 'orderAbandoned':
      if (writeOrder(statements, change, at.getTime()) === 1) return;
      throw new IllegalTransitionError(
        `${change.change} is not allowed for order ${change.id} as it is on disk`,
      );
    case 'stampAdded':
    case 'stampSeen':
    case 'stampAvailable':
    case 'stampMissing':
    case 'stampPaidFor':
    case 'stampExpired':
      writeStamp(statements, change, at.getTime());
      return;
    default:
      unreachable(change);
  }
}

/** How many orders it touched: none when the life table does not allow it. */
function writeOrder(statements: Statements, change: OrderChange, atMs: number): number {
  const { id } = change;
  switch (change.change) {
    case 'orderSent':
      return statements.orderSent.run({ id, atMs }).changes;
    case 'orderUnknown':
      return statements.orderUnknown.run({ id, cause: change.cause }).changes;
    case 'orderQuiet':
      return statements.orderQuiet.run({ id, quietSinceBlock: change.quietSinceBlock }).changes;
    case 'orderConfirmed':
      return statements.orderConfirmed.run({ id, atMs, batchId: change.batchId, txHash: change.txHash })
        .changes;
    case 'orderRejected':
      return statements.orderRejected.run({ id, atMs, cause: change.cause }).changes;
    case 'orderAbandoned':
      return statements.orderAbandoned.run({ id, atMs, cause: change.cause }).changes;
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
