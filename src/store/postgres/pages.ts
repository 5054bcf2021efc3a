import { z } from 'zod';
import type { Acquisition } from '../../domain/acquisition.ts';
import { ORDER_STATES, type Order, type OrderState } from '../../domain/order.ts';
import type { AvailableStamp } from '../../domain/stamp.ts';
import type { Depth } from '../../domain/units.ts';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import { AFTER_ALL, pageOf } from '../page.ts';
import { acquisitionFromRow } from '../rows/acquisition-row.ts';
import { orderFromRow } from '../rows/order-row.ts';
import { availableStampFromRow } from '../rows/stamp-row.ts';
import type { AcquisitionsRequest, Moment, Page, PageRequest } from '../store.ts';
import { acquirablePage, acquisitionsPage, acquisitionsPageOf, ordersPage } from './page-statements.ts';
import { liveNodes } from './read-statements.ts';
import type { Asks } from './statement.ts';
import { expiresFromMs } from './stock-reads.ts';
import { withheldNodes } from './withheld-nodes.ts';

/** A page of the stamps that can be acquired, the first to expire first. @throws BadCursorError */
export async function availablePage(
  on: Asks,
  page: PageRequest & { readonly depth: Depth | null },
  moment: Moment,
): Promise<Page<AvailableStamp>> {
  const from: readonly [number, string] = [expiresFromMs(moment), ''];
  const after = page.after === null ? from : decodeCursor('stamps', stampPosition, page.after);
  const [afterMs, afterId] = after[0] < from[0] ? from : after;
  const [names, withheld] = await Promise.all([liveNodes(on, {}), withheldNodes(on, moment)]);
  const nodes = names.map(({ node }) => node).filter((node) => !withheld.has(node));
  const limit = page.first + 1;
  const rows = await acquirablePage(on, { nodes, depth: page.depth, afterMs, afterId, limit });
  return pageOf(rows.map(availableStampFromRow), page.first, ({ expiresAt, batchId }) =>
    encodeCursor('stamps', [expiresAt.getTime(), batchId]),
  );
}

/** @throws BadCursorError */
export async function pageOfOrders(
  on: Asks,
  page: PageRequest & { readonly states: readonly OrderState[] | null },
): Promise<Page<Order>> {
  const [beforeId] = page.after === null ? [AFTER_ALL] : decodeCursor('orders', idPosition, page.after);
  const rows = await ordersPage(on, {
    beforeId,
    states: page.states ?? ORDER_STATES,
    limit: page.first + 1,
  });
  return pageOf(rows.map(orderFromRow), page.first, ({ id }) => encodeCursor('orders', [id]));
}

/** @throws BadCursorError */
export async function pageOfAcquisitions(
  on: Asks,
  { caller = null, ...page }: AcquisitionsRequest,
): Promise<Page<Acquisition>> {
  const [beforeId] = page.after === null ? [AFTER_ALL] : decodeCursor('acquisitions', idPosition, page.after);
  const limit = page.first + 1;
  const rows =
    caller === null
      ? await acquisitionsPage(on, { beforeId, limit })
      : await acquisitionsPageOf(on, { caller, beforeId, limit });
  return pageOf(rows.map(acquisitionFromRow), page.first, ({ id }) => encodeCursor('acquisitions', [id]));
}

const stampPosition = z.tuple([z.int(), z.string()]);
const idPosition = z.tuple([z.string()]);
