import { deepStrictEqual } from 'node:assert/strict';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Change } from '../../src/domain/change.ts';
import type { LiveStamp, ObservedWithheld } from '../../src/domain/stamp.ts';
import { depth, type NodeName, nodeName, plur } from '../../src/domain/units.ts';
import type { Moment } from '../../src/store/moment.ts';
import type { Store } from '../../src/store/store.ts';
import {
  ADDRESS,
  anOrder,
  aPropagatingStamp,
  aRequest,
  aStamp,
  aTopUp,
  batchId,
  hours,
  momentAt,
  NODE,
  OTHER_ADDRESS,
  orderId,
} from '../builders.ts';
import { depthsOf, dueIn, nodeStockOf, runStock, stockOf } from '../stock-of.ts';
import type { ContractOptions, OpenedStore } from './store.ts';

const PROMISED_SECONDS = 2 * 3600;
const OTHER = nodeName('other');
/** Refused, so that everything before it in the same write is rolled back. */
const ILLEGAL: Change = { change: 'orderSent', id: orderId(99) };

const ids = fc.integer({ min: 1, max: 8 });
const depths = fc.constantFrom(17, 18);
const ttls = fc.integer({ min: 0, max: 8 });
const nodes = fc.constantFrom(NODE, OTHER);
const withheld = fc.constantFrom<ObservedWithheld | null>('missing', 'lost', 'in_use', null, null);

const change = <Wish>(wishes: fc.Arbitrary<Wish>, of: (wish: Wish) => Change): fc.Arbitrary<Change> =>
  wishes.map(of);

const ofAnyStore: fc.Arbitrary<Change> = fc.oneof(
  change(fc.record({ n: ids, depth: depths, ttlHours: ttls, node: nodes }), (wishes) => ({
    change: 'stampAdded',
    stamp: aStamp(wishes),
  })),
  change(fc.record({ n: ids, depth: depths, node: nodes, hour: ttls }), ({ hour, ...wishes }) => ({
    change: 'stampAdded',
    stamp: aPropagatingStamp({ ...wishes, createdAt: hours(hour) }),
  })),
  change(fc.record({ n: ids, ttl: ttls }), ({ n, ttl }) => ({
    change: 'stampAvailable',
    batchId: batchId(n),
    expiresAt: hours(ttl),
    ttlAtCreationSeconds: ttl * 3600,
  })),
  change(
    fc.record({ n: ids, of: depths, ttl: fc.option(ttls), reason: withheld }),
    ({ n, of, ttl, reason }) => ({
      change: 'stampSeen',
      batchId: batchId(n),
      depth: depth(of),
      amount: plur(1n),
      immutable: true,
      expiresAt: ttl === null ? null : hours(ttl),
      withheld: reason,
    }),
  ),
  change(fc.record({ n: ids, reason: withheld }), ({ n, reason }) => ({
    change: 'stampMissing',
    batchId: batchId(n),
    sinceBlock: 5,
    withheld: reason,
    lastLostAtBlock: null,
  })),
  change(ids, (n) => ({ change: 'stampExpired', batchId: batchId(n) })),
  change(nodes, (node) => ({ change: 'nodeChanged', node, other: OTHER_ADDRESS, otherChainId: null })),
  change(nodes, (node) => ({ change: 'nodeReturned', node })),
  change(fc.constantFrom(ADDRESS, OTHER_ADDRESS), (address) => ({
    change: 'nodeMoved',
    node: NODE,
    address,
    observedAt: null,
  })),
);

const clockSet = change(fc.constantFrom(-1, 1, 2), (by) => ({ change: 'clockSet', byMs: by * 3_600_000 }));

/** Most histories are too short to collect a stock of several stamps that expire one after the other. */
const stockAtFirst = fc
  .uniqueArray(
    fc.record({
      n: ids,
      depth: fc.constantFrom(17, 17, 18),
      node: nodes,
      hour: ttls,
      isPropagating: fc.constantFrom(true, false, false, false),
    }),
    { selector: ({ n }) => n, maxLength: 8 },
  )
  .map((stamps) =>
    stamps.map(
      ({ hour, isPropagating, ...wishes }): Change => ({
        change: 'stampAdded',
        stamp: isPropagating
          ? aPropagatingStamp({ ...wishes, createdAt: hours(hour) })
          : aStamp({ ...wishes, ttlHours: hour }),
      }),
    ),
  );

/** A purchase or a top-up that is sent and, in some histories, claimed and overdue. */
const orders = fc
  .record({ n: ids, of: ids, isTopUp: fc.boolean(), isOverdue: fc.boolean() })
  .map(({ n, of, isTopUp, isOverdue }): readonly Change[] => [
    { change: 'orderPlanned', order: isTopUp ? aTopUp({ n, of: batchId(of) }) : anOrder({ n }) },
    { change: 'orderSent', id: orderId(n) },
    ...(isOverdue
      ? ([
          { change: 'orderAnswered', id: orderId(n), batchId: batchId(of), txHash: '0xa', atBlock: 1 },
          { change: 'orderOverdue', id: orderId(n), cause: 'not shown' },
        ] as const)
      : []),
  ]);

type Step = (store: Store, hour: number) => Promise<unknown>;

