import type { Adoption, Policy } from '../../src/domain/policy.ts';
import { depth, type Plur, parseBatchId, plur, wei } from '../../src/domain/units.ts';
import type { BeeVersion } from '../../src/simulator/versions.ts';
import { type FaultName, LIE_NAMES, TRUTHFUL_NAMES } from './fault-kinds.ts';
import { Dice } from './prng.ts';

const HOUR = 3600;
const BZZ = 10n ** 16n;
/** More than there is: no limit per day stands in the way. */
export const UNLIMITED = plur(10n ** 9n * BZZ);

/** One thing that goes wrong in a seed; `number` tells it from the others when a failing list is shortened. */
export interface PlannedFault {
  readonly number: number;
  readonly kind: FaultName;
  readonly atBlock: number;
  /** How long it lasts, where it lasts. */
  readonly blocks: number;
}

/** What else happens; blocks count from the start. */
export interface PlannedAct {
  readonly atBlock: number;
  readonly act:
    | 'burst'
    | 'retry'
    | 'maintain'
    | 'preview'
    | 'watch'
    | 'unwatch'
    | 'page'
    | 'sleep'
    | 'age'
    | 'retarget';
}

/** Everything about a seed that is drawn before it begins. */
export interface Script {
  readonly seed: number;
  readonly version: BeeVersion;
  readonly chequebook: boolean;
  readonly approveBlocks: number;
  readonly createBlocks: number;
  readonly gapBlocks: number;
  readonly bzzPlur: bigint;
  readonly xdaiWei: bigint;
  /** Batches of the node's wallet that were there before, by depth; a list may name them for adoption. */
  readonly before: readonly number[];
  readonly adoption: Adoption['from'];
  readonly policy: Omit<Policy, 'adoption'>;
  readonly blocks: number;
  readonly faults: readonly PlannedFault[];
  readonly acts: readonly PlannedAct[];
}

/** Pure: the same seed gives the same script. */
export function drawScript(seed: number): Script {
  const dice = new Dice(seed, 101);
  const blocks = dice.between(15, 55);
  const version = dice.pick(['2.8.1', '2.8.1', '2.8.0', '2.7.1'] as const);
  const policy = drawPolicy(dice);
  const adoption = dice.pick(['nowhere', 'nowhere', 'list', 'any'] as const);
  return withLies({
    seed,
    version,
    chequebook: dice.chance(75),
    approveBlocks: dice.chance(25) ? 2 : 1,
    createBlocks: dice.pick([1, 1, 2, 3]),
    gapBlocks: dice.chance(30) ? 1 : 0,
    bzzPlur: dice.chance(85) ? 500n * BZZ : BigInt(dice.between(1, 60)) * (BZZ / 20n),
    xdaiWei: 10n ** 19n,
    before: dice.chance(adoption === 'nowhere' ? 10 : 70) ? drawBefore(dice, policy) : [],
    adoption,
    policy,
    blocks,
    faults: drawFaults(new Dice(seed, 102), blocks),
    acts: drawActs(new Dice(seed, 103), blocks),
  });
}

const LYING_SEEDS_PERCENT = 25;
/** What only shows when it lasts: a purchase that is not shown is bought again after 120 blocks. */
const LASTING: readonly FaultName[] = ['frozenReads', 'creationsHidden', 'topUpsHidden'];

/** Some seeds get lies on top of what they have anyhow, or in its place. */
function withLies(script: Script): Script {
  const dice = new Dice(script.seed, 109);
  if (!dice.chance(LYING_SEEDS_PERCENT)) return script;
  const lies = Array.from({ length: dice.pick([1, 1, 2, 3]) }, (_, index): PlannedFault => {
    const kind = dice.pick(LIE_NAMES);
    const isLasting = LASTING.includes(kind);
    return {
      number: 100 + index,
      kind,
      atBlock: dice.between(0, isLasting ? 40 : script.blocks),
      blocks: isLasting ? dice.pick([20, 200, 450]) : dice.between(2, 60),
    };
  });
  const last = Math.max(script.blocks, ...lies.map(({ atBlock, blocks }) => atBlock + Math.min(blocks, 400)));
  const needs = lies.some(({ kind }) => kind === 'topUpsHidden') ? [fallingDueAt(40)] : [];
  const truthful = dice.chance(40) ? [] : script.faults.slice(0, 3);
  return {
    ...script,
    blocks: last,
    faults: [...truthful, ...lies, ...needs].toSorted((a, b) => a.atBlock - b.atBlock),
    acts: [...script.acts, ...burstsUntil(last, dice)].toSorted((a, b) => a.atBlock - b.atBlock),
  };
}

const fallingDueAt = (atBlock: number): PlannedFault => ({
  number: 200,
  kind: 'manyFallDue',
  atBlock,
  blocks: 100,
});

