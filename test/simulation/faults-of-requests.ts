import type { FaultSettings, FaultName as SimulatorFault } from '../../src/simulator/faults.ts';
import type { Environment } from './environment.ts';
import type { FaultKind } from './fault-kind.ts';
import { cancelForgotten } from './operator.ts';
import type { Prng } from './prng.ts';

const READS = ['/health', '/chainstate', '/transactions', '/wallet', '/stamps'];
const MONEY = { path: '/stamps/' };
const POST = { method: 'POST', ...MONEY };

/** Faults of single requests, most of them the next one or two. */
export const REQUEST_FAULTS = {
  answerSlow: requestFault('slow', 'An answer arrives some blocks later.', (prng) => ({
    times: prng.between(1, 3),
    blocks: prng.between(1, 6),
    ...anyRequest(prng),
  })),
  wrongBatchAnswered: {
    description: 'A purchase is answered 201 with another batch, whether Bee executed it (mostly) or not.',
    inject: (environment, prng, kind) => {
      const { simulator } = environment.world;
      const owned = [...simulator.node.issuers.all()].map(({ batchId }) => batchId);
      const batchId = prng.pick([
        prng.pick([...environment.disk.read().stamps.keys(), 'd'.repeat(64)]),
        prng.pick([...owned, 'e'.repeat(64)]),
        'f'.repeat(64),
        null,
      ]);
      const after = prng.chance(70);
      if (batchId !== null) return environment.arm(kind, 'wrongBatch', { times: 1, after, batchId });
      return environment.atNextPurchase(() => {
        environment.arm(kind, 'wrongBatch', { times: 1, after, batchId: newBatchLike(environment) });
      });
    },
  },
  answerSlowToMoney: requestFault(
    'slow',
    'The answer to a purchase or top-up arrives long after it is mined.',
    (prng) => ({
      times: 1,
      blocks: prng.between(8, 30),
      ...MONEY,
    }),
  ),
  purchaseHangs: requestFault('hang', 'A purchase is accepted and never answered.', () => ({
    times: 1,
    ...POST,
  })),
  readHangs: {
    description: 'A read is accepted and never answered; the node has to be restarted.',
    inject: (environment, prng, kind) => {
      const lift = environment.arm(kind, 'hang', { times: 1, method: 'GET', path: prng.pick(READS) });
      return () => {
        lift();
        environment.world.simulator.node.restart();
      };
    },
  },
  busy429: requestFault(
    'busy429',
    'Another user holds the semaphore for on-chain operations: 429.',
    (prng) => ({
      times: prng.between(1, 4),
    }),
  ),
  error500BeforeBroadcast: requestFault(
    'error500BeforeBroadcast',
    'Bee answers 500 and has sent nothing.',
    (prng) => ({
      times: prng.between(1, 2),
    }),
  ),
  error500AfterApprove: requestFault(
    'error500AfterBroadcast',
    'Bee answers 500 after it has sent the approval.',
    () => ({ times: 1, stage: 'approve' }),
  ),
  error500AfterCreate: requestFault(
    'error500AfterBroadcast',
    'Bee answers 500 after it has sent the purchase, which is mined.',
    () => ({ times: 1, stage: 'create' }),
  ),
  proxy502Before: proxy(
    'proxy502',
    'A proxy answers 502 itself, and Bee does not receive the request.',
    false,
  ),
  proxy502After: proxy('proxy502', 'A proxy answers 502 to a request that Bee has executed.', true),
  proxy503Before: proxy(
    'proxy503',
    'A proxy answers 503 itself, and Bee does not receive the request.',
    false,
  ),
  proxy503After: proxy('proxy503', 'A proxy answers 503 to a request that Bee has executed.', true),
  proxy504Before: proxy(
    'proxy504',
    'A proxy answers 504 itself, and Bee does not receive the request.',
    false,
  ),
  proxy504After: proxy('proxy504', 'A proxy answers 504 to a request that Bee has executed.', true),
  proxy429After: proxy('proxy429', 'A proxy answers 429 to a request that Bee has executed.', true),
  answerCutOff: requestFault('truncated', 'The connection ends in the middle of an answer.', (prng) => ({
    times: prng.between(1, 2),
    ...anyRequest(prng),
  })),
  answerHalved: {
    description: 'Half of an answer arrives as if it were complete.',
    inject: (environment, prng, kind) => {
      environment.world.halvesAreWhole = true;
      const lift = environment.arm(kind, 'truncated', { times: prng.between(1, 2), ...anyRequest(prng) });
      return () => {
        environment.world.halvesAreWhole = false;
        lift();
      };
    },
  },
  answerNotJson: requestFault(
    'nonJson',
    'A request that Bee has executed is answered 200 with a page of HTML.',
    (prng) => ({
      times: prng.between(1, 2),
      ...anyRequest(prng),
    }),
  ),
  answerEmpty: requestFault(
    'emptyReply',
    'The connection ends without an answer after Bee has executed the request.',
    (prng) => ({
      times: 1,
      ...anyRequest(prng),
    }),
  ),
  resetBefore: requestFault('reset', 'The connection is reset before Bee receives the request.', (prng) => ({
    times: 1,
    stage: 'before',
    ...anyRequest(prng),
  })),
  resetInApproveWindow: requestFault(
    'reset',
    'The connection is reset while the approval waits to be mined.',
    () => ({
      times: 1,
      stage: 'approve',
    }),
  ),
  resetInCreateWindow: requestFault(
    'reset',
    'The connection is reset while the purchase waits to be mined.',
    () => ({
      times: 1,
      stage: 'create',
    }),
  ),
  resetAfterMining: requestFault(
    'reset',
    'The connection is reset after the purchase is mined, before the answer.',
    () => ({
      times: 1,
      stage: 'mined',
    }),
  ),
  transactionReverted: requestFault(
    'txReverted',
    'The transaction is mined and reverts: gas spent, nothing bought.',
    () => ({
      times: 1,
    }),
  ),
  transactionDropped: requestFault(
    'txDropped',
    'The network drops the transaction; the node waits for it.',
    (prng) => ({
      times: 1,
      stage: prng.pick(['create', 'create', 'approve']),
    }),
  ),
  transactionCancelled: {
    description: 'The network drops the transaction, and the operator cancels it on the node after a while.',
    inject: (environment, prng, kind) => {
      const lift = environment.arm(kind, 'txDropped', {
        times: 1,
        stage: prng.pick(['create', 'create', 'approve']),
      });
      let blocksLeft = prng.pick([3, 10, 30, 140]);
      const stop = environment.onBlock(() => {
        if (!environment.hits.has(kind) || blocksLeft-- > 0) return;
        stop();
        void cancelForgotten(environment);
      });
      return () => {
        stop();
        lift();
      };
    },
  },
  transactionDelayed: {
    description: 'The transaction stays pending for up to an hour, and is mined then.',
    inject: (environment, prng, kind) => {
      const blocks = prng.chance(10) ? prng.pick([200, 700]) : prng.pick([10, 20, 30, 80]);
      return environment.arm(kind, 'txDelayed', { times: 1, blocks });
    },
  },
  minedLate: unseen(
    'The transaction is in the network but in no list of the node, and is mined minutes later.',
    [5, 40, 60, 75, 90, 200],
  ),
  minedHoursLater: unseen(
    'The same, and it is mined hours later, long after it was abandoned.',
    [1440, 2160],
  ),
  sendUnseen: requestFault(
    'sendUnseen',
    'The send fails for the node, but the network has the transaction.',
    (prng) => ({
      times: 1,
      after: prng.chance(50),
      stage: prng.pick(['create', 'create', 'approve']),
    }),
  ),
  labelLost: requestFault('labelLost', 'The label is lost: the batch is listed as recovered.', (prng) => ({
    times: prng.between(1, 3),
  })),
  stampsEmpty: requestFault('stampsEmpty', '/stamps answers 200 with an empty list.', (prng) => ({
    times: prng.chance(20) ? prng.pick([60, 160]) : prng.pick([1, 2, 5, 20]),
  })),
  stampsPartial: requestFault(
    'stampsPartial',
    '/stamps answers 200 with a random half of the list.',
    (prng) => ({
      times: prng.pick([1, 2, 5, 20, 40]),
    }),
  ),
} as const satisfies Record<string, FaultKind>;

