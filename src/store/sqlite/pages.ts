import { z } from 'zod';
import type { Acquisition } from '../../domain/acquisition.ts';
import { ORDER_STATES, type Order, type OrderState } from '../../domain/order.ts';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import { AFTER_ALL, pageOf } from '../page.ts';
import { acquisitionFromRow } from '../rows/acquisition-row.ts';
import { orderFromRow } from '../rows/order-row.ts';
import type { AcquisitionsRequest, Page, PageRequest } from '../store.ts';
import type { Statements } from './statements.ts';

/** Newest first. @throws BadCursorError */
export function ordersPage(
  statements: Statements,
  { first, after, states }: PageRequest & { readonly states: readonly OrderState[] | null },
): Page<Order> {
  const values = { beforeId: beforeIn('orders', after), states: JSON.stringify(states ?? ORDER_STATES) };
  const rows = statements.ordersPage.all({ ...values, limit: first + 1 });
  return pageOf(rows.map(orderFromRow), first, ({ id }) => encodeCursor('orders', [id]));
}

/** Newest first. @throws BadCursorError */
export function acquisitionsPage(
  statements: Statements,
  { first, after, caller = null }: AcquisitionsRequest,
): Page<Acquisition> {
  const values = { beforeId: beforeIn('acquisitions', after), limit: first + 1 };
  const rows =
    caller === null
      ? statements.acquisitionsPage.all(values)
      : statements.acquisitionsPageOf.all({ caller, ...values });
  return pageOf(rows.map(acquisitionFromRow), first, ({ id }) => encodeCursor('acquisitions', [id]));
}

/** The ids of the page are smaller than this. */
function beforeIn(list: string, after: string | null): string {
  const [beforeId] = after === null ? [AFTER_ALL] : decodeCursor(list, idPosition, after);
  return beforeId;
}

const idPosition = z.tuple([z.string()]);
