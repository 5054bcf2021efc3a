import { expect, it } from 'vitest';
import type { NodeReport } from '../../src/domain/node-report.ts';
import { nodeName, plur } from '../../src/domain/units.ts';
import { reconcile } from '../../src/reconciler/reconcile.ts';
import { aNodeReport, lastObserved } from '../a-node-report.ts';
import { ADDRESS, NODE, OTHER_ADDRESS, T0 } from '../builders.ts';
import { withMembers } from '../store/with-members.ts';
import { aNode } from './a-node.ts';

/** What is saved after a run in which the node did not answer. */
async function savedBy(
  node: Awaited<ReturnType<typeof aNode>>,
  wishes = {},
): Promise<NodeReport | undefined> {
  const { parts } = node;
  const silent = { is: 'incomplete', node: NODE, at: T0, code: 'NODE_UNREACHABLE', reason: '' } as const;
  const bee = { ...parts.bee, observe: async () => ({ ...silent, addresses: [], chainId: null }) };
  await reconcile({ ...parts, bee, ...wishes }, { dryRun: false });
  return (await parts.store.lastKnown.all()).find((report) => report.node === NODE);
}

it.each([
  { address: ADDRESS, what: 'keeps what was observed before' },
  { address: OTHER_ADDRESS, what: 'forgets what was observed when the name had another address' },
])('the report of a node that does not answer $what', async ({ address }) => {
  await using node = await aNode([]);
  await node.parts.store.lastKnown.save(aNodeReport({ observed: lastObserved(address) }));
  expect(await savedBy(node)).toMatchObject({
    fresh: false,
    observed: address === ADDRESS ? lastObserved(ADDRESS) : null,
  });
});

it('the report keeps what was observed of its own node, whatever others have reported', async () => {
  await using node = await aNode([]);
  const { lastKnown } = node.parts.store;
  const price = plur(7n);
  await lastKnown.save(aNodeReport({ node: nodeName('a'), observed: { ...lastObserved(), price } }));
  await lastKnown.save(aNodeReport());
  expect(await savedBy(node)).toMatchObject({ observed: lastObserved() });
});

it('a report that cannot be saved is an incident, and what the run did stays done', async () => {
  await using node = await aNode([]);
  const { store, incidents } = node.parts;
  const save = () => Promise.reject(new Error('the disk is full'));
  const { lastKnown } = store;
  const failing = withMembers(store, {
    lastKnown: { all: () => lastKnown.all(), read: (name) => lastKnown.read(name), save },
  });
  expect(await savedBy(node, { store: failing })).toBeUndefined();
  expect(incidents.recent().find(({ code }) => code === 'STORE_FAILED')).toMatchObject({
    subject: NODE,
    message: expect.stringContaining('the disk is full'),
  });
});

it('the report says whether the last canary failed', async () => {
  await using node = await aNode([]);
  expect(await savedBy(node)).toMatchObject({ canaryFailed: false });
  const last = () => ({ ok: false, checkedAt: T0, message: '' });
  expect(await savedBy(node, { canaryChecks: { last } })).toMatchObject({ canaryFailed: true });
});