/** Another user creates a batch owned by the wallet. It differs from our latest purchase only in its amount. */
function newBatchLike({ world, lastPurchase }: Environment): string {
  const { chain, wallet } = world.simulator;
  const { depth = 17, immutable = true } = lastPurchase ?? {};
  return chain.createForeignBatch({
    owner: wallet,
    amount: 2n * chain.contract.minimumAmount(),
    depth,
    immutable,
  });
}

/** A request for money, or a read. */
function anyRequest(prng: Prng): FaultSettings {
  return prng.chance(65)
    ? { method: prng.pick(['POST', 'POST', 'PATCH']) }
    : { method: 'GET', path: prng.pick(READS) };
}

function requestFault(
  fault: SimulatorFault,
  description: string,
  draw: (prng: Prng) => FaultSettings,
): FaultKind {
  return {
    description,
    inject: (environment, prng, kind) => environment.arm(kind, fault, draw(prng)),
  };
}

function unseen(description: string, blocksLater: readonly number[]): FaultKind {
  return {
    description,
    inject: (environment, prng, kind) => {
      const after = prng.chance(50);
      const blocks = prng.pick(blocksLater);
      const lifts = [
        environment.arm(kind, 'sendUnseen', { times: 1, after }),
        environment.arm(kind, 'txDelayed', { times: 1, blocks }),
      ];
      return () => {
        for (const lift of lifts) lift();
      };
    },
  };
}

function proxy(fault: SimulatorFault, description: string, after: boolean): FaultKind {
  return requestFault(fault, description, (prng) => ({
    times: prng.between(1, 2),
    after,
    ...anyRequest(prng),
  }));
}
