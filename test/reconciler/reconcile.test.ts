import { expect, it } from 'vitest';
import type { NodeReport } from '../../src/domain/node-report.ts';
import type { Policy } from '../../src/domain/policy.ts';
import { depth, type NodeName, nodeName } from '../../src/domain/units.ts';
import { reconcile } from '../../src/reconciler/reconcile.ts';
import type { ReconcileParts } from '../../src/reconciler/reconcile-parts.ts';
import { purchaseAmount } from '../../src/reconciler/spending.ts';
import { Incidents } from '../../src/signals/incidents.ts';
import { aNodeReport, lastObserved } from '../a-node-report.ts';
import { anOrder, aStamp, batchId, NODE, OTHER_ADDRESS, orderId, T0 } from '../builders.ts';
import { withMembers } from '../store/with-members.ts';
import { aPolicy } from '../virtual/world.ts';
import { aNode } from './a-node.ts';
import { anObservation, batchOf, fresh, SYNCED, seenOf, sent } from './plan-input.ts';

const OTHER = nodeName('other');

const reportOf = (node: NodeName, wishes: Partial<NodeReport> = {}): NodeReport =>
  aNodeReport({ node, observed: lastObserved(OTHER_ADDRESS), ...wishes });

it('a run leaves purchases to another node of the settings, by its last report, and to no other one', async () => {
  const stamp = aStamp();
  await using node = await aNode([{ change: 'stampAdded', stamp }]);
  const { parts } = node;
  const bee = { ...parts.bee, observe: async () => anObservation({ stamps: [seenOf(stamp)] }) };
  const targeting = (count: number) => aPolicy({ targets: new Map([[depth(17), count]]) });
  const decided = async (nodes: readonly NodeName[], target = 2) => {
    const policy = targeting(target);
    const { run } = await reconcile({ ...parts, bee, policy, nodes }, { dryRun: true });
    return run.actions.map((action) => (action.do === 'hold' ? action.code : action.do));
  };
  expect(await decided([NODE, OTHER]), 'nothing is known of it').toEqual(['buy']);
  await parts.store.lastKnown.save(reportOf(OTHER));
  expect([await decided([NODE, OTHER]), await decided([NODE])]).toEqual([['OTHER_NODE'], ['buy']]);
  await parts.store.lastKnown.save(reportOf(OTHER, { drained: true }));
  await parts.store.lastKnown.save(reportOf(NODE));
  expect(await decided([NODE, OTHER], 3), 'it is one buyer').toEqual(['buy', 'BUSY']);
});

/** A run of a node that shows this, and answers no request. */
async function runOf(
  { parts }: Awaited<ReturnType<typeof aNode>>,
  shown: Parameters<typeof anObservation>[0],
  { dryRun = false, ...wishes }: Partial<ReconcileParts> & { readonly dryRun?: boolean } = {},
) {
  const bee = {
    ...parts.bee,
    observe: async () => anObservation(shown),
    buy: () => new Promise<never>(() => {}),
    topUp: () => new Promise<never>(() => {}),
  };
  return (await reconcile({ ...parts, bee, ...wishes }, { dryRun })).run;
}

const small = (count: number, wishes: Partial<Policy> = {}): Policy =>
  aPolicy({ targets: new Map([[depth(17), count]]), ...wishes });

it('a run counts what it has sent, adopted and recovered', async () => {
  await using node = await aNode([
    { change: 'orderPlanned', order: anOrder() },
    { change: 'orderSent', id: orderId(1) },
    { change: 'orderUnknown', id: orderId(1), cause: 'reset' },
  ]);
  const stamps = [batchOf(), seenOf(aStamp({ n: 5 }))];
  const run = await runOf(node, { stamps }, { policy: small(3, { adoption: { from: 'any' } }) });
  expect(run.actions.map((action) => action.do)).toEqual(['adopt', 'buy']);
  expect(run).toMatchObject({
    dryRun: false,
    purchasesSent: 1,
    topUpsSent: 0,
    adoptedOrRecovered: 2,
    errors: [],
  });

  const stamp = aStamp({ ttlHours: 20 });
  await using due = await aNode([
    { change: 'stampAdded', stamp },
    { change: 'stampAvailable', ...stamp },
  ]);
  const toppingUp = await runOf(due, { stamps: [seenOf(stamp)] }, { policy: small(1) });
  expect(toppingUp).toMatchObject({ purchasesSent: 0, topUpsSent: 1, adoptedOrRecovered: 0 });
});

it('a run lists what it has reported', async () => {
  await using node = await aNode([]);
  const { errors, actions } = await runOf(node, { bzz: 0n }, { policy: small(1) });
  expect(errors).toEqual([`WALLET_BZZ: ${actions[0]?.reason}.`]);
  expect(node.parts.incidents.recent()).toMatchObject([{ code: 'WALLET_BZZ', subject: 'bee, depth 17' }]);
});

it('a run leaves a report of the node, unless it is a dry one, or has lost its lease', async () => {
  await using node = await aNode([]);
  const { store, clock, tenure } = node.parts;
  const reports = async () => (await store.lastKnown.all()).map((report) => report.node);
  await runOf(node, {}, { dryRun: true });
  expect(await reports()).toEqual([]);
  const end = () => tenure.end(new Error('the lease is lost'));
  const incidents = new Incidents({ log: () => {}, count: end }, clock);
  await runOf(node, { bzz: 0n }, { policy: small(1), incidents });
  expect(await reports()).toEqual([]);
  await using another = await aNode([]);
  await runOf(another, {}, { policy: small(0) });
  expect((await another.parts.store.lastKnown.all()).map((report) => report.node)).toEqual([NODE]);
});

