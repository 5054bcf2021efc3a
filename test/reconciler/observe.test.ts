import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { createBee } from '../../src/bee/http-bee.ts';
import { HOUR_MS } from '../../src/domain/durations.ts';
import type { Observation } from '../../src/domain/observation.ts';
import {
  type BatchId,
  depth,
  type EthereumAddress,
  nodeName,
  parseEthereumAddress,
  required,
} from '../../src/domain/units.ts';
import { NO_HISTORY } from '../../src/reconciler/assess.ts';
import { type ObserveParts, observe, readNode } from '../../src/reconciler/observe.ts';
import { ExpiryClock } from '../../src/signals/expiry-clock.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { ADDRESS, aStamp, aTopUp, batchId, NODE, OTHER_ADDRESS, orderId } from '../builders.ts';
import { temporarySqliteStore } from '../store/temporary-store.ts';
import { inProcess } from '../virtual/in-process.ts';
import { VirtualClock } from '../virtual/virtual-clock.ts';
import { aPolicy } from '../virtual/world.ts';
import { anObservation } from './plan-input.ts';

const OTHER = nodeName('other');
const INCOMPLETE = { is: 'incomplete', reason: '', addresses: [], chainId: null } as const;

/** A node that answers in place of the pinned one. */
async function observedNode() {
  const simulator = createSimulator({ seed: 1 });
  simulator.mineBlocks(40);
  const temporary = await temporarySqliteStore();
  const { store } = temporary;
  const clock = new VirtualClock();
  await store.write(
    [{ change: 'nodePinned', node: NODE, address: OTHER_ADDRESS, chainId: null }],
    clock.now(),
  );
  const lease = required(
    await store.leases.hold({ node: NODE, holder: 'a', ttlMs: 60_000, at: clock.now() }),
    'a free lease',
  );
  const send = inProcess(() => simulator, new AbortController().signal);
  const parts = {
    node: NODE,
    nodes: [NODE, OTHER],
    bee: createBee({ node: NODE, send, clock, observeTimeoutMs: 20_000 }),
    store,
    levels: { include: async () => {} },
    clock,
    expiryClock: new ExpiryClock(clock),
    policy: aPolicy(),
    history: { current: NO_HISTORY },
    log: () => {},
    tenure: { lease },
    stopping: new AbortController().signal,
  };
  return { parts, simulator, [Symbol.asyncDispose]: () => temporary.cleanUp() };
}

const observeNode = async (parts: ObserveParts, options: Parameters<typeof observe>[2]) =>
  await observe(parts, await readNode(parts), options);

it.each([
  { dryRun: true, what: 'keeps and writes nothing' },
  { dryRun: false, what: 'keeps the history, and writes that another node answers' },
])('with dryRun = $dryRun, an observation $what', async ({ dryRun }) => {
  await using observed = await observedNode();
  const { parts } = observed;
  const { freshness, view } = await observeNode(parts, { dryRun, report: () => {} });
  expect(freshness).toMatchObject({ is: 'stale', code: 'NODE_CHANGED' });
  expect(view).toMatchObject({ address: OTHER_ADDRESS, fresh: false });
  expect(parts.history.current === NO_HISTORY).toBe(dryRun);
  expect((await parts.store.node(NODE))?.changed === null).toBe(dryRun);
});

it.each<[string, Partial<Observation>, boolean, EthereumAddress | null]>([
  ['answers', {}, true, ADDRESS],
  ['does not answer', { ...INCOMPLETE, code: 'NODE_UNREACHABLE' }, false, null],
  [
    'answers in part',
    { ...INCOMPLETE, code: 'NODE_SYNCING', addresses: [ADDRESS], chainId: null },
    true,
    ADDRESS,
  ],
])(
  'shows of a node that %s whether it was reached, and its address',
  async (_what, shown, reachable, seenAddress) => {
    await using observed = await observedNode();
    const bee = { ...observed.parts.bee, observe: async () => Object.assign(anObservation(), shown) };
    const { view } = await observeNode({ ...observed.parts, bee }, { dryRun: true, report: () => {} });
    expect(view).toMatchObject({ reachable, seenAddress });
  },
);

