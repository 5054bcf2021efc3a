import type { Simulator } from '../../src/simulator/simulator.ts';
import { hasCanary } from './audit-canary.ts';
import { auditLevels } from './audit-levels.ts';
import type { Checker } from './checker.ts';
import { type DiskOrder, isReady, isUnsettled } from './disk.ts';
import type { Environment } from './environment.ts';
import { isFresh } from './expected-view.ts';
import { cancelForgotten, clearList } from './operator.ts';
import type { Prng } from './prng.ts';
import { passAndCheck, type ScenarioParts } from './run-scenario.ts';
import { UNLIMITED } from './scenario.ts';
import { BLOCK_MS } from './world.ts';

const BZZ = 10n ** 16n;
/** A request for money without an answer is waited for 30 minutes. */
const PATIENCE_BLOCKS = 360;
/** Then, or after any other unknown outcome: nothing pending, 15 blocks to be listed, 30 to be sure, 9 of lag, 5 of the node's step. */
const GIVING_UP_BLOCKS = 15 + 30 + 9 + 5;
/** The longest back-off is five minutes. */
const BACK_OFF_BLOCKS = 60;
/** A stamp that was lost before counts as stock until a day has passed. */
const HELD_BACK_BLOCKS = 17_280;
/** A stamp that the node has lost for good counts as stock for this long. */
const LOST_BLOCKS = 120 + 10;
/** From the mining of the last purchase until it is usable: 4 to 9 blocks of lag, 10 of Bee's own wait, and an observation. */
const USABLE_BLOCKS = 9 + 10 + 5 + 2;
/** Until a purchase is listed, nothing more is bought: 4 to 9 blocks of lag, and an observation. */
const LISTED_BLOCKS = 10;
/** After another node has answered: five observations over ten blocks, one per block, and one more step. */
const TRUST_BLOCKS = 16;
/** The operator cancels a dropped transaction: one block to mine the cancellation, and two observations to be sure. */
const CANCELLED_BLOCKS = 4;
/** The operator waits this long after the faults have ended. */
const CALM_BLOCKS = 5;
/** A cancellation that was not observed: the transaction is reported as stuck after 120 blocks, and what the operator sends is mined in a few. */
const CLEARED_BLOCKS = 120 + 14;
/** A node that restarts now: two blocks to start, one step to read. */
const RESTART_BLOCKS = 12;
/** A node that reads the chain again, at the slowest rate that is drawn. */
const CATCH_UP_BLOCKS = 150;

/** The node lags up to nine blocks, and a stamp expires only after it was not shown for 120. */
const ABSENCE_BLOCKS = 135;

interface Recovering extends ScenarioParts {
  readonly lifts: readonly (() => void)[];
  readonly luck: Prng;
}

/**
 * Ends all faults and restores funds and price. Then the targets must be met within a number of blocks that follows from what is
 * open at that moment, and the ledger must agree with the disk.
 */
export async function recover(recovering: Recovering): Promise<{ blocks: number; bound: number }> {
  const { environment, checker } = recovering;
  const { world } = environment;
  await liftAll(recovering);
  const from = world.block;
  let bound = boundOf(environment, checker);
  const operator = new Operator(recovering, from + CALM_BLOCKS);
  world.journal.write(`all faults have ended; the targets must be met within ${bound} blocks`);
  while (!isMet(environment, checker)) {
    if (world.block - from > bound)
      checker.fail(
        'recovery',
        `the targets are not met ${bound} blocks after all faults have ended: ${missing(environment)}`,
      );
    await passAndCheck(1, recovering);
    if (await operator.cancels()) bound += CALM_BLOCKS + CANCELLED_BLOCKS + CLEARED_BLOCKS;
    operator.clears();
  }
  const blocks = world.block - from;
  world.journal.write(`all is settled after ${blocks} blocks`);
  await lastRun(recovering); // observes what was mined last
  checker.checkSettled();
  auditLevels(checker.context, 0);
  for (const service of world.running) auditLevels(checker.context, undefined, service); // of rivals, also the one that stands by
  await checkEnded(recovering);
  await checkLeftovers(recovering);
  return { blocks, bound };
}

