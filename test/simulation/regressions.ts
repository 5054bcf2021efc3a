import { depth } from '../../src/domain/units.ts';
import type { FaultName } from './fault-kinds.ts';
import { drawScenario, type Scenario, UNLIMITED } from './scenario.ts';

/** A bug that the campaign has found, as the shortest scenario that shows it. */
export interface Regression {
  readonly what: string;
  readonly scenario: Scenario;
}

interface Overrides extends Partial<Omit<Scenario, 'seed' | 'faults' | 'policy'>> {
  readonly faults?: readonly (readonly [atBlock: number, kind: FaultName, blocks: number])[];
  readonly policy?: Partial<Scenario['policy']>;
}

const HOUR = 3600;

/**
 * A seed alone would draw another scenario when a fault is added to the tables. So everything that matters is stated, and the
 * seed only determines the remaining random values.
 */
function scenario(seed: number, { faults = [], policy = {}, ...overrides }: Overrides): Scenario {
  return {
    ...drawScenario(seed),
    version: '2.8.1',
    chequebook: true,
    approveBlocks: 1,
    createBlocks: 2,
    gapBlocks: 0,
    bzzPlur: 10n ** 18n,
    before: [],
    adoption: 'nowhere',
    blocks: 60,
    events: [],
    ...overrides,
    policy: {
      ...drawScenario(seed).policy,
      targets: new Map([
        [depth(17), 2],
        [depth(20), 1],
      ]),
      acquireMinTtlSeconds: 12 * HOUR,
      minTtlSeconds: 24 * HOUR,
      topUpSeconds: 48 * HOUR,
      defaultDurationSeconds: 26 * HOUR,
      runIntervalSeconds: 60,
      immediateReplenish: true,
      maxSpendPerDay: UNLIMITED,
      maxOrder: null,
      maxPrice: null,
      ...policy,
    },
    faults: faults.map(([atBlock, kind, blocks], number) => ({ number, kind, atBlock, blocks })),
  };
}

/** The seed determines how slow: 2 draws 200 s for a commit, 15 draws 20 s. */
const whileCommitsAreSlow: Overrides = {
  rivals: true,
  policy: { targets: new Map([[depth(17), 1]]), canaryIntervalSeconds: null },
  faults: [[13, 'commitsSlow', 25]],
  events: [14, 15, 16, 17, 18, 19].map((atBlock) => ({ atBlock, event: 'burst' })),
  blocks: 80,
};

/** One stamp, whose first top-up is mined after it was abandoned. */
const whileATopUpIsLate = (...faults: NonNullable<Overrides['faults']>): Overrides => ({
  policy: { targets: new Map([[depth(17), 1]]), canaryIntervalSeconds: null },
  faults: [[34, 'minedLate', 300], [35, 'manyFallDue', 1], ...faults],
  blocks: 330,
});

