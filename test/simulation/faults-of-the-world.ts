import type { Environment } from './environment.ts';
import type { FaultKind } from './fault-kind.ts';
import type { Prng } from './prng.ts';

const HOUR_MS = 3_600_000;
/** A requested run starts earlier than this. */
const QUIET_MS = 90_000;
/** Filling a reserve takes some minutes. */
const QUIET_WITHIN_BLOCKS = 120;
const BZZ = 10n ** 16n;
/** A day and some hours at the initial price. */
const A_DAY = 24_000n * 720n * 27n;

/** Faults of the chain, the wallet, the machine and the process. */
export const WORLD_FAULTS = {
  priceUp: {
    description: 'The price of storage rises sharply, and every time to live falls.',
    inject: (environment, prng, kind) =>
      reprice(environment, kind, [110n, 130n, 200n, 400n][prng.below(4)] ?? 200n),
  },
  priceDown: {
    description: 'The price of storage falls sharply, and every time to live rises.',
    inject: (environment, prng, kind) => reprice(environment, kind, [90n, 60n, 50n][prng.below(3)] ?? 50n),
  },
  priceUpAtPurchase: {
    description: 'The price rises between the check of a purchase and its mining: it reverts.',
    inject: (environment, _dice, kind) => environment.atNextPurchase(() => reprice(environment, kind, 1000n)),
  },
  manyFallDue: {
    description: 'The price rises so that all stamps fall due for a top-up at once, when there are any.',
    inject: (environment, _dice, kind) => {
      if (raiseUntilDue(environment, kind)) return;
      const stop = environment.onBlock(() => {
        if (raiseUntilDue(environment, kind)) stop();
      });
      return stop;
    },
  },
  walletWithoutBzz: {
    description: 'The wallet of the node has almost no BZZ.',
    inject: (environment, prng, kind) => {
      const { chain, wallet } = environment.world.simulator;
      chain.setBalance(wallet, { bzzPlur: BigInt(prng.below(100)) * (BZZ / 1000n) });
      environment.hit(kind);
    },
  },
  walletWithoutXdai: {
    description: 'The wallet of the node has no xDAI for gas.',
    inject: (environment, prng, kind) => {
      const { chain, wallet } = environment.world.simulator;
      chain.setBalance(wallet, { xdaiWei: BigInt(prng.below(2)) * 9n * 10n ** 15n });
      environment.hit(kind);
    },
  },
  fundsGoneAtPurchase: {
    description: 'Another user empties the wallet between an observation and the purchase based on it.',
    inject: (environment, prng, kind) =>
      environment.atNextPurchase(() => {
        const { chain, wallet } = environment.world.simulator;
        chain.setBalance(wallet, prng.chance(50) ? { bzzPlur: 1n } : { xdaiWei: 1n });
        environment.hit(kind);
      }),
  },
  strangerBuys: {
    description: 'Another user buys through the same node, with its wallet, its semaphore and another label.',
    inject: (environment, prng, kind) => {
      const amount = A_DAY + BigInt(prng.between(1, 1_000_000));
      const shown = [...environment.world.simulator.node.issuers.all()].map((issuer) => issuer.label);
      const label = prng.pick(['theirs', '', 'recovered', prng.pick([...shown, 'x'])]);
      environment.strangersAmounts.add(amount);
      const path = `/stamps/${amount}/${prng.pick([17, 17, 20])}?label=${label}`;
      void environment.world.simulator.handle({ method: 'POST', path }).catch(() => {}); // its outcome does not matter to us
      environment.hit(kind);
    },
  },
  strangerMakesBatch: {
    description: 'Another user creates a batch owned by the wallet of the node.',
    inject: (environment, prng, kind) => {
      const { chain, wallet } = environment.world.simulator;
      const amount = chain.contract.minimumAmount() + BigInt(prng.between(1, 1_000_000_000));
      chain.createForeignBatch({
        owner: wallet,
        amount,
        depth: prng.pick([17, 17, 20, 19]),
        immutable: prng.chance(50),
      });
      environment.hit(kind);
    },
  },
  strangerCopiesPurchase: {
    description: 'Another user creates a batch owned by the wallet, with the amount of a purchase of ours.',
    inject: (environment, prng, kind) => {
      const copy = (): void => {
        const ours = environment.lastPurchase;
        const { chain, wallet } = environment.world.simulator;
        if (ours === null || ours.amount < chain.contract.minimumAmount()) return;
        const { amount, depth, immutable } = ours;
        environment.copied.add(chain.createForeignBatch({ owner: wallet, amount, depth, immutable }));
        environment.copiedAmounts.add(amount);
        environment.hit(kind);
      };
      if (prng.chance(50)) return copy();
      return environment.atNextPurchase(copy);
    },
  },
  batchDiluted: {
    description: 'Another user dilutes a batch of the pool, or of a purchase that is not listed yet.',
    inject: (environment, prng, kind) =>
      affectBatch(environment, prng, {
        may: (batchId) => whyNotDilute(environment, batchId) === undefined,
        apply: (batchId) => {
          const { chain } = environment.world.simulator;
          chain.diluteBatch(batchId, chain.contract.existing(batchId).depth + 1);
          environment.diluted.add(batchId);
          environment.hit(kind);
        },
      }),
  },
  batchToppedUp: {
    description: 'Another user tops up a batch of the pool, or of a purchase that is not listed yet.',
    inject: (environment, prng, kind) => {
      const { chain } = environment.world.simulator;
      const amount = BigInt(prng.between(1, 100)) * 24_000n * 720n;
      return affectBatch(environment, prng, {
        may: (batchId) => chain.contract.topUpError(batchId, amount, chain.tip) === undefined,
        apply: (batchId) => {
          chain.topUpBatch(batchId, amount);
          environment.hit(kind);
        },
      });
    },
  },
  batchUsed: {
    description: 'A batch of the pool shows use.',
    inject: (environment, prng, kind) => void useBatch(environment, prng, kind),
  },
  utilizationForgotten: {
    description: 'A batch of the pool shows use, and later none: the node has lost the record of it.',
    inject: (environment, prng, kind) => {
      const { node } = environment.world.simulator;
      const batchId = useBatch(environment, prng, kind);
      if (batchId === null) return;
      return () => {
        if (node.issuers.get(batchId)) node.setUtilization(batchId, 0);
      };
    },
  },
  clockForth: {
    description: 'The clock of the machine is put forward.',
    inject: (environment, prng, kind) => jump(environment, kind, prng, 1),
  },
  clockBack: {
    description: 'The clock of the machine is put back.',
    inject: (environment, prng, kind) => jump(environment, kind, prng, -1),
  },
  clockSetInQuiet: {
    description:
      'The clock of the machine is set by days, or back, while nothing is in progress and the next run is minutes away. The run that follows it waits for a read.',
    inject: async (environment, prng, kind) => {
      const { world } = environment;
      const isQuiet = (): boolean => world.clock.nextWakeMs - world.nowMs > QUIET_MS;
      for (let block = 0; block < QUIET_WITHIN_BLOCKS && !isQuiet(); block++) await environment.passBlocks(1);
      if (world.service === null || !isQuiet()) return;
      const lift = environment.arm(kind, 'hang', { times: 1, method: 'GET' });
      world.jump(prng.pick([72, -72, 0.05]) * HOUR_MS);
      environment.hit(kind);
      return lift;
    },
  },
  clockWrongAtBoot: {
    description:
      'Machine and node start together: the clock is more than a day ahead, and the node lists nothing yet.',
    inject: (environment, prng, kind) => {
      environment.world.jump(prng.between(27, 200) * HOUR_MS);
      return environment.arm(kind, 'stampsEmpty', { times: prng.between(1, 3) });
    },
  },
  processKilled: {
    description: 'The service is killed between any two steps.',
    inject: (environment, prng, kind) => {
      environment.world.service?.life.dieIn(prng.between(1, 150), () => environment.hit(kind));
    },
  },
  processKilledAtOperation: {
    description: 'The service is killed within a few steps around a purchase or a top-up.',
    inject: (environment, prng, kind) => {
      const steps = prng.between(1, 40);
      return environment.atNextOperation(() =>
        environment.world.service?.life.dieIn(steps, () => environment.hit(kind)),
      );
    },
  },
  processKilledAtAcquire: {
    description: 'The service is killed within a few steps around an acquisition.',
    inject: (environment, prng, kind) => {
      const steps = prng.between(1, 6);
      return environment.atNextAcquire(() =>
        environment.world.service?.life.dieIn(steps, () => environment.hit(kind)),
      );
    },
  },
  processStopped: {
    description: 'The service is stopped and restarted.',
    inject: async (environment, _dice, kind) => {
      if (environment.world.service === null) return;
      environment.hit(kind);
      await environment.world.stop();
    },
  },
  processKilledInTransaction: {
    description:
      'The service is killed in a transaction of its database, or right after one that it has to report.',
    inject: (environment, prng, kind) => {
      const { trouble } = environment.world;
      const writes = prng.between(1, 12);
      if (prng.chance(50)) trouble.dieAtWrite(writes, () => environment.hit(kind));
      else trouble.dieAfterDue(() => environment.hit(kind));
    },
  },
  diskFull: {
    description: 'The disk fills up, possibly in the middle of a transaction, and accepts no more writes.',
    inject: ({ world: { trouble } }, prng) => {
      trouble.fillAfter(prng.chance(30) ? 0 : prng.between(1, 8));
      return () => trouble.fillAfter(Infinity);
    },
  },
  diskUnreadable: {
    description: 'Some reads of the database fail: an I/O error.',
    inject: ({ world: { trouble } }, prng) => {
      trouble.unreadableFor(prng.between(1, 4), prng.below(40));
      return () => trouble.unreadableFor(0, Infinity);
    },
  },
  databaseBusy: {
    description: 'Another process holds the file when a transaction starts: SQLITE_BUSY.',
    inject: ({ world: { trouble } }, prng) => {
      trouble.busyFor(prng.between(1, 6));
      return () => trouble.busyFor(0);
    },
  },
  databaseReplaced: {
    description:
      'The database file is moved away while the service runs, between transactions or within one, and put back later.',
    inject: ({ world: { trouble } }, prng) => {
      if (prng.chance(40)) trouble.replace();
      else trouble.replaceInTransaction(prng.between(1, 4));
      return () => trouble.putBack();
    },
  },
} as const satisfies Record<string, FaultKind>;

