import { z } from 'zod';
import type { Acquisition } from '../../domain/acquisition.ts';
import type { Order } from '../../domain/order.ts';
import type { AvailableStamp } from '../../domain/stamp.ts';
import type { Delivery } from '../../domain/webhook-delivery.ts';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import { type Moment, promisedExpiryMs } from '../moment.ts';
import { AFTER_ALL, type Page, pageOf } from '../page.ts';
import { acquisitionFromRow } from './acquisition-row.ts';
import { type DeliveryRow, deliveryFromRow } from './delivery-row.ts';
import { orderFromRow } from './order-row.ts';
import type { AcquisitionRow, OrderRow, StampRow } from './row-types.ts';
import { availableStampFromRow } from './stamp-row.ts';

// Where a page begins, and the cursors of its items. The rows are those of the page, and one more if there is a next page.

/** The ids of the page are smaller than this: the newest is first. @throws BadCursorError */
export function beforeIdIn(list: 'orders' | 'acquisitions' | 'webhooks', after: string | null): string {
  const [beforeId] = after === null ? [AFTER_ALL] : decodeCursor(list, idPosition, after);
  return beforeId;
}

export const pageOfOrderRows = (rows: readonly OrderRow[], first: number): Page<Order> =>
  pageOf(rows.map(orderFromRow), first, ({ id }) => encodeCursor('orders', [id]));

export const pageOfAcquisitionRows = (rows: readonly AcquisitionRow[], first: number): Page<Acquisition> =>
  pageOf(rows.map(acquisitionFromRow), first, ({ id }) => encodeCursor('acquisitions', [id]));

export const pageOfDeliveryRows = (rows: readonly DeliveryRow[], first: number): Page<Delivery> =>
  pageOf(rows.map(deliveryFromRow), first, ({ id }) => encodeCursor('webhooks', [id]));

/** The stamps of the page come after this one, by expiry and id: the first to expire is first. @throws BadCursorError */
export function afterStampIn(
  after: string | null,
  moment: Moment,
): { readonly afterMs: number; readonly afterId: string } {
  const from: readonly [number, string] = [promisedExpiryMs(moment), ''];
  const position = after === null ? from : decodeCursor('stamps', stampPosition, after);
  const [afterMs, afterId] = position[0] < from[0] ? from : position;
  return { afterMs, afterId };
}

export const pageOfStampRows = (rows: readonly StampRow[], first: number): Page<AvailableStamp> =>
  pageOf(rows.map(availableStampFromRow), first, ({ expiresAt, batchId }) =>
    encodeCursor('stamps', [expiresAt.getTime(), batchId]),
  );

const idPosition = z.tuple([z.string()]);
const stampPosition = z.tuple([z.int(), z.string()]);
