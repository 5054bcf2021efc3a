import type { Adoption, Policy } from '../../src/domain/policy.ts';
import { depth, type Plur, parseBatchId, plur, wei } from '../../src/domain/units.ts';
import type { BeeVersion } from '../../src/simulator/versions.ts';
import { ANY_LARGER } from '../builders.ts';
import { type FaultName, isOfNode, LIE_NAMES, RIVAL_NAMES, TRUTHFUL_NAMES } from './fault-kinds.ts';
import { Prng } from './prng.ts';

const HOUR = 3600;
const BZZ = 10n ** 16n;
/** More than the whole supply: the daily limit never applies. */
export const UNLIMITED = plur(10n ** 9n * BZZ);

/** One fault of a scenario. `number` identifies it when a failing list is shortened. */
export interface PlannedFault {
  readonly number: number;
  readonly kind: FaultName;
  readonly atBlock: number;
  /** How long the fault lasts, if it lasts. */
  readonly blocks: number;
}

/** A scheduled event that is no fault. Blocks count from the start. */
export interface PlannedEvent {
  readonly atBlock: number;
  readonly event:
    | 'burst'
    | 'retry'
    | 'maintain'
    | 'preview'
    | 'watch'
    | 'unwatch'
    | 'page'
    | 'sleep'
    | 'age'
    | 'retarget'
    | 'reset'
    | 'off'
    | 'empty';
}

/** Everything about a seed that is drawn before it starts. */
export interface Scenario {
  readonly seed: number;
  readonly version: BeeVersion;
  readonly chequebook: boolean;
  readonly approveBlocks: number;
  readonly createBlocks: number;
  readonly gapBlocks: number;
  readonly bzzPlur: bigint;
  readonly xdaiWei: bigint;
  /** Batches that the node's wallet has before the start, by depth; a list may name them for adoption. */
  readonly before: readonly number[];
  readonly adoption: Adoption['from'];
  readonly policy: Omit<Policy, 'adoption'>;
  readonly blocks: number;
  readonly faults: readonly PlannedFault[];
  readonly events: readonly PlannedEvent[];
  /** Whether two processes compete for the lease of the node, on one database. */
  readonly rivals: boolean;
  /** Whether it lasts for days. */
  readonly days: boolean;
}

/** Draws the scenario of a seed. Pure: the same seed gives the same scenario. */
export function drawScenario(seed: number): Scenario {
  const prng = new Prng(seed, 101);
  const blocks = prng.between(15, 55);
  const version = prng.pick(['2.8.1', '2.8.1', '2.8.0', '2.7.1'] as const);
  const policy = { ...drawPolicy(prng), canaryIntervalSeconds: new Prng(seed, 110).chance(25) ? 900 : null };
  const adoption = prng.pick(['nowhere', 'nowhere', 'list', 'any'] as const);
  return withLies({
    seed,
    version,
    chequebook: prng.chance(75),
    approveBlocks: prng.chance(25) ? 2 : 1,
    createBlocks: prng.pick([1, 1, 2, 3]),
    gapBlocks: prng.chance(30) ? 1 : 0,
    bzzPlur: prng.chance(85) ? 500n * BZZ : BigInt(prng.between(1, 60)) * (BZZ / 20n),
    xdaiWei: 10n ** 19n,
    before: prng.chance(adoption === 'nowhere' ? 10 : 70) ? drawBefore(prng, policy) : [],
    adoption,
    policy,
    blocks,
    faults: drawFaults(new Prng(seed, 102), blocks),
    events: drawEvents(new Prng(seed, 103), blocks),
    rivals: false,
    days: false,
  });
}

const LYING_SEEDS_PERCENT = 25;
/** Lies that have an effect only when they last: a purchase that is not shown was bought again after 120 blocks. */
const LASTING: readonly FaultName[] = ['frozenReads', 'creationsHidden', 'topUpsHidden'];

