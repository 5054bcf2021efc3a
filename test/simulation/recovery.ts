import type { Simulator } from '../../src/simulator/simulator.ts';
import type { Checker } from './checker.ts';
import { type DiskOrder, isReady, isUnsettled } from './disk.ts';
import type { Scene } from './environment.ts';
import { isFresh } from './expected-view.ts';
import { checkLevels } from './levels.ts';
import { cancelForgotten, clearList } from './operator.ts';
import type { Dice } from './prng.ts';
import { type Playing, passLooking } from './run-scenario.ts';
import { UNLIMITED } from './scenario.ts';
import { BLOCK_MS } from './world.ts';

const BZZ = 10n ** 16n;
/** A silent request for money is waited for 30 minutes. */
const PATIENCE_BLOCKS = 360;
/** Then, or after any other unknown outcome: nothing pending, 15 blocks to be listed, 30 to be sure, 9 of lag, 5 of its step. */
const GIVING_UP_BLOCKS = 15 + 30 + 9 + 5;
/** The longest back-off is five minutes. */
const BACK_OFF_BLOCKS = 60;
/** One that was lost before counts as stock until a day has passed. */
const HELD_BACK_BLOCKS = 17_280;
/** A stamp that the node has lost for good counts as stock for so long. */
const LOST_BLOCKS = 120 + 10;
/** From the mining of the last purchase until it is usable: 4 to 9 of lag, 10 of Bee's own caution, and a look. */
const USABLE_BLOCKS = 9 + 10 + 5 + 2;
/** Until the list shows it, nothing more is bought: 4 to 9 of lag, and a look. */
const LISTED_BLOCKS = 10;
/** When another node has answered: five looks over ten blocks, a block apart, and one step more. */
const TRUST_BLOCKS = 16;
/** A transaction that was forgotten is cancelled: it takes a block to mine that, and two looks to be sure. */
const CANCELLED_BLOCKS = 4;
/** The operator looks into it when everything else has come to rest. */
const CALM_BLOCKS = 5;
/** When nobody has seen that, it is reported as stuck after 120 blocks, and what the operator then sends is mined in a few. */
const CLEARED_BLOCKS = 120 + 14;
/** A node that restarts now: two blocks to start, one step to read. */
const RESTART_BLOCKS = 12;
/** A node that reads the chain again, at the slowest that is drawn. */
const CATCH_UP_BLOCKS = 150;

/** The node lags up to nine blocks; an end is final, so it must not have shown the stamp for 120. */
const ABSENCE_BLOCKS = 135;

interface Recovering extends Playing {
  readonly lifts: readonly (() => void)[];
  readonly luck: Dice;
}

/**
 * All faults are lifted, funds and price are restored; then the targets must be met within a number of blocks that
 * follows from what is open at that moment, and the books must be right.
 */
export async function recover(recovering: Recovering): Promise<{ blocks: number; bound: number }> {
  const { scene, checker } = recovering;
  const { stage } = scene;
  await liftAll(recovering);
  const from = stage.block;
  let bound = boundOf(scene, checker);
  const operator = new Operator(recovering, from + CALM_BLOCKS);
  stage.journal.write(`all faults are lifted; the targets must be met within ${bound} blocks`);
  while (!isMet(scene, checker)) {
    if (stage.block - from > bound)
      checker.fail(
        'recovery',
        `the targets are not met ${bound} blocks after all faults were lifted: ${missing(scene)}`,
      );
    await passLooking(1, recovering);
    if (await operator.cancels()) bound += CALM_BLOCKS + CANCELLED_BLOCKS + CLEARED_BLOCKS;
    operator.clears();
  }
  const blocks = stage.block - from;
  stage.journal.write(`all is settled after ${blocks} blocks`);
  await lastRun(recovering); // what was mined last may not have been looked at yet
  checker.checkSettled();
  checkLevels(checker.facts, 0);
  await checkEnded(recovering);
  await checkLeftovers(recovering);
  return { blocks, bound };
}

async function liftAll({ scene, checker, lifts, clients }: Recovering): Promise<void> {
  const { stage } = scene;
  const { simulator, trouble } = stage;
  for (const lift of lifts) lift();
  stage.run?.life.spare();
  trouble.calm();
  simulator.faults.clearAll();
  simulator.chain.setBalance(simulator.wallet, { bzzPlur: 100_000n * BZZ, xdaiWei: 10n ** 20n });
  const { policy } = stage;
  // Without limits the process must find its way by itself; with them the operator sets them anew, which takes a start.
  if (policy.maxSpendPerDay !== UNLIMITED || policy.maxOrder !== null || policy.maxPrice !== null) {
    await stage.stop();
    stage.policy = { ...policy, maxSpendPerDay: UNLIMITED, maxOrder: null, maxPrice: null };
  }
  if (stage.run === null) {
    clients.forgetWatchers();
    await stage.start();
  }
  await stage.quiet();
  if (scene.resyncNeeded) simulator.node.resync({ blocks: 20, downBlocks: 0, staleRequests: 0 });
  else if (simulator.node.phase === 'down') simulator.node.start(); // also when our own end has taken it down
  checker.look();
}