/** Raises the price until the longest-lived stamp falls due. Returns false when there is none, or purchases would not survive that price. */
function raiseUntilDue(environment: Environment, kind: string): boolean {
  const { chain } = environment.world.simulator;
  const left = [...environment.disk.read().stamps.values()]
    .filter(({ state }) => state === 'available')
    .map(({ batchId }) => chain.batches.get(batchId))
    .map((batch) => (batch ? batch.normalisedBalance - chain.contract.outPaymentAt(chain.tip) : 0n));
  const longest = left.reduce((a, b) => (a > b ? a : b), 0n);
  const dueBelow = BigInt(environment.world.policy.minTtlSeconds / 5);
  const price = longest / dueBelow + 1n;
  if (price <= chain.price || price > 300_000n) return false;
  chain.setPrice(price);
  environment.hit(kind);
  return true;
}

function reprice(environment: Environment, kind: string, percent: bigint): void {
  const { chain } = environment.world.simulator;
  chain.setPrice((chain.price * percent) / 100n);
  environment.hit(kind);
}

/** Affects a batch of the pool now, or the next one paid for before the pool knows it, or a batch of the pool when the fault ends. */
function affectBatch(
  environment: Environment,
  prng: Prng,
  { may, apply }: { may: (batchId: string) => boolean; apply: (batchId: string) => void },
): (() => void) | void {
  const now = prng.chance(50) ? environment.pooledBatch(prng, may) : undefined;
  if (now !== undefined) return apply(now);
  let isDone = false;
  const inject = (batchId: string | undefined): void => {
    if (isDone || batchId === undefined || !may(batchId)) return;
    isDone = true;
    apply(batchId);
  };
  const stop = environment.onBlock(() => inject(environment.unsettledBatch()));
  return () => {
    stop();
    inject(environment.pooledBatch(prng, may));
  };
}

function whyNotDilute({ world }: Environment, batchId: string): string | undefined {
  const { chain, wallet: sender } = world.simulator;
  const { depth } = chain.contract.existing(batchId);
  return chain.contract.dilutionError({ batchId, depth: depth + 1, sender }, chain.tip);
}

/** The batch that shows use from now on; null when the pool has none. */
function useBatch(environment: Environment, prng: Prng, kind: string): string | null {
  const { node } = environment.world.simulator;
  const batchId = environment.pooledBatch(prng);
  if (batchId === undefined || node.issuers.get(batchId) === undefined) return null;
  node.setUtilization(batchId, 1);
  environment.hit(kind);
  return batchId;
}

function jump(environment: Environment, kind: string, prng: Prng, sign: 1 | -1): void {
  environment.world.jump(sign * Math.round(prng.pick([0.02, 0.5, 3, 30]) * HOUR_MS));
  environment.hit(kind);
}