/** Adds lies to some seeds, or replaces their faults with lies. */
function withLies(scenario: Scenario): Scenario {
  const prng = new Prng(scenario.seed, 109);
  if (!prng.chance(LYING_SEEDS_PERCENT)) return scenario;
  const lies = Array.from({ length: prng.pick([1, 1, 2, 3]) }, (_, index): PlannedFault => {
    const kind = prng.pick(LIE_NAMES);
    const isLasting = LASTING.includes(kind);
    return {
      number: 100 + index,
      kind,
      atBlock: prng.between(0, isLasting ? 40 : scenario.blocks),
      blocks: isLasting ? prng.pick([20, 200, 450]) : prng.between(2, 60),
    };
  });
  const last = Math.max(
    scenario.blocks,
    ...lies.map(({ atBlock, blocks }) => atBlock + Math.min(blocks, 400)),
  );
  const needs = lies.some(({ kind }) => kind === 'topUpsHidden') ? [manyFallDueAt(40)] : [];
  const truthful = prng.chance(40) ? [] : scenario.faults.slice(0, 3);
  return {
    ...scenario,
    blocks: last,
    faults: [...truthful, ...lies, ...needs].toSorted((a, b) => a.atBlock - b.atBlock),
    events: [...scenario.events, ...burstsUntil(last, prng)].toSorted((a, b) => a.atBlock - b.atBlock),
  };
}

const manyFallDueAt = (atBlock: number): PlannedFault => ({
  number: 200,
  kind: 'manyFallDue',
  atBlock,
  blocks: 100,
});

/** Bursts that create demand late in a long scenario. */
const burstsUntil = (last: number, prng: Prng): PlannedEvent[] =>
  Array.from({ length: Math.floor(last / 100) }, (_, index) => ({
    atBlock: 60 + index * 100 + prng.below(40),
    event: 'burst',
  }));

const RIVAL_EVENTS: readonly PlannedEvent['event'][] = ['burst', 'retry', 'maintain', 'preview', 'sleep'];

/** Draws a scenario with two processes that compete for the lease. */
export function drawRivals(seed: number): Scenario {
  const scenario = drawScenario(seed);
  const prng = new Prng(seed, 120);
  const count = prng.pick([1, 1, 2, 3, 4]);
  const blocks = prng.between(40, 80);
  const faults = Array.from(
    { length: count },
    (_, index): PlannedFault => ({
      number: 300 + index,
      kind: prng.pick(RIVAL_NAMES),
      atBlock: prng.between(0, blocks - 10),
      blocks: prng.pick([1, 2, 4, 6, 10, 25]),
    }),
  );
  const others = drawFaults(new Prng(seed, 122), blocks)
    .filter(({ kind }) => isOfNode(kind))
    .slice(0, prng.pick([0, 0, 1, 2]));
  return {
    ...scenario,
    adoption: 'nowhere',
    before: [],
    blocks,
    faults: [...faults, ...others].toSorted((a, b) => a.atBlock - b.atBlock),
    events: [
      ...scenario.events.filter(({ event }) => RIVAL_EVENTS.includes(event)),
      ...burstsUntil(blocks, prng),
    ].toSorted((a, b) => a.atBlock - b.atBlock),
    rivals: true,
  };
}

/** The adoption setting of a scenario, once the ids of its batches are known. */
export function adoptionOf({ adoption }: Scenario, batchIds: readonly string[]): Adoption {
  if (adoption !== 'list') return { from: adoption };
  return { from: 'list', batchIds: new Set(batchIds.map(parseBatchId)) };
}