/** Does what the service tells about transactions that are stuck. */
class Operator {
  readonly #recovering: Recovering;
  readonly #fromBlock: number;
  #hasCancelled = false;
  #reported: number;

  constructor(recovering: Recovering, fromBlock: number) {
    this.#recovering = recovering;
    this.#fromBlock = fromBlock;
    this.#reported = this.#reportedNow;
  }

  get #reportedNow(): number {
    return this.#recovering.checker.facts.reported('TRANSACTION_STUCK');
  }

  /** Once, when the node is up. Returns whether there was anything that the network has forgotten. */
  async cancels(): Promise<boolean> {
    const { stage } = this.#recovering.scene;
    if (this.#hasCancelled || stage.block < this.#fromBlock || stage.simulator.node.phase !== 'up')
      return false;
    this.#hasCancelled = true;
    return (await cancelForgotten(this.#recovering.scene)) > 0;
  }

  /** Each time that it is reported, while nothing is on its way. */
  clears(): void {
    const { scene } = this.#recovering;
    const isReported = this.#reportedNow > this.#reported;
    this.#reported = this.#reportedNow;
    if (isReported && scene.stage.simulator.chain.mempool.size === 0) clearList(scene);
  }
}

function boundOf({ stage, disk, delayedUntilTip }: Scene, checker: Checker): number {
  const { policy, simulator } = stage;
  const { stamps, orders } = disk.read();
  const rows = [...stamps.values()];
  const { node } = simulator;
  const isBehind = node.phase !== 'up' || !isFresh(lookOf(simulator));
  const isLacking = rows.some(
    ({ state, batchId }) =>
      (state === 'available' || state === 'propagating') && node.issuers.get(batchId) === undefined,
  );
  const open = [...orders.values()].filter(isUnsettled);
  const hung = checker.oldestOpenMs;
  const wanted = [...policy.targets.values()].reduce((sum, count) => sum + count, 0);
  const { approveBlocks, createBlocks, gapBlocks } = stage.script;
  const operation = approveBlocks + createBlocks + gapBlocks + 2 + LISTED_BLOCKS;
  const delayed = Math.max(0, delayedUntilTip - simulator.chain.tip);
  return (
    (hung === null ? 0 : Math.ceil(Math.max(0, PATIENCE_BLOCKS - (stage.nowMs - hung) / BLOCK_MS))) +
    (open.length > 0 || hung !== null ? GIVING_UP_BLOCKS : 0) +
    policy.checkIntervalSeconds / 5 +
    BACK_OFF_BLOCKS +
    TRUST_BLOCKS +
    RESTART_BLOCKS +
    (isBehind ? CATCH_UP_BLOCKS : 0) +
    (isBehind || isLacking ? LOST_BLOCKS : 0) +
    (isLacking && checker.mayBeHeldBack ? HELD_BACK_BLOCKS : 0) +
    2 * (wanted + rows.filter(({ state }) => state === 'available').length) * operation +
    USABLE_BLOCKS +
    delayed +
    inVainBlocks(open, checker)
  );
}

/** What has not appeared, and will not, holds what would be paid for the same, by the rules of `InVain`. */
function inVainBlocks(open: readonly DiskOrder[], { facts }: Checker): number {
  const { chain } = facts.stage.simulator;
  const outPayment = chain.contract.outPaymentAt(chain.tip);
  const isAlive = (order: DiskOrder): boolean =>
    chain.ledger.some(
      ({ kind, amount, depth, batchId }) =>
        kind === 'create' &&
        amount === BigInt(order.amount) &&
        depth === order.depth &&
        chain.contract.existing(batchId).normalisedBalance > outPayment,
    );
  const isHeld = open.some(
    (order) => order.kind === 'purchase' && order.claimBatchId !== null && !isAlive(order),
  );
  return (isHeld ? facts.inVain.holdBlocks : 0) + facts.inVain.longestWaitBlocks;
}

/** By the disk and the chain: enough to give out of every depth, nothing open, nothing about to fall due, nothing under way. */
function isMet(scene: Scene, checker: Checker): boolean {
  const hung = checker.oldestOpenMs;
  const isAwaited = hung !== null && scene.stage.nowMs - hung < PATIENCE_BLOCKS * BLOCK_MS;
  return missing(scene) === '' && !isAwaited;
}

function missing(scene: Scene): string {
  const { stage, disk } = scene;
  const { policy, simulator } = stage;
  const { stamps, orders } = disk.read();
  const held = heldStamps(scene);
  const now = stage.clock.now().getTime();
  const open = [...orders.values()].find((order) => isUnsettled(order) && !held.has(order.batchId ?? ''));
  if (open) return `order ${open.id} is ${open.state}`;
  if (simulator.chain.mempool.size > 0) return 'a transaction is not mined';
  if (!isFresh(lookOf(simulator))) return 'the node is behind';
  const lastMined = simulator.chain.ledger.at(-1)?.block ?? 0;
  if (simulator.node.store.block < lastMined) return 'the node has not read the last block with an event';
  for (const [depth, target] of policy.targets) {
    const ready = [...stamps.values()].filter(
      (one) =>
        one.depth === depth &&
        isReady(one) &&
        (simulator.node.issuers.get(one.batchId) !== undefined || !isKnownGone(scene, one.batchId)) &&
        (one.expiresAt ?? 0) >=
          now + (held.has(one.batchId) ? policy.acquireMinTtlSeconds : policy.minTtlSeconds) * 1000,
    );
    if (ready.length < target) return `depth ${depth} has ${ready.length} of ${target}`;
  }
  return '';
}

/** What the node does not own: lost for good, or never there but in a lie. */
const isKnownGone = ({ gone, lied }: Scene, batchId: string): boolean => lied || gone.has(batchId);

/**
 * Stamps with a top-up that Bee has confirmed and that never shows, because a lie has called it made or the node has lost its
 * batch for good. Nothing more is paid for such a stamp, and its order stays open for as long as the stamp may live.
 */
function heldStamps({ stage, disk, lied, gone }: Scene): ReadonlySet<string> {
  const { ledger } = stage.simulator.chain;
  const held = [...disk.read().orders.values()].filter(
    ({ kind, state, claimBatchId, amount, batchId }) =>
      kind === 'topUp' &&
      state === 'unknown' &&
      claimBatchId !== null &&
      (gone.has(claimBatchId) ||
        (lied && !ledger.some((entry) => entry.batchId === batchId && entry.amount === BigInt(amount)))),
  );
  return new Set(held.flatMap(({ batchId }) => batchId ?? []));
}

const lookOf = ({ chain, node }: Simulator) => ({ tip: chain.tip, block: node.store.block });

async function lastRun(playing: Playing): Promise<void> {
  void playing.scene.stage.run?.core.operations.runMaintenance({ dryRun: false });
  await passLooking(1, playing);
}

/** By clock and node, what has come to its end is ended, once it has not been shown for a while. */
async function checkEnded(playing: Playing): Promise<void> {
  const { scene, checker } = playing;
  const { stage, disk } = scene;
  const { chain } = stage.simulator;
  const over = [...disk.read().stamps.values()].filter(({ batchId, state, expiresAt }) => {
    if (state !== 'available' || (expiresAt ?? Infinity) > stage.clock.now().getTime()) return false;
    return chain.contract.existing(batchId).normalisedBalance <= chain.contract.outPaymentAt(chain.tip);
  });
  if (over.length === 0) return;
  for (const blocks of [ABSENCE_BLOCKS, ABSENCE_BLOCKS]) {
    await passLooking(blocks, playing);
    await lastRun(playing);
  }
  const left = over.find(({ batchId }) => disk.read().stamps.get(batchId)?.state === 'available');
  if (left) checker.fail(8, `${left.batchId} has expired long ago, and is still said to be available`);
}

/** Nothing is withheld without a cause, and nobody is told who has gone. */
async function checkLeftovers({ scene, checker, clients }: Playing): Promise<void> {
  const { stage, disk } = scene;
  const run = stage.run;
  if (run === null) return checker.fail('recovery', 'the process does not run');
  const { stamps } = disk.read();
  for (const { batchId, state, withheld } of stamps.values()) {
    if (state !== 'available' && state !== 'propagating') continue;
    const told = checker.facts.knowledge.of(batchId);
    const isUnused = told?.shown?.utilization === 0 && !checker.facts.knowledge.everShownInUse(batchId);
    if (withheld !== null && told?.shown?.usable && isUnused)
      checker.fail(4, `${batchId} is there, and still withheld as ${withheld}`);
  }
  while (clients.watching > 0) await clients.unwatch();
  if (run.core.levels.watcherCount !== 0)
    checker.fail(8, `${run.core.levels.watcherCount} subscribers have gone and are still told`);
}