it('decides on the first observation of a node only if it is the only node, and shows its address from then on', async () => {
  for (const nodes of [[NODE], [nodeName('a'), NODE]]) {
    await using observed = await observedNode();
    const { store, clock } = observed.parts;
    const other = { change: 'nodePinned', node: nodeName('a'), address: ADDRESS, chainId: null } as const;
    await store.write([{ change: 'nodeRetired', node: NODE }, other], clock.now());
    const parts = { ...observed.parts, nodes };
    const { freshness, view } = await observeNode(parts, { dryRun: false, report: () => {} });
    expect(freshness).toMatchObject(nodes.length === 1 ? { is: 'fresh' } : { code: 'NODE_PINNED' });
    expect(view.address).toBe(parseEthereumAddress(`0x${observed.simulator.wallet}`));
    const next = await observeNode(parts, { dryRun: true, report: () => {} });
    expect([next.freshness.is, next.view.address]).toEqual(['fresh', view.address]);
  }
});

it('holds a node that has the address of another node of the settings, and does not pin it', async () => {
  await using observed = await observedNode();
  const { parts, simulator } = observed;
  const address = parseEthereumAddress(`0x${simulator.wallet}`);
  const pinned = { change: 'nodePinned', node: OTHER, address, chainId: null } as const;
  await parts.store.write([{ change: 'nodeRetired', node: NODE }, pinned], parts.clock.now());
  const { freshness } = await observeNode(parts, { dryRun: false, report: () => {} });
  expect(freshness).toMatchObject({
    code: 'NODE_CHANGED',
    reason: `${address} answers, which is the node other already: SWARM_BEE_API_URL names one node twice`,
  });
  expect((await parts.store.node(NODE))?.address).toBeNull();
  const alone = await observeNode({ ...parts, nodes: [NODE] }, { dryRun: false, report: () => {} });
  expect(alone.freshness.is, 'a name that is not in the settings any more does not count').toBe('fresh');
});

it('asks the node for the balances that a top-up changes: of stamps that have one under way, or are due for one', async () => {
  await using observed = await observedNode();
  const { bee, store, clock } = observed.parts;
  const at = clock.now();
  const living = (n: number, hours: number) => ({
    ...aStamp({ n }),
    expiresAt: new Date(at.getTime() + hours * HOUR_MS),
  });
  const orders = [aTopUp({ n: 1, of: batchId(1) }), aTopUp({ n: 2, of: batchId(2) })];
  await store.write(
    [
      ...[living(1, 200), living(2, 20), living(3, 20), living(4, 200)].map(
        (stamp) => ({ change: 'stampAdded', stamp }) as const,
      ),
      ...orders.flatMap((order) => [
        { change: 'orderPlanned', order } as const,
        { change: 'orderSent', id: order.id } as const,
      ]),
      { change: 'orderUnknown', id: orderId(1), cause: '' },
      { change: 'orderAbandoned', id: orderId(1), cause: '', atBlock: 1 },
    ],
    at,
  );
  const asked: BatchId[] = [];
  const asking: typeof bee.observe = async (valuesOf) => {
    asked.push(...valuesOf);
    return await bee.observe(valuesOf);
  };
  const policy = aPolicy({ targets: new Map([[depth(17), 4]]) });
  const parts = { ...observed.parts, policy, bee: { ...bee, observe: asking } };
  await observeNode(parts, { dryRun: true, report: () => {} });
  expect(asked.toSorted()).toEqual([batchId(1), batchId(2), batchId(3)]);
});

it('waits for the node no longer than the tenure lasts, and leaves nothing with its signal', async () => {
  await using observed = await observedNode();
  const stop = new AbortController();
  const parts = { ...observed.parts, stopping: stop.signal };
  await observeNode(parts, { dryRun: true, report: () => {} });
  expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
  const asked = Promise.withResolvers<void>();
  const silent = {
    ...parts.bee,
    observe: () => {
      asked.resolve();
      return new Promise<never>(() => {});
    },
  };
  const observing = observeNode({ ...parts, bee: silent }, { dryRun: true, report: () => {} });
  await asked.promise;
  stop.abort(new Error('the lease is lost'));
  await expect(observing).rejects.toThrow('the lease is lost');
  await expect(observeNode(parts, { dryRun: true, report: () => {} })).rejects.toThrow('the lease is lost');
});
