import type { HttpRequest } from '../../src/bee/transport.ts';
import type { Scene } from './environment.ts';
import type { FaultKind } from './fault-kind.ts';
import type { Answering } from './world.ts';

const isMoney = ({ method }: HttpRequest): boolean => method !== 'GET';
const at =
  (...paths: readonly string[]) =>
  ({ path }: HttpRequest): boolean =>
    paths.includes(path);
const atStamps = ({ path }: HttpRequest): boolean => path.startsWith('/stamps');

const TURNS: readonly (readonly Answering[])[] = [
  ['own', 'other'],
  ['own', 'own', 'other'],
  ['own', 'other', 'other'],
];

/** What befalls the node as a whole, for a while. */
export const NODE_FAULTS = {
  beeDown: {
    sentence: 'The node refuses connections.',
    strike: (scene, _dice, kind) => scene.arm(kind, 'down', {}),
  },
  beeRestarts: {
    sentence: 'The node restarts: connections are cut, then "Node is syncing", then "syncing in progress".',
    strike: (scene, dice, kind) => {
      const { node } = scene.stage.simulator;
      node.restart({
        downBlocks: dice.between(0, 6),
        startingBlocks: dice.between(0, 3),
        syncingBlocks: dice.between(0, 4),
      });
      scene.hit(kind);
    },
  },
  beeKilled: {
    sentence: 'The node is killed; half the time it reads the chain anew afterwards.',
    strike: (scene, dice, kind) => {
      scene.stage.simulator.node.restart({
        downBlocks: dice.between(0, 12),
        killed: true,
        dirty: dice.chance(50),
      });
      scene.hit(kind);
    },
  },
  beeKilledAtOperation: {
    sentence: 'The node is killed while a purchase or a top-up of ours is under way.',
    strike: (scene, dice, kind) => {
      const afterBlocks = dice.between(1, 4);
      const { stage } = scene;
      let dueAt: number | null = null;
      const disarm = scene.atNextOperation(() => {
        dueAt = stage.block + afterBlocks;
      });
      const stop = scene.onBlock(() => {
        if (dueAt === null || stage.block < dueAt) return;
        stop();
        scene.hit(kind);
        stage.simulator.node.restart({ downBlocks: dice.between(0, 3), killed: true });
      });
      return () => {
        disarm();
        stop();
      };
    },
  },
  beeResyncs: {
    sentence:
      'The node reads the chain again: it tells the old block for a moment, and then /stamps lacks what it has not yet read.',
    strike: (scene, dice, kind) => {
      scene.stage.simulator.node.resync({
        blocks: dice.pick([2, 10, 40, 150]),
        keepStampers: dice.chance(50),
        downBlocks: dice.between(0, 2),
        staleRequests: dice.between(1, 5),
      });
      scene.hit(kind);
    },
  },
  anotherNode: {
    sentence: 'Another node answers at the URL of the node: another wallet, and batches of its own.',
    strike: (scene, _dice, kind) => {
      stockOther(scene);
      return scene.answerFrom(kind, () => 'other');
    },
  },
  nodesInTurn: {
    sentence: 'Two nodes answer at the URL in turn, as behind a load balancer.',
    strike: (scene, dice, kind) => {
      stockOther(scene);
      const pattern = dice.pick(TURNS);
      return scene.answerFrom(kind, (n) => pattern[n % pattern.length] ?? 'own');
    },
  },
  issuerLost: {
    sentence: 'The node loses its right to a batch of the pool for good.',
    strike: (scene, dice, kind) => {
      const batchId = scene.pooledBatch(dice);
      if (batchId === undefined || scene.stage.simulator.node.issuers.get(batchId) === undefined) return;
      scene.stage.simulator.node.issuers.expired(batchId);
      scene.gone.add(batchId);
      scene.hit(kind);
    },
  },
  stampsFlicker: {
    sentence: 'The node lists no stamps for longer than makes them lost, and again within the day.',
    strike: async (scene, dice, kind) => {
      const { simulator } = scene.stage;
      if (scene.pooledBatch(dice) === undefined) return;
      for (const hiddenBlocks of [dice.between(122, 132), dice.between(122, 160)]) {
        simulator.faults.set('stampsEmpty', {});
        scene.askForRun();
        await scene.passBlocks(hiddenBlocks);
        simulator.faults.clear('stampsEmpty');
        await scene.passBlocks(dice.between(15, 40));
      }
      scene.hit(kind);
    },
  },
  blocksLag: {
    sentence: 'The node falls behind the chain.',
    strike: (scene, dice, kind) =>
      scene.condition(kind, {
        fault: 'blockLag',
        settings: { blocks: dice.pick([8, 14, 30, 100]) },
        meets: at('/chainstate'),
      }),
  },
  tipEstimatedLow: {
    sentence:
      'The node takes an older block for the head of the chain than it has read, as after a halt of the chain.',
    strike: (scene, dice, kind) =>
      scene.condition(kind, {
        fault: 'tipEstimatedLow',
        settings: { blocks: dice.between(1, 40) },
        meets: at('/chainstate'),
      }),
  },
  eventMissed: {
    sentence:
      'The node passes over the creation of a batch of ours, and reads it only when it is started with --resync.',
    strike: (scene, _dice, kind) => {
      const lift = scene.arm(kind, 'eventMissed', { times: 1, event: 'create' });
      scene.resyncNeeded = true;
      return lift;
    },
  },
  topUpMissed: {
    sentence:
      'The node passes over a top-up, which Bee has confirmed, and reads it only when it is started with --resync.',
    strike: (scene, _dice, kind) => {
      const lift = scene.arm(kind, 'eventMissed', { times: 1, event: 'topUp' });
      scene.resyncNeeded = true;
      return lift;
    },
  },
  syncing503: {
    sentence: 'All routes of stamps answer 503 "syncing …".',
    strike: (scene, dice, kind) =>
      scene.arm(kind, 'syncing503', { message: dice.pick(['syncing in progress', 'syncing failed']) }),
  },
  syncingOnlyForMoney: {
    sentence: 'The node begins to sync between a look and a purchase: 503 to the purchase.',
    strike: (scene, dice, kind) =>
      scene.arm(kind, 'syncing503', { times: dice.between(1, 3), method: 'POST' }),
  },
  starting503: {
    sentence: 'The node is still starting: 503 "Node is syncing. …".',
    strike: (scene, _dice, kind) => scene.arm(kind, 'startup503', {}),
  },
  ultraLight403: {
    sentence: 'The node runs without a chain: 403 "Chain is disabled. …".',
    strike: (scene, _dice, kind) =>
      scene.condition(kind, {
        fault: 'ultraLight403',
        meets: (request) => atStamps(request) || at('/chainstate', '/wallet')(request),
      }),
  },
  rpcRefuses: {
    sentence: 'The chain RPC of the node refuses: frozen values, 500.',
    strike: (scene, _dice, kind) =>
      scene.condition(kind, {
        fault: 'rpcRefusing',
        meets: (request) => isMoney(request) || at('/chainstate', '/wallet')(request),
      }),
  },
  rpcHangs: {
    sentence: 'The chain RPC of the node hangs, and what asks it hangs along.',
    strike: (scene, _dice, kind) =>
      scene.condition(kind, {
        fault: 'rpcHanging',
        meets: (request) => isMoney(request) || at('/chainstate', '/wallet')(request),
      }),
  },
  priceZero: {
    sentence: 'The node knows no price: the price is 0, times to live are -1.',
    strike: (scene, _dice, kind) =>
      scene.condition(kind, { fault: 'priceZero', meets: at('/chainstate', '/stamps') }),
  },
} as const satisfies Record<string, FaultKind>;

/** The wallet of the other node owns two usable batches for each target, with a label: they look as if they could be adopted. */
function stockOther({ stage }: Scene): void {
  const other = stage.otherNode();
  const { chain, wallet } = other;
  if (chain.batches.size > 0) return;
  const amount = 8n * chain.contract.minimumAmount(); // the price may have risen
  for (const depth of stage.policy.targets.keys()) {
    for (const n of [1n, 2n])
      chain.createForeignBatch({
        owner: wallet,
        amount: amount + n,
        depth,
        immutable: stage.policy.immutable,
      });
  }
  other.mineBlocks(25);
  for (const issuer of other.node.issuers.all()) other.node.issuers.setLabel(issuer, 'theirs');
}