const ignore = (): void => {};
const stepsOf = (changes: fc.Arbitrary<Change>): fc.Arbitrary<Step> =>
  fc.oneof(
    {
      weight: 9,
      arbitrary: changes.map(
        (one): Step =>
          (store) =>
            store.write([one], hours(0)),
      ),
    },
    // the order may be planned already
    {
      weight: 2,
      arbitrary: orders.map(
        (all): Step =>
          (store) =>
            store.write(all, hours(0)).catch(ignore),
      ),
    },
    {
      weight: 4,
      arbitrary: changes.map(
        (one): Step =>
          (store) =>
            store.write([one, ILLEGAL], hours(0)).catch(ignore),
      ),
    },
    {
      weight: 3,
      arbitrary: depths.map(
        (of): Step =>
          (store, hour) =>
            store.acquire([aRequest({ depth: of })], momentAt(hours(hour), PROMISED_SECONDS)),
      ),
    },
  );

const NO_NODES: ReadonlySet<NodeName> = new Set();

/** The stock of all nodes, beside what all stamps show. */
async function comparePool(store: Store, moment: Moment): Promise<void> {
  const stock = await stockOf(store);
  const pool = await store.allocations.poolStock(moment);
  deepStrictEqual(pool.openOrders, await store.openOrders());
  const expected = (await store.stockedNodes()).map((node) => {
    const stamps = stock.stamps.filter((stamp) => stamp.node === node);
    const openOrders = pool.openOrders.filter((order) => order.node === node);
    const lastShown = { purchaseBlock: null, topUps: new Map() };
    const whole = { stamps, openOrders, abandonedOrders: [], lastShown };
    const counts = runStock(whole, PROMISED_SECONDS, moment.at);
    return { node, depths: counts.depths, propagating: counts.propagating };
  });
  deepStrictEqual(
    pool.nodes.map((counts) => ({
      node: counts.node,
      depths: counts.depths,
      propagating: counts.propagating,
    })),
    expected,
  );
  const propagating = stock.stamps.filter(
    (stamp) => stamp.state === 'propagating' && stamp.withheld === null,
  );
  const firsts = [...Map.groupBy(propagating, (stamp) => stamp.depth)].map(
    ([of, stamps]) => [of, Math.min(...stamps.map(({ createdAt }) => createdAt.getTime()))] as const,
  );
  const first = await store.firstPropagating();
  deepStrictEqual(first, new Map(firsts.map(([of, atMs]) => [of, new Date(atMs)])));
}

/** What a run reads of a node, beside what all its stamps show. */
async function compareNode(store: Store, moment: Moment): Promise<void> {
  const whole = await nodeStockOf(store, NODE);
  deepStrictEqual(await store.nodeStock(NODE, moment), runStock(whole, PROMISED_SECONDS, moment.at));
  const after = (hoursLater: number): Date => new Date(moment.at.getTime() + hoursLater * 3_600_000);
  const { stamps } = await stockOf(store);
  for (const [keep, drained] of [
    [0, NO_NODES],
    [1, NO_NODES],
    [2, NO_NODES],
    [3, new Set([OTHER])],
    [4, NO_NODES],
    [9, NO_NODES],
  ] as const) {
    const request = {
      depth: depth(17),
      keep,
      drained,
      from: after(1),
      until: after(6),
      promised: after(3),
      limit: 2,
    };
    deepStrictEqual(await store.dueStamps(NODE, request), dueIn(stamps, NODE, request), `keep ${keep}`);
  }
  const pages: LiveStamp[] = [];
  for (let page: readonly LiveStamp[] = []; ; ) {
    page = await store.watchedStamps(NODE, { after: pages.at(-1)?.batchId ?? null, limit: 2 });
    if (page.length === 0) break;
    pages.push(...page);
  }
  const isWatched = (stamp: LiveStamp): boolean =>
    stamp.state === 'propagating' ||
    stamp.missingSinceBlock !== null ||
    (stamp.withheld !== null && stamp.withheld !== 'node_changed');
  deepStrictEqual(pages, whole.stamps.filter(isWatched));
}

/** Holds that the stock is counted as a count of all stamps would, in any history and at any time. */
export function storeCounts(
  name: string,
  open: () => Promise<OpenedStore>,
  { numRuns, hasServerClock = false }: ContractOptions & { readonly numRuns: number },
): void {
  const changes = hasServerClock
    ? ofAnyStore
    : fc.oneof({ weight: 8, arbitrary: ofAnyStore }, { weight: 1, arbitrary: clockSet });
  const steps = stepsOf(changes);
  test(`${name} counts its stock as all its stamps show, after any history and at any time`, async () => {
    const history = fc.array(fc.tuple(steps, fc.constantFrom(0, 0, 0, 1, 1, 2, -3)), { maxLength: 30 });
    const property = fc.asyncProperty(stockAtFirst, history, async (atFirst, taken) => {
      const opened = await open();
      const { store } = opened;
      let hour = 0;
      try {
        await store.write(atFirst, hours(0));
        for (const [step, later] of taken) {
          await step(store, hour);
          hour = Math.max(0, hour + later);
          const moment = momentAt(hours(hour), PROMISED_SECONDS);
          const { depths: counted } = await store.snapshot(moment);
          deepStrictEqual(counted, depthsOf(await stockOf(store), PROMISED_SECONDS, moment.at));
          await compareNode(store, moment);
          await comparePool(store, moment);
        }
      } finally {
        await opened.cleanUp();
      }
    });
    await expect(fc.assert(property, { numRuns })).resolves.toBeUndefined();
  });
}
