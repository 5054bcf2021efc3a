import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NoHolderError } from '../../src/domain/no-holder-error.ts';
import { nodeName } from '../../src/domain/units.ts';
import { createOperations, type Operations } from '../../src/pool/operations.ts';
import { Incidents } from '../../src/signals/incidents.ts';
import { BadCursorError } from '../../src/store/store.ts';
import { createWebhookOperations } from '../../src/webhooks/operations.ts';
import { anOrder, aStamp, NODE, T0 } from '../builders.ts';
import type { OpenedStore } from '../contracts/store.ts';
import { acquire, add, plan } from '../contracts/store-steps.ts';
import { failing } from '../http/failing-store.ts';
import { aReport } from '../run-report.ts';
import { temporarySqliteStore } from '../store/temporary-store.ts';
import { VirtualClock } from '../virtual/virtual-clock.ts';

const OTHER = nodeName('other');

let opened: OpenedStore;
beforeEach(async () => {
  opened = await temporarySqliteStore();
});
afterEach(() => opened.cleanUp());

type Parts = Parameters<typeof createOperations>[0];

function operationsWith({ store = opened.store, ...wishes }: Partial<Parts> = {}) {
  const clock = new VirtualClock(T0);
  const incidents = new Incidents({ log: () => {}, count: () => {} }, clock);
  const operations = createOperations({
    enabled: true,
    store,
    clock,
    runs: { join: async () => [], preview: async () => [] },
    incidents,
    webhooks: createWebhookOperations({ outbox: store.outbox, clock, sender: null }),
    replica: null,
    ...wishes,
  });
  return { operations, incidents, clock };
}

describe('the operations', () => {
  it('show the open orders, the spending and the holder of the node that is asked for', async () => {
    const { store } = opened;
    const [own, others] = [anOrder({ n: 1 }), anOrder({ n: 2, node: OTHER })];
    await plan(store, own, others);
    await store.leases.hold({ node: NODE, holder: 'first', ttlMs: 60_000, at: T0 });
    await store.leases.hold({ node: OTHER, holder: 'second', ttlMs: 90_000, at: T0 });
    const { operations, clock } = operationsWith();
    const ofNodes = <Value>(ask: (node: typeof NODE) => Promise<Value>) =>
      Promise.all([NODE, OTHER].map(ask));
    const openOrders = await ofNodes((node) => operations.openOrders(node));
    expect(openOrders.map((orders) => orders.map(({ id }) => id))).toEqual([[own.id], [others.id]]);
    expect(await ofNodes((node) => operations.spentByNodeSince(node, T0))).toEqual([own.cost, others.cost]);
    expect(await operations.spentByPoolSince(T0)).toBe(own.cost + others.cost);
    expect(await ofNodes((node) => operations.holderOf(node))).toEqual(['first', 'second']);
    clock.advanceTo(60_000);
    expect(await ofNodes((node) => operations.holderOf(node))).toEqual([null, 'second']);
  });

  it('show the acquisitions of all callers', async () => {
    const { store } = opened;
    await add(store, aStamp({ n: 1 }), aStamp({ n: 2 }));
    await acquire(store, { caller: 'one' });
    await acquire(store, { caller: 'two' });
    const { items } = await operationsWith().operations.acquisitions({ first: 9, after: null });
    expect(items.map((operations) => operations.item.caller)).toEqual(['two', 'one']);
  });

  it('make a run or a dry run of every node, unless the pool is disabled or no process makes it', async () => {
    const { run } = aReport();
    const other = { ...run, node: { ...run.node, name: OTHER } };
    const runs = { join: async () => [run, other], preview: async () => [other] };
    const made = (wishes: Partial<Parts>, dryRun = false) =>
      operationsWith({ runs, ...wishes }).operations.runMaintenance({ dryRun });
    expect(await made({})).toEqual({ is: 'done', runs: [run, other] });
    expect(await made({}, true)).toEqual({ is: 'done', runs: [other] });
    expect(await made({ enabled: false })).toEqual({ is: 'disabled' });
    const madeBy = (join: Parts['runs']['join']) => made({ runs: { ...runs, join } });
    const unheld = Promise.reject(new NoHolderError([OTHER]));
    expect(await madeBy(() => unheld)).toEqual({ is: 'noHolder', nodes: [OTHER] });
    const failed = Promise.reject(new Error('the node is away'));
    await expect(madeBy(() => failed)).rejects.toThrow('the node is away');
    await expect(madeBy(async () => [])).rejects.toThrow('has no node');
  });

  const PAGE = { first: 1, after: null };
  const OF_STORE: [string, (operations: Operations) => Promise<unknown>][] = [
    ['spentByNodeSince', (operations) => operations.spentByNodeSince(NODE, T0)],
    ['spentByPoolSince', (operations) => operations.spentByPoolSince(T0)],
    ['openOrders', (operations) => operations.openOrders(NODE)],
    ['holderOf', (operations) => operations.holderOf(NODE)],
    ['orders', (operations) => operations.orders({ ...PAGE, states: null })],
    ['acquisitions', (operations) => operations.acquisitions(PAGE)],
    ['deliveries', (operations) => operations.webhooks.deliveries({ ...PAGE, statuses: null })],
    ['sendTest', (operations) => operations.webhooks.sendTest()],
    ['resend', (operations) => operations.webhooks.resend('1')],
  ];

  it.each(OF_STORE)('report the failure of %s as an incident', async (_name, call) => {
    const fails = async (): Promise<never> => {
      throw new TypeError('a bug');
    };
    const webhooks = { deliveries: fails, sendTest: fails, resend: fails };
    const { operations, incidents } = operationsWith({ store: failing(opened.store), webhooks });
    await expect(call(operations)).rejects.toBeInstanceOf(Error);
    expect(incidents.recent()).toHaveLength(1);
  });

  it('report no mistake of a client, and tell a failure of the database from others', async () => {
    const { operations, incidents } = operationsWith();
    const page = { ...PAGE, after: 'nonsense' };
    await expect(operations.orders({ ...page, states: null })).rejects.toThrow(BadCursorError);
    await expect(operations.acquisitions(page)).rejects.toThrow(BadCursorError);
    expect(incidents.recent()).toEqual([]);
    const broken = operationsWith({ store: failing(opened.store) });
    await expect(broken.operations.openOrders(NODE)).rejects.toThrow('disk I/O error');
    await expect(broken.operations.holderOf(NODE)).rejects.toThrow(TypeError); // `failing` has no ports
    expect(broken.incidents.recent()).toMatchObject([
      { code: 'REQUEST_FAILED', subject: 'pool', message: expect.stringMatching(/not a function/) },
      { code: 'STORE_FAILED', subject: 'pool', message: expect.stringMatching(/disk I\/O error/) },
    ]);
  });
});
