import type { FaultSettings, FaultName as SimulatorFault } from '../../src/simulator/faults.ts';
import type { FaultKind } from './fault-kind.ts';
import { cancelForgotten } from './operator.ts';
import type { Dice } from './prng.ts';

const READS = ['/health', '/chainstate', '/transactions', '/wallet', '/stamps'];
const MONEY = { path: '/stamps/' };
const POST = { method: 'POST', ...MONEY };

/** The fate of single requests, most of them the next one or two. */
export const REQUEST_FAULTS = {
  answerSlow: fate('slow', 'An answer comes blocks later.', (dice) => ({
    times: dice.between(1, 3),
    blocks: dice.between(1, 6),
    ...anyRequest(dice),
  })),
  wrongBatchAnswered: {
    sentence:
      'A purchase is answered 201 with another batch, whether Bee has carried it out (mostly) or not.',
    strike: (scene, dice, kind) => {
      const { simulator } = scene.stage;
      const owned = [...simulator.node.issuers.all()].map(({ batchId }) => batchId);
      const batchId = dice.pick([
        dice.pick([...scene.disk.read().stamps.keys(), 'd'.repeat(64)]),
        dice.pick([...owned, 'e'.repeat(64)]),
        'f'.repeat(64),
      ]);
      return scene.arm(kind, 'wrongBatch', { times: 1, after: dice.chance(70), batchId });
    },
  },
  answerSlowToMoney: fate('slow', 'What was bought is told much later than the chain shows it.', (dice) => ({
    times: 1,
    blocks: dice.between(8, 30),
    ...MONEY,
  })),
  purchaseHangs: fate('hang', 'A purchase is taken and never answered.', () => ({ times: 1, ...POST })),
  readHangs: {
    sentence: 'A read is taken and never answered; the node has to be restarted.',
    strike: (scene, dice, kind) => {
      const lift = scene.arm(kind, 'hang', { times: 1, method: 'GET', path: dice.pick(READS) });
      return () => {
        lift();
        scene.stage.simulator.node.restart();
      };
    },
  },
  busy429: fate('busy429', 'Somebody else holds the one-operation semaphore: 429.', (dice) => ({
    times: dice.between(1, 4),
  })),
  error500BeforeBroadcast: fate(
    'error500BeforeBroadcast',
    'Bee answers 500 and has sent nothing.',
    (dice) => ({
      times: dice.between(1, 2),
    }),
  ),
  error500AfterApprove: fate(
    'error500AfterBroadcast',
    'Bee answers 500 after it has sent the approval.',
    () => ({ times: 1, stage: 'approve' }),
  ),
  error500AfterCreate: fate(
    'error500AfterBroadcast',
    'Bee answers 500 after it has sent the purchase, which lives on.',
    () => ({ times: 1, stage: 'create' }),
  ),
  proxy502Before: proxy(
    'proxy502',
    'A proxy answers 502 in its own words, and Bee has heard nothing.',
    false,
  ),
  proxy502After: proxy('proxy502', 'A proxy answers 502 to a request that Bee has carried out.', true),
  proxy503Before: proxy(
    'proxy503',
    'A proxy answers 503 in its own words, and Bee has heard nothing.',
    false,
  ),
  proxy503After: proxy('proxy503', 'A proxy answers 503 to a request that Bee has carried out.', true),
  proxy504Before: proxy(
    'proxy504',
    'A proxy answers 504 in its own words, and Bee has heard nothing.',
    false,
  ),
  proxy504After: proxy('proxy504', 'A proxy answers 504 to a request that Bee has carried out.', true),
  proxy429After: proxy('proxy429', 'A proxy answers 429 to a request that Bee has carried out.', true),
  answerCutOff: fate('truncated', 'The connection ends in the middle of an answer.', (dice) => ({
    times: dice.between(1, 2),
    ...anyRequest(dice),
  })),
  answerHalved: {
    sentence: 'Half of an answer arrives as if it were all of it.',
    strike: (scene, dice, kind) => {
      scene.stage.halvesAreWhole = true;
      const lift = scene.arm(kind, 'truncated', { times: dice.between(1, 2), ...anyRequest(dice) });
      return () => {
        scene.stage.halvesAreWhole = false;
        lift();
      };
    },
  },
  answerNotJson: fate(
    'nonJson',
    'A request that Bee has carried out is answered 200 with a page of HTML.',
    (dice) => ({
      times: dice.between(1, 2),
      ...anyRequest(dice),
    }),
  ),
  answerEmpty: fate(
    'emptyReply',
    'The connection ends without a byte of answer to what Bee has carried out.',
    (dice) => ({
      times: 1,
      ...anyRequest(dice),
    }),
  ),
  resetBefore: fate('reset', 'The connection is reset before Bee has heard the request.', (dice) => ({
    times: 1,
    stage: 'before',
    ...anyRequest(dice),
  })),
  resetInApproveWindow: fate(
    'reset',
    'The connection is reset while the approval waits to be mined.',
    () => ({
      times: 1,
      stage: 'approve',
    }),
  ),
  resetInCreateWindow: fate('reset', 'The connection is reset while the purchase waits to be mined.', () => ({
    times: 1,
    stage: 'create',
  })),
  resetAfterMining: fate('reset', 'The connection is reset when all is done, before the answer.', () => ({
    times: 1,
    stage: 'mined',
  })),
  transactionReverted: fate(
    'txReverted',
    'The transaction is mined and reverts: gas spent, nothing bought.',
    () => ({
      times: 1,
    }),
  ),
  transactionDropped: fate(
    'txDropped',
    'The network forgets the transaction; the node waits for it.',
    (dice) => ({
      times: 1,
      stage: dice.pick(['create', 'create', 'approve']),
    }),
  ),
  transactionCancelled: {
    sentence: 'The network forgets the transaction, and an operator cancels it on the node, sooner or later.',
    strike: (scene, dice, kind) => {
      const lift = scene.arm(kind, 'txDropped', {
        times: 1,
        stage: dice.pick(['create', 'create', 'approve']),
      });
      let patienceBlocks = dice.pick([3, 10, 30, 140]);
      const stop = scene.onBlock(() => {
        if (!scene.hits.has(kind) || patienceBlocks-- > 0) return;
        stop();
        void cancelForgotten(scene);
      });
      return () => {
        stop();
        lift();
      };
    },
  },
  transactionDelayed: {
    sentence: 'The transaction stays pending for up to an hour, and is mined then.',
    strike: (scene, dice, kind) => {
      const blocks = dice.chance(10) ? dice.pick([200, 700]) : dice.pick([10, 20, 30, 80]);
      const lift = scene.arm(kind, 'txDelayed', { times: 1, blocks });
      scene.delayedUntilTip = Math.max(scene.delayedUntilTip, scene.stage.simulator.chain.tip + blocks + 400);
      return lift;
    },
  },
  minedLate: unseen(
    'The transaction is in the network but in no list of the node, and is mined minutes later.',
    [5, 40, 60, 75, 90, 200],
  ),
  minedHoursLater: unseen(
    'The same, and it is mined hours later, when it has long been given up.',
    [1440, 2160],
  ),
  sendUnseen: fate(
    'sendUnseen',
    'The send fails for the node, but the network has the transaction.',
    (dice) => ({
      times: 1,
      after: dice.chance(50),
      stage: dice.pick(['create', 'create', 'approve']),
    }),
  ),
  labelLost: fate('labelLost', 'The label does not stick: the batch is listed as recovered.', (dice) => ({
    times: dice.between(1, 3),
  })),
  stampsEmpty: fate('stampsEmpty', '/stamps answers 200 with nothing.', (dice) => ({
    times: dice.chance(20) ? dice.pick([60, 160]) : dice.pick([1, 2, 5, 20]),
  })),
  stampsPartial: fate('stampsPartial', '/stamps answers 200 with a random half.', (dice) => ({
    times: dice.pick([1, 2, 5, 20, 40]),
  })),
} as const satisfies Record<string, FaultKind>;

