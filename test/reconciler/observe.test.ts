import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { createBee } from '../../src/bee/http-bee.ts';
import type { Observation } from '../../src/domain/observation.ts';
import { type EthereumAddress, nodeName, parseEthereumAddress, required } from '../../src/domain/units.ts';
import { NO_HISTORY } from '../../src/reconciler/assess.ts';
import { observe } from '../../src/reconciler/observe.ts';
import { ExpiryClock } from '../../src/signals/expiry-clock.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { ADDRESS, NODE, OTHER_ADDRESS } from '../builders.ts';
import { temporarySqliteStore } from '../store/temporary-store.ts';
import { inProcess } from '../virtual/in-process.ts';
import { VirtualClock } from '../virtual/virtual-clock.ts';
import { aPolicy } from '../virtual/world.ts';
import { anObservation } from './plan-input.ts';

const OTHER = nodeName('other');
const INCOMPLETE = { is: 'incomplete', reason: '', addresses: [] } as const;

/** A node that answers in place of the pinned one. */
async function observedNode() {
  const simulator = createSimulator({ seed: 1 });
  simulator.mineBlocks(40);
  const temporary = await temporarySqliteStore();
  const { store } = temporary;
  const clock = new VirtualClock();
  await store.write([{ change: 'nodePinned', node: NODE, address: OTHER_ADDRESS }], clock.now());
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

it.each([
  { dryRun: true, what: 'keeps and writes nothing' },
  { dryRun: false, what: 'keeps the history, and writes that another node answers' },
])('with dryRun = $dryRun, an observation $what', async ({ dryRun }) => {
  await using observed = await observedNode();
  const { parts } = observed;
  const { freshness, view } = await observe(parts, { dryRun, report: () => {} });
  expect(freshness).toMatchObject({ is: 'stale', code: 'NODE_CHANGED' });
  expect(view).toMatchObject({ address: OTHER_ADDRESS, fresh: false });
  expect(parts.history.current === NO_HISTORY).toBe(dryRun);
  expect((await parts.store.node(NODE))?.changed === null).toBe(dryRun);
});

it.each<[string, Partial<Observation>, boolean, EthereumAddress | null]>([
  ['answers', {}, true, ADDRESS],
  ['does not answer', { ...INCOMPLETE, code: 'NODE_UNREACHABLE' }, false, null],
  ['answers in part', { ...INCOMPLETE, code: 'NODE_SYNCING', addresses: [ADDRESS] }, true, ADDRESS],
])(
  'shows of a node that %s whether it was reached, and its address',
  async (_what, shown, reachable, seenAddress) => {
    await using observed = await observedNode();
    const bee = { ...observed.parts.bee, observe: async () => Object.assign(anObservation(), shown) };
    const { view } = await observe({ ...observed.parts, bee }, { dryRun: true, report: () => {} });
    expect(view).toMatchObject({ reachable, seenAddress });
  },
);

it('holds a node that has the address of another node of the settings, and does not pin it', async () => {
  await using observed = await observedNode();
  const { parts, simulator } = observed;
  const address = parseEthereumAddress(`0x${simulator.wallet}`);
  const pinned = { change: 'nodePinned', node: OTHER, address } as const;
  await parts.store.write([{ change: 'nodeRetired', node: NODE }, pinned], parts.clock.now());
  const { freshness } = await observe(parts, { dryRun: false, report: () => {} });
  expect(freshness).toMatchObject({
    code: 'NODE_CHANGED',
    reason: `${address} answers, which is the node other already: SWARM_BEE_API_URL names one node twice`,
  });
  expect((await parts.store.node(NODE))?.address).toBeNull();
  const alone = await observe({ ...parts, nodes: [NODE] }, { dryRun: false, report: () => {} });
  expect(alone.freshness.is, 'a name that is not in the settings any more does not count').toBe('fresh');
});

it('waits for the node no longer than the tenure lasts, and leaves nothing with its signal', async () => {
  await using observed = await observedNode();
  const stop = new AbortController();
  const parts = { ...observed.parts, stopping: stop.signal };
  await observe(parts, { dryRun: true, report: () => {} });
  expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
  const silent = { ...parts.bee, observe: () => new Promise<never>(() => {}) };
  const observing = observe({ ...parts, bee: silent }, { dryRun: true, report: () => {} });
  stop.abort(new Error('the lease is lost'));
  await expect(observing).rejects.toThrow('the lease is lost');
  await expect(observe(parts, { dryRun: true, report: () => {} })).rejects.toThrow('the lease is lost');
});
