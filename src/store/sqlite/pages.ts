import type { Acquisition } from '../../domain/acquisition.ts';
import { ORDER_STATES, type Order } from '../../domain/order.ts';
import type { Page } from '../page.ts';
import { beforeIdIn, pageOfAcquisitionRows, pageOfOrderRows } from '../rows/pages.ts';
import type { AcquisitionsRequest, OrdersRequest } from '../store.ts';
import type { Statements } from './statements.ts';

/** Newest first. @throws BadCursorError */
export function ordersPage(statements: Statements, { first, after, states }: OrdersRequest): Page<Order> {
  const values = { beforeId: beforeIdIn('orders', after), states: JSON.stringify(states ?? ORDER_STATES) };
  return pageOfOrderRows(statements.ordersPage.all({ ...values, limit: first + 1 }), first);
}

/** Newest first. @throws BadCursorError */
export function acquisitionsPage(
  statements: Statements,
  { first, after, caller = null }: AcquisitionsRequest,
): Page<Acquisition> {
  const values = { beforeId: beforeIdIn('acquisitions', after), limit: first + 1 };
  const rows =
    caller === null
      ? statements.acquisitionsPage.all(values)
      : statements.acquisitionsPageOf.all({ caller, ...values });
  return pageOfAcquisitionRows(rows, first);
}
