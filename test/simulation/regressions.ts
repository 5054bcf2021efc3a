import { depth } from '../../src/domain/units.ts';
import type { FaultName } from './fault-kinds.ts';
import { drawScript, type Script, UNLIMITED } from './scenario.ts';

/** A bug that the campaign has found, as the shortest world in which it showed. */
export interface Regression {
  readonly what: string;
  readonly script: Script;
}

interface Wishes extends Partial<Omit<Script, 'seed' | 'faults' | 'policy'>> {
  readonly faults?: readonly (readonly [atBlock: number, kind: FaultName, blocks: number])[];
  readonly policy?: Partial<Script['policy']>;
}

const HOUR = 3600;

/**
 * A seed alone would mean another world as soon as a fault is added to the tables: so what matters is written down, and
 * the seed stands for the rest of chance only.
 */
function world(seed: number, { faults = [], policy = {}, ...wishes }: Wishes): Script {
  return {
    ...drawScript(seed),
    version: '2.8.1',
    chequebook: true,
    approveBlocks: 1,
    createBlocks: 2,
    gapBlocks: 0,
    bzzPlur: 10n ** 18n,
    before: [],
    adoption: 'nowhere',
    blocks: 60,
    acts: [],
    ...wishes,
    policy: {
      ...drawScript(seed).policy,
      targets: new Map([
        [depth(17), 2],
        [depth(20), 1],
      ]),
      acquireMinTtlSeconds: 12 * HOUR,
      minTtlSeconds: 24 * HOUR,
      topUpSeconds: 48 * HOUR,
      defaultDurationSeconds: 26 * HOUR,
      checkIntervalSeconds: 60,
      immediateReplenish: true,
      maxSpendPerDay: UNLIMITED,
      maxOrder: null,
      maxPrice: null,
      ...policy,
    },
    faults: faults.map(([atBlock, kind, blocks], number) => ({ number, kind, atBlock, blocks })),
  };
}

export const REGRESSIONS: readonly Regression[] = [
  {
    what: 'a top-up was paid again with every look until the node listed the first',
    script: world(1, { faults: [[35, 'manyFallDue', 1]], blocks: 70 }),
  },
  {
    what: 'a purchase that Bee confirmed was dropped when a stranger’s batch of the same amount had been listed before',
    script: world(2, {
      approveBlocks: 2,
      createBlocks: 3,
      faults: [
        [1, 'answerSlowToMoney', 30],
        [1, 'strangerCopiesPurchase', 30],
      ],
    }),
  },
  {
    what: 'nobody was told that a crash had left the outcome of a purchase unknown',
    script: world(3, {
      faults: [
        [0, 'processKilled', 5],
        [1, 'processKilledAtOperation', 30],
      ],
    }),
  },
  {
    what: 'a clock set forward, and one look without the stamps, ended stamps that had days to live',
    script: world(4, { before: [17, 17, 20], adoption: 'any', faults: [[20, 'clockWrongAtBoot', 10]] }),
  },
  {
    what: 'a clock set forward made a top-up look as if it were shown already on Bee before 2.8.1, and it was paid again',
    script: world(6, {
      version: '2.8.0',
      policy: { minTtlSeconds: 28 * HOUR },
      faults: [[20, 'clockForth', 1]],
      blocks: 45,
    }),
  },
  {
    what: 'nobody was told that the database could not be read when an exhausted pool said when stock is expected',
    script: world(8, {
      acts: [10, 11, 12].map((atBlock) => ({ atBlock, act: 'burst' })),
      faults: [[9, 'diskUnreadable', 5]],
      blocks: 15,
    }),
  },
  {
    what: 'an unknown purchase was given up, and made again, when its batch had been diluted before it was listed',
    script: world(7, {
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
    script: world(20, { faults: [[7, 'diskFull', 8]], blocks: 40 }),
  },
  {
    what: 'a purchase that Bee confirmed and never showed was made again every 120 blocks',
    script: world(16, { faults: [[0, 'eventMissed', 300]], blocks: 300 }),
  },
  {
    what: 'a top-up that Bee confirmed and never showed was paid again every 27 blocks',
    script: world(17, {
      policy: { minTtlSeconds: 28 * HOUR },
      faults: [[0, 'topUpMissed', 150]],
      blocks: 150,
    }),
  },
  {
    what: 'a 201 that named another batch confirmed an order with it, and what was paid for was in no row',
    script: world(18, { faults: [[0, 'wrongBatchAnswered', 60]] }),
  },
  {
    what: 'a dropped purchase whose cancellation was mined stopped all buying until Bee was restarted',
    script: world(20, { faults: [[0, 'transactionCancelled', 200]], blocks: 200 }),
  },
  {
    what: 'a depth for which a batch was adopted was still taken for empty, and filled before one that was',
    script: world(12, {
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
    script: world(21, {
      faults: [
        [30, 'topUpsHidden', 400],
        [40, 'manyFallDue', 100],
      ],
      blocks: 440,
    }),
  },
  {
    what: 'what was confirmed as bought and never listed was bought again every 120 blocks',
    script: world(22, { faults: [[3, 'creationsHidden', 400]], blocks: 420 }),
  },
  {
    what: 'another node at the same address was bought from, and the stock of the own one given out',
    script: world(23, {
      faults: [[90, 'anotherNode', 200]],
      acts: [100, 140, 200].map((atBlock) => ({ atBlock, act: 'burst' })),
      blocks: 300,
    }),
  },
  {
    what: 'a 201 that named another batch was believed, and the batch that was paid for forgotten',
    script: world(24, { faults: [[1, 'otherBatchNamed', 60]], blocks: 120 }),
  },
  {
    what: 'a cache that answered all reads with what it had seen first was taken for a node that is up to date',
    script: world(25, { faults: [[20, 'frozenReads', 300]], blocks: 330 }),
  },
  {
    what: 'the checker required a purchase that had to wait, because the run that sent a top-up had given up the second purchase in a row',
    script: world(26, {
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
    what: 'the checker waited for a top-up to be settled whose batch the node has lost for good',
    script: world(27, {
      policy: { minTtlSeconds: 28 * HOUR },
      faults: [[24, 'issuerLost', 1]],
      blocks: 150,
    }),
  },
  {
    what: 'the checker held a process to an answer that the one before it took with it when it was stopped',
    script: world(2, {
      faults: [
        [8, 'wrongBatchAnswered', 10],
        [8, 'processKilledAtOperation', 10],
      ],
      blocks: 90,
    }),
  },
];