/** So that something is needed also late in a long world. */
const burstsUntil = (last: number, dice: Dice): PlannedAct[] =>
  Array.from({ length: Math.floor(last / 100) }, (_, index) => ({
    atBlock: 60 + index * 100 + dice.below(40),
    act: 'burst',
  }));

/** The adoption of a script, once it is known which batches there were. */
export function adoptionOf({ adoption }: Script, batchIds: readonly string[]): Adoption {
  if (adoption !== 'list') return { from: adoption };
  return { from: 'list', batchIds: new Set(batchIds.map(parseBatchId)) };
}

function drawPolicy(dice: Dice): Omit<Policy, 'adoption'> {
  const targets = new Map([
    [depth(17), dice.pick([0, 1, 1, 2, 3])],
    [depth(18), dice.chance(15) ? 1 : 0],
    [depth(20), dice.pick([0, 1, 1, 2])],
    [depth(22), dice.chance(15) ? 1 : 0],
  ]);
  for (const [key, count] of targets) if (count === 0) targets.delete(key);
  if (targets.size === 0) targets.set(depth(17), 1);
  const acquireMinTtlSeconds = dice.pick([6, 12, 12, 20]) * HOUR;
  const duration = dice.pick([25, 26, 48, 168]) * HOUR;
  /** What a full reserve costs at the price of the start, more or less. */
  let full = 0n;
  for (const [of, count] of targets)
    full += BigInt(count) * ((24_000n * BigInt(duration + HOUR)) / 5n) * 2n ** BigInt(of);
  return {
    targets,
    acquireMinTtlSeconds,
    // longer than what is bought lives: everything is topped up at once, which is warned of and allowed
    minTtlSeconds: Math.max(
      acquireMinTtlSeconds,
      dice.chance(12) ? duration + 2 * HOUR : dice.pick([20, 24, 24, 25]) * HOUR,
    ),
    topUpSeconds: dice.pick([25, 48, 168]) * HOUR,
    defaultDurationSeconds: duration,
    lowReserveThreshold: dice.between(0, 2),
    immediateReplenish: dice.chance(80),
    immutable: dice.chance(80),
    checkIntervalSeconds: dice.pick([60, 300, 900]),
    blockTimeSeconds: 5,
    maxSpendPerDay: dice.chance(50) ? UNLIMITED : drawDailyLimit(dice, full),
    maxOrder: dice.chance(10) ? plur((full * BigInt(dice.between(50, 200))) / 100n) : null,
    maxPrice: dice.chance(10) ? plur(BigInt(dice.between(20, 60)) * 1000n) : null,
    walletFloorBzz: plur(dice.chance(20) ? BZZ / 10n : 0n),
    walletFloorXdai: wei(10n ** 16n),
  };
}

/** null: the service's own default. */
function drawDailyLimit(dice: Dice, full: bigint): Plur | null {
  return dice.chance(40) ? null : plur((full * BigInt(dice.pick([120, 250, 400, 2000]))) / 100n);
}

function drawBefore(dice: Dice, { targets }: Pick<Policy, 'targets'>): number[] {
  const count = dice.between(1, 5);
  return Array.from({ length: count }, () => dice.pick([...targets.keys(), depth(17), depth(19)]));
}

function drawFaults(dice: Dice, blocks: number): PlannedFault[] {
  const count = dice.pick([0, 1, 2, 2, 3, 3, 4, 5, 6]);
  return Array.from({ length: count }, (_, number) => ({
    number,
    kind: dice.pick(TRUTHFUL_NAMES),
    atBlock: dice.chance(55) ? dice.between(0, 8) : dice.between(0, blocks), // most need a purchase to come
    blocks: dice.chance(20) ? dice.between(20, 150) : dice.between(1, 20),
  })).toSorted((a, b) => a.atBlock - b.atBlock);
}

function drawActs(dice: Dice, blocks: number): PlannedAct[] {
  const acts: PlannedAct[] = [];
  const often = (times: number, act: PlannedAct['act']): void => {
    for (let i = 0; i < times; i++) acts.push({ atBlock: dice.between(0, blocks), act });
  };
  often(dice.between(0, 4), 'burst');
  if (dice.chance(50)) acts.push({ atBlock: dice.between(Math.min(20, blocks), blocks), act: 'burst' });
  often(dice.between(0, 3), 'retry');
  often(dice.chance(40) ? 1 : 0, 'maintain');
  often(dice.chance(20) ? 1 : 0, 'preview');
  often(dice.between(0, 2), 'watch');
  often(dice.between(0, 2), 'unwatch');
  often(dice.chance(30) ? 1 : 0, 'page');
  often(dice.chance(10) ? 1 : 0, 'sleep');
  often(dice.chance(12) ? 1 : 0, 'retarget');
  if (dice.chance(2))
    acts.push({ atBlock: blocks - 2, act: 'retarget' }, { atBlock: blocks - 1, act: 'age' });
  return acts.toSorted((a, b) => a.atBlock - b.atBlock);
}
