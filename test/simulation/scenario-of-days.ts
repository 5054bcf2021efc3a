import type { Policy } from '../../src/domain/policy.ts';
import { depth, plur } from '../../src/domain/units.ts';
import { type FaultName, TRUTHFUL_NAMES } from './fault-kinds.ts';
import { Prng } from './prng.ts';
import { drawScenario, type PlannedEvent, type PlannedFault, type Scenario, UNLIMITED } from './scenario.ts';

const HOUR = 3600;
const HOUR_BLOCKS = 720;
const DAY_BLOCKS = 24 * HOUR_BLOCKS;
const BZZ = 10n ** 16n;

/** Faults of top-ups, prices, restarts and the database file: stamps fall due many times in a world of days. */
const OF_DAYS: readonly FaultName[] = [
  'priceUp',
  'priceUp',
  'priceDown',
  'priceDown',
  'manyFallDue',
  'databaseReplaced',
  'databaseReplaced',
  'processKilledAtOperation',
  'processKilledInTransaction',
  'processKilled',
  'topUpMissed',
  'batchToppedUp',
  'batchDiluted',
  'clockForth',
  'clockBack',
  'clockSetInQuiet',
  'diskFull',
  'beeKilledAtOperation',
  'beeResyncs',
  'blocksLag',
  'issuerLost',
];

/** A transaction that is dropped is waited for until the operator cancels it, and each block is observed. */
const SHORT = TRUTHFUL_NAMES.filter((name) => name !== 'transactionDropped');

/** Faults of requests for money. In a world of days, most of these requests are top-ups. */
const OF_MONEY: readonly FaultName[] = [
  'answerSlowToMoney',
  'busy429',
  'error500BeforeBroadcast',
  'error500AfterCreate',
  'proxy502After',
  'proxy503After',
  'proxy504After',
  'answerEmpty',
  'resetBefore',
  'resetInCreateWindow',
  'resetAfterMining',
  'transactionReverted',
  'transactionCancelled',
  'transactionDelayed',
  'minedLate',
  'minedHoursLater',
  'sendUnseen',
  'topUpMissed',
];

/**
 * Draws a scenario of days: stamps are bought for little more than a day, and fall due again and again, while prices rise and
 * fall, processes are restarted with other settings, and the machine is off for hours or weeks.
 */
export function drawDays(seed: number): Scenario {
  const scenario = drawScenario(seed);
  const prng = new Prng(seed, 140);
  const blocks = prng.between(1, 3) * DAY_BLOCKS;
  const acquireMinTtlSeconds = prng.pick([1, 6, 12]) * HOUR;
  return {
    ...scenario,
    bzzPlur: prng.chance(85) ? 10_000n * BZZ : scenario.bzzPlur,
    policy: {
      ...scenario.policy,
      acquireMinTtlSeconds,
      minTtlSeconds: Math.max(acquireMinTtlSeconds, prng.pick([2, 6, 12, 24]) * HOUR),
      topUpSeconds: prng.pick([1, 12, 25, 48]) * HOUR,
      defaultDurationSeconds: prng.pick([25, 26, 30]) * HOUR,
      runIntervalSeconds: prng.pick([900, 900, 1800, 3600]),
      maxSpendPerDay: prng.chance(60) ? UNLIMITED : scenario.policy.maxSpendPerDay,
      maxOrder: null,
      walletFloorBzz: plur(0n),
    },
    blocks,
    faults: drawFaults(prng, blocks),
    events: drawEvents(new Prng(seed, 141), blocks),
    days: true,
  };
}

function drawFaults(prng: Prng, blocks: number): PlannedFault[] {
  const count = prng.pick([2, 4, 5, 6]);
  return Array.from({ length: count }, (_, number): PlannedFault => {
    const common = { number: 400 + number, atBlock: prng.between(0, blocks) };
    if (prng.chance(40)) return { ...common, kind: prng.pick(OF_MONEY), blocks: 12 * HOUR_BLOCKS };
    const kind = prng.chance(75) ? prng.pick(OF_DAYS) : prng.pick(SHORT);
    return { ...common, kind, blocks: prng.pick([1, 5, 20, 150, HOUR_BLOCKS, 6 * HOUR_BLOCKS]) };
  }).toSorted((a, b) => a.atBlock - b.atBlock);
}

function drawEvents(prng: Prng, blocks: number): PlannedEvent[] {
  const events: PlannedEvent[] = [];
  const often = (times: number, event: PlannedEvent['event']): void => {
    for (let i = 0; i < times; i++) events.push({ atBlock: prng.between(0, blocks), event });
  };
  often(prng.between(0, 6), 'burst');
  often(prng.between(0, 2), 'retry');
  often(prng.between(0, 2), 'maintain');
  often(prng.between(0, 1), 'preview');
  often(prng.between(0, 2), 'watch');
  often(prng.between(0, 2), 'unwatch');
  often(prng.pick([0, 0, 1, 2, 3]), 'reset');
  often(prng.pick([0, 0, 1, 2]), 'off');
  often(prng.pick([0, 0, 0, 1]), 'empty');
  return events.toSorted((a, b) => a.atBlock - b.atBlock);
}

/** What an operator may change between two starts. */
export function drawSettings(policy: Policy, prng: Prng): Policy {
  const targets = new Map([
    [depth(17), prng.pick([0, 1, 2, 3])],
    [depth(18), prng.pick([0, 0, 1])],
    [depth(20), prng.pick([0, 1, 2])],
  ]);
  for (const [key, count] of targets) if (count === 0) targets.delete(key);
  const acquireMinTtlSeconds = prng.pick([1, 6, 12, 20]) * HOUR;
  const changes: readonly (() => Partial<Policy>)[] = [
    () => ({ targets }),
    () => ({ targets: new Map() }),
    () => ({ defaultDurationSeconds: prng.pick([25, 48, 168]) * HOUR }),
    () => ({
      acquireMinTtlSeconds,
      minTtlSeconds: Math.max(acquireMinTtlSeconds, prng.pick([2, 12, 24, 40]) * HOUR),
    }),
    () => ({ topUpSeconds: prng.pick([1, 25, 48]) * HOUR }),
    () => ({ immutable: !policy.immutable }),
    () => ({ canaryIntervalSeconds: policy.canaryIntervalSeconds === null ? 900 : null }),
    () => ({ immediateReplenish: !policy.immediateReplenish }),
    () => ({ lowReserveThreshold: prng.between(0, 2) }),
    () => ({ adoption: { from: policy.adoption.from === 'any' ? 'nowhere' : 'any' } }),
  ];
  return { ...policy, ...prng.pick(changes)(), ...(prng.chance(30) ? prng.pick(changes)() : {}) };
}
