import type { Acquisition } from '../../domain/acquisition.ts';
import { ORDER_STATES, type Order } from '../../domain/order.ts';
import type { AvailableStamp } from '../../domain/stamp.ts';
import type { Moment } from '../moment.ts';
import type { Page } from '../page.ts';
import {
  afterStampIn,
  beforeIdIn,
  pageOfAcquisitionRows,
  pageOfOrderRows,
  pageOfStampRows,
} from '../rows/pages.ts';
import type { AcquisitionsRequest, AvailableStampsRequest, OrdersRequest } from '../store.ts';
import { acquirablePage, acquisitionsPage, acquisitionsPageOf, ordersPage } from './page-statements.ts';
import { liveNodes } from './read-statements.ts';
import type { Asks } from './statement.ts';
import { withheldNodes } from './withheld-nodes.ts';

/** A page of the stamps that can be acquired, the first to expire first. @throws BadCursorError */
export async function availablePage(
  on: Asks,
  { first, after, depth, node = null }: AvailableStampsRequest,
  moment: Moment,
): Promise<Page<AvailableStamp>> {
  const position = afterStampIn(after, moment);
  const [names, withheld] = await Promise.all([liveNodes(on, {}), withheldNodes(on, moment)]);
  const nodes = names.map((row) => row.node).filter((name) => name === (node ?? name) && !withheld.has(name));
  return pageOfStampRows(await acquirablePage(on, { nodes, depth, ...position, limit: first + 1 }), first);
}

/** @throws BadCursorError */
export async function pageOfOrders(on: Asks, { first, after, states }: OrdersRequest): Promise<Page<Order>> {
  const values = { beforeId: beforeIdIn('orders', after), states: states ?? ORDER_STATES };
  return pageOfOrderRows(await ordersPage(on, { ...values, limit: first + 1 }), first);
}

/** @throws BadCursorError */
export async function pageOfAcquisitions(
  on: Asks,
  { first, after, caller = null }: AcquisitionsRequest,
): Promise<Page<Acquisition>> {
  const values = { beforeId: beforeIdIn('acquisitions', after), limit: first + 1 };
  const rows =
    caller === null
      ? await acquisitionsPage(on, values)
      : await acquisitionsPageOf(on, { caller, ...values });
  return pageOfAcquisitionRows(rows, first);
}
