import type { Action } from '../../src/domain/action.ts';
import type { MaintenanceRun } from '../../src/domain/maintenance-run.ts';
import type { AuditContext } from './audit-context.ts';
import { isForPool, isUnsettled } from './disk.ts';
import { expectedTopUps } from './expected-top-ups.ts';
import { Violation } from './violation.ts';

/** Holds that an operator has to act on. */
const REPORTED_HOLDS = [
  'NODE_UNREACHABLE',
  'NODE_SYNCING',
  'NODE_BEHIND',
  'OBSERVATION_OLD',
  'NODE_INVALID_RESPONSE',
  'NODE_CHANGED',
  'CHAIN_DISABLED',
  'PRICE_UNKNOWN',
  'PRICE_TOO_HIGH',
  'ORDER_ABOVE_LIMIT',
  'BUDGET',
  'WALLET_BZZ',
  'WALLET_XDAI',
  'PURCHASE_ABANDONED',
  'TOP_UP_ABANDONED',
];

/** Rule 8: a run says what it does or why it does nothing, names every need, and reports what the operator has to do. */
export function checkReasons(
  context: AuditContext,
  { actions, node }: MaintenanceRun,
  { reportedInRun, givenSince }: Since,
): void {
  if (actions.length === 0) throw new Violation(8, 'a run has done nothing and gives no reason');
  const unexplained = actions.find(({ reason }) => reason.trim() === '');
  if (unexplained) throw new Violation(8, `a run says "${unexplained.do}" without a reason`);
  for (const action of actions) {
    if (action.do === 'hold' && REPORTED_HOLDS.includes(action.code) && reportedInRun(action.code) === 0)
      throw new Violation(8, `a run holds for ${action.code}, and no incident was reported`);
    if (action.do !== 'expire') continue;
    const state = context.disk.read().stamps.get(action.batchId)?.state;
    if (state !== 'expired' && state !== 'acquired')
      throw new Violation(8, `a run reports that it ends ${action.batchId}, which is ${state}`);
  }
  const forAll = actions.some(
    (one) => one.do === 'hold' && one.depth === null && !['NOTHING_TO_DO', 'NOT_ADOPTED'].includes(one.code),
  );
  if (!node.fresh || forAll) return;
  for (const [depth, target] of context.world.policy.targets)
    checkDepth(context, actions, { depth, target, givenSince });
}

interface Since {
  /** How often an incident of that code was reported in this run. */
  readonly reportedInRun: (code: string) => number;
  /** The stamps that clients have acquired since the observation. The plan may have counted them as stock. */
  readonly givenSince: ReadonlySet<string>;
}

function checkDepth(
  context: AuditContext,
  actions: readonly Action[],
  {
    depth,
    target,
    givenSince,
  }: Pick<Since, 'givenSince'> & { readonly depth: number; readonly target: number },
): void {
  const { stamps, orders } = context.disk.read();
  const ours = [...stamps.values()].filter((one) => one.depth === depth);
  const live = ours.filter(
    ({ state, withheld }) =>
      (state === 'available' || state === 'propagating') && withheld !== 'lost' && withheld !== 'in_use',
  );
  const unsettled = [...orders.values()].filter((one) => one.depth === depth && isUnsettled(one));
  const buying = unsettled.filter(isForPool).length;
  const ofDepth = actions // the next run replaces what this one ends
    .filter((one) => one.depth === depth && !one.reason.startsWith('canary: '));
  const given = ours.filter(({ batchId }) => givenSince.has(batchId));
  if (live.length + given.length + buying < target && ofDepth.length === 0)
    throw new Violation(8, `depth ${depth} is short, and the run has no action for it`);

  const coming = buying + live.filter(({ state }) => state === 'propagating').length;
  const due = expectedTopUps(context, {
    depth,
    room: target - coming - given.length,
    isShown: ({ batchId }) => context.view.of(batchId)?.shown?.usable ?? false,
  });
  const answered = ofDepth.filter((one) => one.do !== 'buy').length;
  const open = [...orders.values()].filter(
    (one) => one.kind === 'topUp' && isUnsettled(one) && due.some(({ batchId }) => batchId === one.batchId),
  );
  if (due.length > answered + open.length)
    throw new Violation(
      8,
      `depth ${depth}: ${due.length} stamps fall due, and the run has ${answered} actions for them`,
    );
}
