import { expect, it } from 'vitest';
import type { NodeReport } from '../../src/domain/node-report.ts';
import { reconcile } from '../../src/reconciler/reconcile.ts';
import { aNodeReport, lastObserved } from '../a-node-report.ts';
import { ADDRESS, NODE, OTHER_ADDRESS, T0 } from '../builders.ts';
import { aNode } from './a-node.ts';

/** What is saved after a run in which the node did not answer. */
async function savedBy(
  node: Awaited<ReturnType<typeof aNode>>,
  wishes = {},
): Promise<NodeReport | undefined> {
  const { parts } = node;
  const silent = { is: 'incomplete', node: NODE, at: T0, code: 'NODE_UNREACHABLE', reason: '' } as const;
  const bee = { ...parts.bee, observe: async () => ({ ...silent, addresses: [] }) };
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

it('the report says whether the last canary failed', async () => {
  await using node = await aNode([]);
  expect(await savedBy(node)).toMatchObject({ canaryFailed: false });
  const last = () => ({ ok: false, checkedAt: T0, message: '' });
  expect(await savedBy(node, { canaryChecks: { last } })).toMatchObject({ canaryFailed: true });
});