/** A money request, or a read. */
function anyRequest(dice: Dice): FaultSettings {
  return dice.chance(65)
    ? { method: dice.pick(['POST', 'POST', 'PATCH']) }
    : { method: 'GET', path: dice.pick(READS) };
}

function fate(fault: SimulatorFault, sentence: string, draw: (dice: Dice) => FaultSettings): FaultKind {
  return {
    sentence,
    strike: (scene, dice, kind) => scene.arm(kind, fault, draw(dice)),
  };
}

function unseen(sentence: string, blocksLater: readonly number[]): FaultKind {
  return {
    sentence,
    strike: (scene, dice, kind) => {
      const after = dice.chance(50);
      const blocks = dice.pick(blocksLater);
      const lifts = [
        scene.arm(kind, 'sendUnseen', { times: 1, after }),
        scene.arm(kind, 'txDelayed', { times: 1, blocks }),
      ];
      scene.delayedUntilTip = Math.max(scene.delayedUntilTip, scene.stage.simulator.chain.tip + blocks + 400);
      return () => {
        for (const lift of lifts) lift();
      };
    },
  };
}

function proxy(fault: SimulatorFault, sentence: string, after: boolean): FaultKind {
  return fate(fault, sentence, (dice) => ({ times: dice.between(1, 2), after, ...anyRequest(dice) }));
}
