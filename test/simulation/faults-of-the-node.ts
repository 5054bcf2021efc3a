import type { HttpRequest } from '../../src/bee/transport.ts';
import type { Environment } from './environment.ts';
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

/** Faults of the node as a whole, for a while. */
export const NODE_FAULTS = {
  beeDown: {
    description: 'The node refuses connections.',
    inject: (environment, _dice, kind) => environment.arm(kind, 'down', {}),
  },
  beeRestarts: {
    description:
      'The node restarts: connections are cut, then "Node is syncing", then "syncing in progress".',
    inject: (environment, prng, kind) => {
      const { node } = environment.world.simulator;
      node.restart({
        downBlocks: prng.between(0, 6),
        startingBlocks: prng.between(0, 3),
        syncingBlocks: prng.between(0, 4),
      });
      environment.hit(kind);
    },
  },
  beeKilled: {
    description: 'The node is killed; half the time it reads the chain again afterwards.',
    inject: (environment, prng, kind) => {
      environment.world.simulator.node.restart({
        downBlocks: prng.between(0, 12),
        killed: true,
        dirty: prng.chance(50),
      });
      environment.hit(kind);
    },
  },
  beeKilledAtOperation: {
    description: 'The node is killed while a purchase or a top-up of ours is in progress.',
    inject: (environment, prng, kind) => {
      const afterBlocks = prng.between(1, 4);
      const { world } = environment;
      let dueAt: number | null = null;
      const disarm = environment.atNextOperation(() => {
        dueAt = world.block + afterBlocks;
      });
      const stop = environment.onBlock(() => {
        if (dueAt === null || world.block < dueAt) return;
        stop();
        environment.hit(kind);
        world.simulator.node.restart({ downBlocks: prng.between(0, 3), killed: true });
      });
      return () => {
        disarm();
        stop();
      };
    },
  },
  beeResyncs: {
    description:
      'The node reads the chain again: it shows the old block for a moment, and then /stamps lacks what it has not read yet.',
    inject: (environment, prng, kind) => {
      environment.world.simulator.node.resync({
        blocks: prng.pick([2, 10, 40, 150]),
        keepStampers: prng.chance(50),
        downBlocks: prng.between(0, 2),
        staleRequests: prng.between(1, 5),
      });
      environment.hit(kind);
    },
  },
  anotherNode: {
    description: 'Another node answers at the URL of the node: another wallet, and batches of its own.',
    inject: (environment, _dice, kind) => {
      stockOther(environment);
      return environment.answerFrom(kind, () => 'other');
    },
  },
  nodesInTurn: {
    description: 'Two nodes answer at the URL alternately, as behind a load balancer.',
    inject: (environment, prng, kind) => {
      stockOther(environment);
      const pattern = prng.pick(TURNS);
      return environment.answerFrom(kind, (n) => pattern[n % pattern.length] ?? 'own');
    },
  },
  issuerLost: {
    description: 'The node loses the issuer of a batch of the pool for good.',
    inject: (environment, prng, kind) => {
      const batchId = environment.pooledBatch(prng);
      if (batchId === undefined || environment.world.simulator.node.issuers.get(batchId) === undefined)
        return;
      environment.world.simulator.node.issuers.expired(batchId);
      environment.gone.add(batchId);
      environment.hit(kind);
    },
  },
  stampsFlicker: {
    description: 'The node lists no stamps until they are lost, and does so again within the day.',
    inject: async (environment, prng, kind) => {
      const { simulator } = environment.world;
      if (environment.pooledBatch(prng) === undefined) return;
      for (const hiddenBlocks of [prng.between(122, 132), prng.between(122, 160)]) {
        simulator.faults.set('stampsEmpty', {});
        environment.askForRun();
        await environment.passBlocks(hiddenBlocks);
        simulator.faults.clear('stampsEmpty');
        await environment.passBlocks(prng.between(15, 40));
      }
      environment.hit(kind);
    },
  },
  blocksLag: {
    description: 'The node falls behind the chain.',
    inject: (environment, prng, kind) =>
      environment.condition(kind, {
        fault: 'blockLag',
        settings: { blocks: prng.pick([8, 14, 30, 100]) },
        meets: at('/chainstate'),
      }),
  },
  tipEstimatedLow: {
    description:
      'The node reports an older head of the chain than the block it has read, as after a halt of the chain.',
    inject: (environment, prng, kind) =>
      environment.condition(kind, {
        fault: 'tipEstimatedLow',
        settings: { blocks: prng.between(1, 40) },
        meets: at('/chainstate'),
      }),
  },
  eventMissed: {
    description:
      'The node misses the creation of a batch of ours, and reads it only when it is started with --resync.',
    inject: (environment, _dice, kind) => {
      const lift = environment.arm(kind, 'eventMissed', { times: 1, event: 'create' });
      environment.resyncNeeded = true;
      return lift;
    },
  },
  topUpMissed: {
    description:
      'The node misses a top-up that Bee has confirmed, and reads it only when it is started with --resync.',
    inject: (environment, _dice, kind) => {
      const lift = environment.arm(kind, 'eventMissed', { times: 1, event: 'topUp' });
      environment.resyncNeeded = true;
      return lift;
    },
  },
  syncing503: {
    description: 'All routes of stamps answer 503 "syncing …".',
    inject: (environment, prng, kind) =>
      environment.arm(kind, 'syncing503', { message: prng.pick(['syncing in progress', 'syncing failed']) }),
  },
  syncingOnlyForMoney: {
    description: 'The node begins to sync between an observation and a purchase: 503 to the purchase.',
    inject: (environment, prng, kind) =>
      environment.arm(kind, 'syncing503', { times: prng.between(1, 3), method: 'POST' }),
  },
  starting503: {
    description: 'The node is still starting: 503 "Node is syncing. …".',
    inject: (environment, _dice, kind) => environment.arm(kind, 'startup503', {}),
  },
  ultraLight403: {
    description: 'The node runs without a chain: 403 "Chain is disabled. …".',
    inject: (environment, _dice, kind) =>
      environment.condition(kind, {
        fault: 'ultraLight403',
        meets: (request) => atStamps(request) || at('/chainstate', '/wallet')(request),
      }),
  },
  rpcRefuses: {
    description: 'The chain RPC of the node refuses: frozen values, 500.',
    inject: (environment, _dice, kind) =>
      environment.condition(kind, {
        fault: 'rpcRefusing',
        meets: (request) => isMoney(request) || at('/chainstate', '/wallet')(request),
      }),
  },
  rpcHangs: {
    description: 'The chain RPC of the node hangs, and so do the requests that need it.',
    inject: (environment, _dice, kind) =>
      environment.condition(kind, {
        fault: 'rpcHanging',
        meets: (request) => isMoney(request) || at('/chainstate', '/wallet')(request),
      }),
  },
  priceZero: {
    description: 'The node has no price: the price is 0, times to live are -1.',
    inject: (environment, _dice, kind) =>
      environment.condition(kind, { fault: 'priceZero', meets: at('/chainstate', '/stamps') }),
  },
} as const satisfies Record<string, FaultKind>;

/** Gives the wallet of the other node two usable, labelled batches for each target, as if they could be adopted. */
function stockOther({ world }: Environment): void {
  const other = world.otherNode();
  const { chain, wallet } = other;
  if (chain.batches.size > 0) return;
  const amount = 8n * chain.contract.minimumAmount(); // the price may have risen
  for (const depth of world.policy.targets.keys()) {
    for (const n of [1n, 2n])
      chain.createForeignBatch({
        owner: wallet,
        amount: amount + n,
        depth,
        immutable: world.policy.immutable,
      });
  }
  other.mineBlocks(25);
  for (const issuer of other.node.issuers.all()) other.node.issuers.setLabel(issuer, 'theirs');
}
