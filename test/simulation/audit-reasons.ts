import type { Action } from '../../src/domain/action.ts';
import type { MaintenanceRun } from '../../src/domain/maintenance-run.ts';
import type { Facts } from './audit-context.ts';
import { type DiskOrder, isUnsettled } from './disk.ts';
import { fallingDue } from './expected-top-ups.ts';
import { Violation } from './violation.ts';

/** Holds that somebody has to do something about. */
const TOLD_HOLDS = [
  'NODE_UNREACHABLE',
  'NODE_SYNCING',
  'NODE_BEHIND',
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

/**
 * Rule 8: a run says what it does or why not, has a word for every need, and tells the operator of what he must do.
 * `told`: how often an incident of that code was reported in this run.
 */
export function checkWords(
  facts: Facts,
  { actions, node }: MaintenanceRun,
  told: (code: string) => number,
): void {
  if (actions.length === 0) throw new Violation(8, 'a run has neither done anything nor said why not');
  const mute = actions.find(({ reason }) => reason.trim() === '');
  if (mute) throw new Violation(8, `a run says "${mute.do}" without a reason`);
  for (const action of actions) {
    if (action.do === 'hold' && TOLD_HOLDS.includes(action.code) && told(action.code) === 0)
      throw new Violation(8, `a run holds for ${action.code}, and no operator was told`);
    if (action.do !== 'expire') continue;
    const state = facts.disk.read().stamps.get(action.batchId)?.state;
    if (state !== 'expired' && state !== 'acquired')
      throw new Violation(8, `a run says that it ends ${action.batchId}, which is ${state}`);
  }
  const forAll = actions.some(
    (one) => one.do === 'hold' && one.depth === null && !['NOTHING_TO_DO', 'NOT_ADOPTED'].includes(one.code),
  );
  if (!node.fresh || forAll) return;
  for (const [depth, target] of facts.stage.policy.targets) checkDepth(facts, actions, { depth, target });
}

function checkDepth(
  facts: Facts,
  actions: readonly Action[],
  { depth, target }: { readonly depth: number; readonly target: number },
): void {
  const { stamps, orders } = facts.disk.read();
  const ours = [...stamps.values()].filter((one) => one.depth === depth);
  const live = ours.filter(
    ({ state, withheld }) =>
      (state === 'available' || state === 'propagating') && withheld !== 'lost' && withheld !== 'in_use',
  );
  const open = [...orders.values()].filter((one) => one.depth === depth && isUnsettled(one));
  const buying = open.filter(({ kind }: DiskOrder) => kind === 'purchase').length;
  const words = actions.filter((one) => one.depth === depth); // what it ends or adopts, the next run makes up for
  if (live.length + buying < target && words.length === 0)
    throw new Violation(8, `depth ${depth} is short, and the run has no word about it`);

  const coming = buying + live.filter(({ state }) => state === 'propagating').length;
  const due = fallingDue(facts, {
    depth,
    room: target - coming,
    isShown: ({ batchId }) => facts.knowledge.of(batchId)?.shown?.usable ?? false,
  });
  const answered = words.filter((one) => one.do !== 'buy').length;
  const under = [...orders.values()].filter(
    (one) => one.kind === 'topUp' && isUnsettled(one) && due.some(({ batchId }) => batchId === one.batchId),
  );
  if (due.length > answered + under.length)
    throw new Violation(
      8,
      `depth ${depth}: ${due.length} stamps fall due, and the run has ${answered} words about them`,
    );
}
