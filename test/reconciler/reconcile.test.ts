import { expect, it } from 'vitest';
import type { NodeReport } from '../../src/domain/node-report.ts';
import { depth, type NodeName, nodeName } from '../../src/domain/units.ts';
import { reconcile } from '../../src/reconciler/reconcile.ts';
import { purchaseAmount } from '../../src/reconciler/spending.ts';
import { Incidents } from '../../src/signals/incidents.ts';
import { aNodeReport, lastObserved } from '../a-node-report.ts';
import { aStamp, NODE, OTHER_ADDRESS } from '../builders.ts';
import { aPolicy } from '../virtual/world.ts';
import { aNode } from './a-node.ts';
import { anObservation, fresh, seenOf } from './plan-input.ts';

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
    const { actions } = await reconcile({ ...parts, bee, policy, nodes }, { dryRun: true });
    return actions.map((action) => (action.do === 'hold' ? action.code : action.do));
  };
  expect(await decided([NODE, OTHER]), 'nothing is known of it').toEqual(['buy']);
  await parts.store.lastKnown.save(reportOf(OTHER));
  expect([await decided([NODE, OTHER]), await decided([NODE])]).toEqual([['OTHER_NODE'], ['buy']]);
  await parts.store.lastKnown.save(reportOf(OTHER, { drained: true }));
  await parts.store.lastKnown.save(reportOf(NODE));
  expect(await decided([NODE, OTHER], 3), 'it is one buyer').toEqual(['buy', 'BUSY']);
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
    const { actions } = await reconcile({ ...parts, bee, policy, random: () => drawn }, { dryRun: true });
    const amount = purchaseAmount(policy, chain, { ttlJitter: drawn, amountNonce });
    expect(actions).toMatchObject([{ do: 'buy', amount }]);
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