export const REGRESSIONS: readonly Regression[] = [
  {
    what: 'a top-up was paid again with every observation until the node listed the first',
    scenario: scenario(1, { faults: [[35, 'manyFallDue', 1]], blocks: 70 }),
  },
  {
    what: 'a purchase that Bee confirmed was dropped when another user’s batch of the same amount had been listed before',
    scenario: scenario(2, {
      approveBlocks: 2,
      createBlocks: 3,
      faults: [
        [1, 'answerSlowToMoney', 30],
        [1, 'strangerCopiesPurchase', 30],
      ],
    }),
  },
  {
    what: 'no incident was reported when a crash left the outcome of a purchase unknown',
    scenario: scenario(3, {
      faults: [
        [0, 'processKilled', 5],
        [1, 'processKilledAtOperation', 30],
      ],
    }),
  },
  {
    what: 'a clock set forward and one observation without the stamps expired stamps that had days to live',
    scenario: scenario(4, { before: [17, 17, 20], adoption: 'any', faults: [[20, 'clockWrongAtBoot', 10]] }),
  },
  {
    what: 'a clock set forward made a top-up look shown on Bee before 2.8.1, and it was paid again',
    scenario: scenario(6, {
      version: '2.8.0',
      policy: { minTtlSeconds: 28 * HOUR },
      faults: [[24, 'clockForth', 1]],
      blocks: 45,
    }),
  },
  {
    what: 'no incident was reported when the database could not be read for the time at which stock is expected',
    scenario: scenario(8, {
      events: [10, 11, 12].map((atBlock) => ({ atBlock, event: 'burst' })),
      faults: [[9, 'diskUnreadable', 5]],
      blocks: 15,
    }),
  },
  {
    what: 'an unknown purchase was abandoned, and made again, when its batch had been diluted before it was listed',
    scenario: scenario(7, {
      policy: { defaultDurationSeconds: 168 * HOUR },
      faults: [
        [0, 'resetInCreateWindow', 10],
        [3, 'batchDiluted', 5],
      ],
      blocks: 15,
    }),
  },
  {
    what: 'a disk that was full between planning an order and sending it left the order planned, and nothing was bought until a restart',
    scenario: scenario(20, { faults: [[7, 'diskFull', 8]], blocks: 40 }),
  },
  {
    what: 'a purchase that Bee confirmed and never showed was made again every 120 blocks',
    scenario: scenario(16, { faults: [[0, 'eventMissed', 300]], blocks: 300 }),
  },
  {
    what: 'a top-up that Bee confirmed and never showed was paid again every 27 blocks',
    scenario: scenario(17, {
      policy: { minTtlSeconds: 28 * HOUR },
      faults: [[0, 'topUpMissed', 150]],
      blocks: 150,
    }),
  },
  {
    what: 'a 201 that named another batch confirmed an order with it, and the purchased batch was in no row',
    scenario: scenario(3, { faults: [[0, 'wrongBatchAnswered', 60]] }),
  },
  {
    what: 'a dropped purchase whose cancellation was mined stopped all buying until Bee was restarted',
    scenario: scenario(20, { faults: [[0, 'transactionCancelled', 200]], blocks: 200 }),
  },
  {
    what: 'a depth for which a batch was adopted still counted as empty, and was filled before an empty one',
    scenario: scenario(12, {
      policy: {
        targets: new Map([
          [depth(17), 3],
          [depth(20), 1],
        ]),
      },
      before: [17],
      adoption: 'any',
      bzzPlur: 5n * 10n ** 18n,
      blocks: 5,
    }),
  },
  {
    what: 'a top-up that was confirmed and never shown was paid again and again',
    scenario: scenario(21, {
      faults: [
        [30, 'topUpsHidden', 400],
        [40, 'manyFallDue', 100],
      ],
      blocks: 440,
    }),
  },
  {
    what: 'a purchase that a lie hid after its confirmation was made again every 120 blocks',
    scenario: scenario(22, { faults: [[3, 'creationsHidden', 400]], blocks: 420 }),
  },
  {
    what: 'the pool bought from another node at the same address, and gave out the stock of its own one',
    scenario: scenario(23, {
      faults: [[90, 'anotherNode', 200]],
      events: [100, 140, 200].map((atBlock) => ({ atBlock, event: 'burst' })),
      blocks: 300,
    }),
  },
  {
    what: 'a 201 that named another batch was believed, and the purchased batch was lost track of',
    scenario: scenario(24, { faults: [[1, 'otherBatchNamed', 60]], blocks: 120 }),
  },
  {
    what: 'a cache that answered all reads with the first ones was treated as a node that is up to date',
    scenario: scenario(25, { faults: [[20, 'frozenReads', 300]], blocks: 330 }),
  },
  {
    what: 'the checker required a purchase that had to wait, because the run that sent a top-up had abandoned the second purchase in a row',
    scenario: scenario(26, {
      policy: {
        targets: new Map([
          [depth(17), 1],
          [depth(18), 1],
          [depth(20), 1],
        ]),
      },
      faults: [
        [8, 'error500BeforeBroadcast', 65],
        [40, 'manyFallDue', 1],
      ],
      blocks: 75,
    }),
  },
  {
    what: 'the checker required that a top-up is settled whose batch the node has lost for good',
    scenario: scenario(27, {
      policy: { minTtlSeconds: 28 * HOUR },
      faults: [[24, 'issuerLost', 1]],
      blocks: 150,
    }),
  },
  {
    what: 'the checker required that an abandoned top-up is settled whose batch the node has lost for good',
    scenario: scenario(1, {
      policy: { minTtlSeconds: 28 * HOUR },
      faults: [
        [26, 'processKilledAtOperation', 6],
        [34, 'issuerLost', 1],
      ],
      blocks: 170,
    }),
  },
  {
    what: 'the checker required a wait for an answer that the process had not recorded when it died',
    scenario: scenario(2, {
      faults: [
        [8, 'wrongBatchAnswered', 10],
        [8, 'processKilledAtOperation', 10],
      ],
      blocks: 90,
    }),
  },
  {
    what: 'the checker required a hold after an answer to a top-up that named another stamp',
    scenario: scenario(1, {
      faults: [
        [30, 'staleMoneyAnswers', 70],
        [30, 'topUpsHidden', 200],
        [40, 'manyFallDue', 100],
      ],
      blocks: 240,
    }),
  },
  {
    what: 'the checker counted a lost stamp as stock that had never become available, and called an adoption one too many',
    scenario: scenario(1, {
      policy: { targets: new Map([[depth(17), 1]]) },
      adoption: 'any',
      faults: [
        [12, 'strangerBuys', 1],
        [13, 'issuerLost', 1],
      ],
      blocks: 160,
    }),
  },
  {
    what: 'a purchase was sent on an observation that had become old while the database was slow',
    scenario: scenario(2, whileCommitsAreSlow),
  },
  {
    what: 'the checker counted a back-off from a commit, and not from the slow answer by which the process knew of it',
    scenario: scenario(15, whileCommitsAreSlow),
  },
  {
    what: 'an abandoned top-up that was mined together with its repetition was paid and not counted',
    scenario: scenario(1, whileATopUpIsLate()),
  },
  {
    what: 'a top-up that was not made was confirmed by what an abandoned one had added',
    scenario: scenario(1, whileATopUpIsLate([78, 'error500BeforeBroadcast', 60])),
  },
];