function drawPolicy(prng: Prng): Omit<Policy, 'adoption' | 'canaryIntervalSeconds'> {
  const targets = new Map([
    [depth(17), prng.pick([0, 1, 1, 2, 3])],
    [depth(18), prng.chance(15) ? 1 : 0],
    [depth(20), prng.pick([0, 1, 1, 2])],
    [depth(22), prng.chance(15) ? 1 : 0],
  ]);
  for (const [key, count] of targets) if (count === 0) targets.delete(key);
  if (targets.size === 0) targets.set(depth(17), 1);
  const acquireMinTtlSeconds = prng.pick([6, 12, 12, 20]) * HOUR;
  const duration = prng.pick([25, 26, 48, 168]) * HOUR;
  /** About what a full reserve costs at the initial price. */
  let full = 0n;
  for (const [of, count] of targets)
    full += BigInt(count) * ((24_000n * BigInt(duration + HOUR)) / 5n) * 2n ** BigInt(of);
  return {
    targets,
    acquireMinTtlSeconds,
    // may exceed the bought duration: everything is topped up at once, which is allowed with a warning
    minTtlSeconds: Math.max(
      acquireMinTtlSeconds,
      prng.chance(12) ? duration + 2 * HOUR : prng.pick([20, 24, 24, 25]) * HOUR,
    ),
    topUpSeconds: prng.pick([25, 48, 168]) * HOUR,
    defaultDurationSeconds: duration,
    lowReserveThreshold: prng.between(0, 2),
    immediateReplenish: prng.chance(80),
    fallback: ANY_LARGER,
    immutable: prng.chance(80),
    runIntervalSeconds: prng.pick([60, 300, 900]),
    blockTimeSeconds: 5,
    maxSpendPerDay: prng.chance(50) ? UNLIMITED : drawDailyLimit(prng, full),
    maxOrder: prng.chance(10) ? plur((full * BigInt(prng.between(50, 200))) / 100n) : null,
    maxPrice: prng.chance(10) ? plur(BigInt(prng.between(20, 60)) * 1000n) : null,
    walletFloorBzz: plur(prng.chance(20) ? BZZ / 10n : 0n),
    walletFloorXdai: wei(10n ** 16n),
    drainedNodes: new Set(),
    nodeAwaySeconds: 30 * 24 * HOUR, // that stock is withheld is checked in several-nodes.ts
  };
}

/** null: the default of the service. */
function drawDailyLimit(prng: Prng, full: bigint): Plur | null {
  return prng.chance(40) ? null : plur((full * BigInt(prng.pick([120, 250, 400, 2000]))) / 100n);
}

function drawBefore(prng: Prng, { targets }: Pick<Policy, 'targets'>): number[] {
  const count = prng.between(1, 5);
  return Array.from({ length: count }, () => prng.pick([...targets.keys(), depth(17), depth(19)]));
}

function drawFaults(prng: Prng, blocks: number): PlannedFault[] {
  const count = prng.pick([0, 1, 2, 2, 3, 3, 4, 5, 6]);
  return Array.from({ length: count }, (_, number) => ({
    number,
    kind: prng.pick(TRUTHFUL_NAMES),
    atBlock: prng.chance(55) ? prng.between(0, 8) : prng.between(0, blocks), // most faults need a purchase that is still to come
    blocks: prng.chance(20) ? prng.between(20, 150) : prng.between(1, 20),
  })).toSorted((a, b) => a.atBlock - b.atBlock);
}

function drawEvents(prng: Prng, blocks: number): PlannedEvent[] {
  const events: PlannedEvent[] = [];
  const often = (times: number, event: PlannedEvent['event']): void => {
    for (let i = 0; i < times; i++) events.push({ atBlock: prng.between(0, blocks), event });
  };
  often(prng.between(0, 4), 'burst');
  if (prng.chance(50)) events.push({ atBlock: prng.between(Math.min(20, blocks), blocks), event: 'burst' });
  often(prng.between(0, 3), 'retry');
  often(prng.chance(40) ? 1 : 0, 'maintain');
  often(prng.chance(20) ? 1 : 0, 'preview');
  often(prng.between(0, 2), 'watch');
  often(prng.between(0, 2), 'unwatch');
  often(prng.chance(30) ? 1 : 0, 'page');
  often(prng.chance(10) ? 1 : 0, 'sleep');
  often(prng.chance(12) ? 1 : 0, 'retarget');
  if (prng.chance(2))
    events.push({ atBlock: blocks - 2, event: 'retarget' }, { atBlock: blocks - 1, event: 'age' });
  return events.toSorted((a, b) => a.atBlock - b.atBlock);
}