it('a run knows the canaries of the node, and since when none is shown, if there should be one', async () => {
  const order = anOrder({ purpose: 'canary', plannedAtBlock: SYNCED - 10 });
  await using node = await aNode([
    { change: 'orderPlanned', order },
    { change: 'orderSent', id: order.id },
    { change: 'orderConfirmed', id: order.id, batchId: batchId(9), txHash: null, atBlock: SYNCED - 1 },
  ]);
  const policy = small(0, { canaryIntervalSeconds: 900 });
  const since = () => node.parts.canaryMissing.sinceBlock;
  await runOf(node, {}, { policy, dryRun: true });
  expect(since()).toBeNull();
  await runOf(node, {}, { policy });
  await runOf(node, { block: SYNCED + 7 }, { policy });
  expect(since()).toBe(SYNCED);
  const shown = { stamps: [batchOf(order)] };
  expect((await runOf(node, shown, { policy })).node.canary).toMatchObject({ batchId: batchId(9) });
  expect(since()).toBeNull();
  expect((await runOf(node, shown, { policy: small(0) })).node.canary).toBeNull();
});

it('a run does not report of a batch of the list that it was not adopted if it was in the pool', async () => {
  await using node = await aNode([{ change: 'stampAdded', stamp: aStamp({ n: 1 }) }]);
  const codesFor = async (n: number) => {
    const policy = small(0, { adoption: { from: 'list', batchIds: new Set([batchId(n)]) } });
    const { actions } = await runOf(node, {}, { policy, dryRun: true });
    return actions.map((action) => action.do === 'hold' && action.code);
  };
  expect(await codesFor(1)).toEqual(['NOTHING_TO_DO']);
  expect(await codesFor(2)).toEqual(['NOTHING_TO_DO', 'NOT_ADOPTED']);
});

it('a run leaves purchases to another node while its own canary fails', async () => {
  await using node = await aNode([]);
  await node.parts.store.lastKnown.save(reportOf(OTHER));
  const decided = async (ok: boolean | null) => {
    const last = () => ({ ok, checkedAt: T0, message: '' });
    const wishes = { nodes: [NODE, OTHER], policy: small(1), canaryChecks: { last }, dryRun: true };
    const { actions } = await runOf(node, {}, wishes);
    return actions.map((action) => (action.do === 'hold' ? action.code : action.do));
  };
  expect([await decided(true), await decided(null), await decided(false)]).toEqual([
    ['buy'],
    ['buy'],
    ['OTHER_NODE'],
  ]);
});

it('a run waits for an open order of its own process, and for any on a database with one process', async () => {
  const order = anOrder({ depth: 20, plannedAtBlock: SYNCED - 10 });
  await using node = await aNode([
    { change: 'orderPlanned', order },
    { change: 'orderSent', id: order.id },
    { change: 'orderUnknown', id: order.id, cause: 'reset' },
  ]);
  const { inFlight, store } = node.parts;
  const decided = async (shared: boolean) => {
    const leases = { ...store.leases, shared };
    const wishes = { store: withMembers(store, { leases }), policy: aPolicy(), dryRun: true };
    const [action] = (await runOf(node, {}, wishes)).actions;
    return action?.do === 'hold' ? action.code : action?.do;
  };
  expect([await decided(false), await decided(true)]).toEqual(['BUSY', 'buy']);
  inFlight.start(sent(order), 0, () => new Promise(() => {}));
  inFlight.forget(order.id);
  expect(await decided(true)).toBe('BUSY');
});

it('a run draws the nonce of an amount, and what is added to a duration, between their bounds', async () => {
  await using node = await aNode([]);
  const { parts } = node;
  const bee = { ...parts.bee, observe: async () => anObservation() };
  const policy = aPolicy({ targets: new Map([[depth(17), 1]]) });
  const { chain } = fresh();
  for (const [drawn, amountNonce] of [
    [0, 1n],
    [0.5, 500_001n],
    [1 - Number.EPSILON, 1_000_000n],
  ] as const) {
    const { run } = await reconcile({ ...parts, bee, policy, random: () => drawn }, { dryRun: true });
    const amount = purchaseAmount(policy, chain, { ttlJitter: drawn, amountNonce });
    expect(run.actions).toMatchObject([{ do: 'buy', amount }]);
  }
});

it('a dry run reminds of nothing that lasts, and a run does', async () => {
  const stamp = aStamp({ n: 1, withheld: 'in_use' });
  await using node = await aNode([{ change: 'stampAdded', stamp }]);
  const { parts } = node;
  const bee = { ...parts.bee, observe: async () => anObservation({ stamps: [seenOf(stamp)] }) };
  const counted: string[] = [];
  const incidents = new Incidents({ log: () => {}, count: (code) => void counted.push(code) }, parts.clock);
  const policy = aPolicy({ targets: new Map() });
  await reconcile({ ...parts, bee, incidents, policy }, { dryRun: true });
  expect(counted).toEqual([]);
  await reconcile({ ...parts, bee, incidents, policy }, { dryRun: false });
  expect(counted).toContain('STAMP_IN_USE');
});