async function liftAll({ environment, checker, lifts, clients }: Recovering): Promise<void> {
  const { world } = environment;
  const { simulator, trouble } = world;
  for (const lift of lifts) lift();
  world.calm();
  trouble.calm();
  simulator.faults.clearAll();
  simulator.chain.setBalance(simulator.wallet, { bzzPlur: 100_000n * BZZ, xdaiWei: 10n ** 20n });
  const { policy } = world;
  // Without limits the process recovers unaided. With limits the operator raises them, which takes a restart.
  if (policy.maxSpendPerDay !== UNLIMITED || policy.maxOrder !== null || policy.maxPrice !== null) {
    await world.stop();
    world.policy = { ...policy, maxSpendPerDay: UNLIMITED, maxOrder: null, maxPrice: null };
  }
  if (world.isIncomplete) {
    clients.forgetWatchers();
    await world.start();
  }
  await world.quiet();
  if (environment.resyncNeeded) simulator.node.resync({ blocks: 20, downBlocks: 0, staleRequests: 0 });
  else if (simulator.node.phase === 'down') simulator.node.start(); // a restart of the node may be in progress
  checker.check();
}

/** Does what the service suggests about stuck transactions. */
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
    return this.#recovering.checker.context.reportCount('TRANSACTION_STUCK');
  }

  /** Once, when the node is up. Returns whether the network has dropped any transaction. */
  async cancels(): Promise<boolean> {
    const { world } = this.#recovering.environment;
    if (this.#hasCancelled || world.block < this.#fromBlock || world.simulator.node.phase !== 'up')
      return false;
    this.#hasCancelled = true;
    return (await cancelForgotten(this.#recovering.environment)) > 0;
  }

  /** Each time that one is reported, while none is in the network. */
  clears(): void {
    const { environment } = this.#recovering;
    const isReported = this.#reportedNow > this.#reported;
    this.#reported = this.#reportedNow;
    if (isReported && environment.world.simulator.chain.mempool.size === 0) clearList(environment);
  }
}

function boundOf({ world, disk, delayedUntilTip }: Environment, checker: Checker): number {
  const { policy, simulator } = world;
  const { stamps, orders } = disk.read();
  const rows = [...stamps.values()];
  const { node } = simulator;
  const isBehind = node.phase !== 'up' || !isFresh(headsOf(simulator));
  const isLacking = rows.some(
    ({ state, batchId }) =>
      (state === 'available' || state === 'propagating') && node.issuers.get(batchId) === undefined,
  );
  const open = [...orders.values()].filter(isUnsettled);
  const hung = checker.oldestOpenMs;
  const canaries = policy.canaryIntervalSeconds === null ? 0 : 1;
  const wanted = [...policy.targets.values()].reduce((sum, count) => sum + count, canaries);
  const { approveBlocks, createBlocks, gapBlocks } = world.scenario;
  const operation = approveBlocks + createBlocks + gapBlocks + 2 + LISTED_BLOCKS;
  const delayed = Math.max(0, delayedUntilTip - simulator.chain.tip);
  return (
    (hung === null ? 0 : Math.ceil(Math.max(0, PATIENCE_BLOCKS - (world.nowMs - hung) / BLOCK_MS))) +
    (open.length > 0 || hung !== null ? GIVING_UP_BLOCKS : 0) +
    policy.runIntervalSeconds / 5 +
    BACK_OFF_BLOCKS +
    TRUST_BLOCKS +
    RESTART_BLOCKS +
    (isBehind ? CATCH_UP_BLOCKS : 0) +
    (isBehind || isLacking ? LOST_BLOCKS : 0) +
    (isLacking && checker.mayBeHeldBack ? HELD_BACK_BLOCKS : 0) +
    2 * (wanted + rows.filter(({ state }) => state === 'available').length) * operation +
    USABLE_BLOCKS +
    delayed +
    unshownBlocks(open, checker)
  );
}

/** What was paid for and does not appear holds further payments, by the rules of `UnshownAudit`. */
function unshownBlocks(open: readonly DiskOrder[], { context }: Checker): number {
  const { chain } = context.world.simulator;
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
  return (isHeld ? context.unshown.holdBlocks : 0) + context.unshown.longestWaitBlocks;
}

/** By the disk and the chain: enough acquirable stamps of every depth, nothing open, due or in progress. */
function isMet(environment: Environment, checker: Checker): boolean {
  const hung = checker.oldestOpenMs;
  const isAwaited = hung !== null && environment.world.nowMs - hung < PATIENCE_BLOCKS * BLOCK_MS;
  return missing(environment) === '' && !isAwaited;
}

function missing(environment: Environment): string {
  const { world, disk } = environment;
  const { policy, simulator } = world;
  const { stamps, orders } = disk.read();
  const held = heldStamps(environment);
  const now = world.clock.now().getTime();
  const open = [...orders.values()].find((order) => isUnsettled(order) && !held.has(order.batchId ?? ''));
  if (open) return `order ${open.id} is ${open.state}`;
  if (simulator.chain.mempool.size > 0) return 'a transaction is not mined';
  if (!isFresh(headsOf(simulator))) return 'the node is behind';
  const lastMined = simulator.chain.ledger.at(-1)?.block ?? 0;
  if (simulator.node.store.block < lastMined) return 'the node has not read the last block with an event';
  for (const [depth, target] of policy.targets) {
    const ready = [...stamps.values()].filter(
      (one) =>
        one.depth === depth &&
        isReady(one) &&
        (simulator.node.issuers.get(one.batchId) !== undefined || !isKnownGone(environment, one.batchId)) &&
        (one.expiresAt ?? 0) >=
          now + (held.has(one.batchId) ? policy.acquireMinTtlSeconds : policy.minTtlSeconds) * 1000,
    );
    if (ready.length < target) return `depth ${depth} has ${ready.length} of ${target}`;
  }
  if (policy.canaryIntervalSeconds !== null && !hasCanary(disk.read())) return 'the node has no canary';
  return '';
}

/** The node does not own it: lost for good, or shown only by a lie. */
const isKnownGone = ({ gone, lied }: Environment, batchId: string): boolean => lied || gone.has(batchId);

/**
 * Stamps with a top-up that Bee has confirmed and that never shows, because of a lie or because the node has lost its batch for
 * good. Nothing more is paid for such a stamp, and its order stays open for as long as the stamp may live.
 */
function heldStamps({ world, disk, lied, gone }: Environment): ReadonlySet<string> {
  const { ledger } = world.simulator.chain;
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

const headsOf = ({ chain, node }: Simulator) => ({ tip: chain.tip, block: node.store.block });

async function lastRun(parts: ScenarioParts): Promise<void> {
  void parts.environment.world.service?.engine.operations.runMaintenance({ dryRun: false });
  await passAndCheck(1, parts);
}

/** A stamp that has expired by the clock and on the chain is ended once the node has not shown it for a while. */
async function checkEnded(parts: ScenarioParts): Promise<void> {
  const { environment, checker } = parts;
  const { world, disk } = environment;
  const { chain } = world.simulator;
  const over = [...disk.read().stamps.values()].filter(({ batchId, state, expiresAt }) => {
    if (state !== 'available' || (expiresAt ?? Infinity) > world.clock.now().getTime()) return false;
    return chain.contract.existing(batchId).normalisedBalance <= chain.contract.outPaymentAt(chain.tip);
  });
  if (over.length === 0) return;
  for (const blocks of [ABSENCE_BLOCKS, ABSENCE_BLOCKS]) {
    await passAndCheck(blocks, parts);
    await lastRun(parts);
  }
  const left = over.find(({ batchId }) => disk.read().stamps.get(batchId)?.state === 'available');
  if (left) checker.fail(8, `${left.batchId} has expired long ago, and is still available on disk`);
}

/** Nothing is withheld without a cause, and no closed subscription receives updates. */
async function checkLeftovers({ environment, checker, clients }: ScenarioParts): Promise<void> {
  const { world, disk } = environment;
  const { service } = world;
  if (service === null) return checker.fail('recovery', 'the process does not run');
  const { stamps } = disk.read();
  for (const { batchId, state, withheld } of stamps.values()) {
    if (state !== 'available' && state !== 'propagating') continue;
    const seen = checker.context.view.of(batchId);
    const isUnused = seen?.shown?.utilization === 0 && !checker.context.view.everShownInUse(batchId);
    if (withheld !== null && seen?.shown?.usable && isUnused)
      checker.fail(4, `${batchId} is usable and unused, and still withheld as ${withheld}`);
  }
  while (clients.watching > 0) await clients.unwatch();
  if (service.engine.levels.watcherCount !== 0)
    checker.fail(
      8,
      `${service.engine.levels.watcherCount} subscribers have disconnected and still receive updates`,
    );
}
