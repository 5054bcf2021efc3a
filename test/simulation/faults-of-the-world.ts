import type { Scene } from './environment.ts';
import type { FaultKind } from './fault-kind.ts';
import type { Dice } from './prng.ts';

const HOUR_MS = 3_600_000;
/** Longer than a run that is asked for takes to begin. */
const QUIET_MS = 90_000;
/** It takes some minutes to fill a reserve. */
const QUIET_WITHIN_BLOCKS = 120;
const BZZ = 10n ** 16n;
/** A day and some hours at the price of the start. */
const A_DAY = 24_000n * 720n * 27n;

/** What befalls the chain, the wallet, the machine and the process. */
export const WORLD_FAULTS = {
  priceUp: {
    sentence: 'The price of storage rises sharply, and every time to live falls.',
    strike: (scene, dice, kind) => reprice(scene, kind, [110n, 130n, 200n, 400n][dice.below(4)] ?? 200n),
  },
  priceDown: {
    sentence: 'The price of storage falls sharply, and every time to live rises.',
    strike: (scene, dice, kind) => reprice(scene, kind, [90n, 60n, 50n][dice.below(3)] ?? 50n),
  },
  priceUpAtPurchase: {
    sentence: 'The price rises between the check of a purchase and its mining: it reverts.',
    strike: (scene, _dice, kind) => scene.atNextPurchase(() => reprice(scene, kind, 1000n)),
  },
  manyFallDue: {
    sentence: 'The price rises so that all stamps fall due for a top-up at once, as soon as there are any.',
    strike: (scene, _dice, kind) => {
      if (raiseUntilDue(scene, kind)) return;
      const stop = scene.onBlock(() => {
        if (raiseUntilDue(scene, kind)) stop();
      });
      return stop;
    },
  },
  walletWithoutBzz: {
    sentence: 'The wallet of the node has next to no BZZ.',
    strike: (scene, dice, kind) => {
      const { chain, wallet } = scene.stage.simulator;
      chain.setBalance(wallet, { bzzPlur: BigInt(dice.below(100)) * (BZZ / 1000n) });
      scene.hit(kind);
    },
  },
  walletWithoutXdai: {
    sentence: 'The wallet of the node has no xDAI for gas.',
    strike: (scene, dice, kind) => {
      const { chain, wallet } = scene.stage.simulator;
      chain.setBalance(wallet, { xdaiWei: BigInt(dice.below(2)) * 9n * 10n ** 15n });
      scene.hit(kind);
    },
  },
  fundsGoneAtPurchase: {
    sentence: 'Somebody else empties the wallet between a look and the purchase that rests on it.',
    strike: (scene, dice, kind) =>
      scene.atNextPurchase(() => {
        const { chain, wallet } = scene.stage.simulator;
        chain.setBalance(wallet, dice.chance(50) ? { bzzPlur: 1n } : { xdaiWei: 1n });
        scene.hit(kind);
      }),
  },
  strangerBuys: {
    sentence: 'Somebody else buys over the same node, with its wallet, its semaphore and a label of theirs.',
    strike: (scene, dice, kind) => {
      const amount = A_DAY + BigInt(dice.between(1, 1_000_000));
      const shown = [...scene.stage.simulator.node.issuers.all()].map((issuer) => issuer.label);
      const label = dice.pick(['theirs', '', 'recovered', dice.pick([...shown, 'x'])]);
      scene.strangersAmounts.add(amount);
      const path = `/stamps/${amount}/${dice.pick([17, 17, 20])}?label=${label}`;
      void scene.stage.simulator.handle({ method: 'POST', path }).catch(() => {}); // whatever becomes of it is theirs
      scene.hit(kind);
    },
  },
  strangerMakesBatch: {
    sentence: 'Somebody makes a batch in the name of the wallet of the node.',
    strike: (scene, dice, kind) => {
      const { chain, wallet } = scene.stage.simulator;
      const amount = chain.contract.minimumAmount() + BigInt(dice.between(1, 1_000_000_000));
      chain.createForeignBatch({
        owner: wallet,
        amount,
        depth: dice.pick([17, 17, 20, 19]),
        immutable: dice.chance(50),
      });
      scene.hit(kind);
    },
  },
  strangerCopiesPurchase: {
    sentence: 'Somebody makes a batch in the name of the wallet with the amount of a purchase of ours.',
    strike: (scene, dice, kind) => {
      const copy = (): void => {
        const ours = scene.lastPurchase;
        const { chain, wallet } = scene.stage.simulator;
        if (ours === null || ours.amount < chain.contract.minimumAmount()) return;
        const { amount, depth, immutable } = ours;
        scene.copied.add(chain.createForeignBatch({ owner: wallet, amount, depth, immutable }));
        scene.copiedAmounts.add(amount);
        scene.hit(kind);
      };
      if (dice.chance(50)) return copy();
      return scene.atNextPurchase(copy);
    },
  },
  batchDiluted: {
    sentence: 'Somebody dilutes a batch, of the pool or of a purchase that the pool does not know of yet.',
    strike: (scene, dice, kind) =>
      befall(scene, dice, {
        may: (batchId) => whyNotDilute(scene, batchId) === undefined,
        befalls: (batchId) => {
          const { chain } = scene.stage.simulator;
          chain.diluteBatch(batchId, chain.contract.existing(batchId).depth + 1);
          scene.diluted.add(batchId);
          scene.hit(kind);
        },
      }),
  },
  batchToppedUp: {
    sentence: 'Somebody tops up a batch, of the pool or of a purchase that the pool does not know of yet.',
    strike: (scene, dice, kind) => {
      const { chain } = scene.stage.simulator;
      const amount = BigInt(dice.between(1, 100)) * 24_000n * 720n;
      return befall(scene, dice, {
        may: (batchId) => chain.contract.topUpError(batchId, amount, chain.tip) === undefined,
        befalls: (batchId) => {
          chain.topUpBatch(batchId, amount);
          scene.hit(kind);
        },
      });
    },
  },
  batchUsed: {
    sentence: 'A batch of the pool shows use.',
    strike: (scene, dice, kind) => void useBatch(scene, dice, kind),
  },
  utilizationForgotten: {
    sentence: 'A batch of the pool shows use, and none any more later: the node has forgotten it.',
    strike: (scene, dice, kind) => {
      const { node } = scene.stage.simulator;
      const batchId = useBatch(scene, dice, kind);
      if (batchId === null) return;
      return () => {
        if (node.issuers.get(batchId)) node.setUtilization(batchId, 0);
      };
    },
  },
  clockForth: {
    sentence: 'The clock of the machine is put forward.',
    strike: (scene, dice, kind) => jump(scene, kind, dice, 1),
  },
  clockBack: {
    sentence: 'The clock of the machine is put back.',
    strike: (scene, dice, kind) => jump(scene, kind, dice, -1),
  },
  clockSetInQuiet: {
    sentence:
      'The clock of the machine is set by days, or back, while nothing is on its way and the next run is minutes away.',
    strike: async (scene, dice, kind) => {
      const { stage } = scene;
      const isQuiet = (): boolean => stage.clock.nextWakeMs - stage.nowMs > QUIET_MS;
      for (let block = 0; block < QUIET_WITHIN_BLOCKS && !isQuiet(); block++) await scene.passBlocks(1);
      if (stage.run === null || !isQuiet()) return;
      stage.jump(dice.pick([72, -72, 0.05]) * HOUR_MS);
      scene.hit(kind);
    },
  },
  clockWrongAtBoot: {
    sentence:
      'Machine and node come up together: the clock is a day and more ahead, and the node lists nothing yet.',
    strike: (scene, dice, kind) => {
      scene.stage.jump(dice.between(27, 200) * HOUR_MS);
      return scene.arm(kind, 'stampsEmpty', { times: dice.between(1, 3) });
    },
  },
  processKilled: {
    sentence: 'Our process is killed, between any two steps.',
    strike: (scene, dice, kind) => {
      scene.stage.run?.life.dieIn(dice.between(1, 150), () => scene.hit(kind));
    },
  },
  processKilledAtOperation: {
    sentence: 'Our process is killed within a few steps around a purchase or a top-up.',
    strike: (scene, dice, kind) => {
      const steps = dice.between(1, 40);
      return scene.atNextOperation(() => scene.stage.run?.life.dieIn(steps, () => scene.hit(kind)));
    },
  },
  processKilledAtAcquire: {
    sentence: 'Our process is killed within a few steps around an acquisition.',
    strike: (scene, dice, kind) => {
      const steps = dice.between(1, 6);
      return scene.atNextAcquire(() => scene.stage.run?.life.dieIn(steps, () => scene.hit(kind)));
    },
  },
  processStopped: {
    sentence: 'Our process is asked to stop, and started again.',
    strike: async (scene, _dice, kind) => {
      if (scene.stage.run === null) return;
      scene.hit(kind);
      await scene.stage.stop();
    },
  },
  processKilledInTransaction: {
    sentence: 'Our process is killed in the middle of a transaction of its database.',
    strike: (scene, dice, kind) => {
      scene.stage.trouble.dieAtWrite(dice.between(1, 12), () => scene.hit(kind));
    },
  },
  diskFull: {
    sentence: 'The disk fills up, maybe in the middle of a transaction, and takes no write any more.',
    strike: ({ stage: { trouble } }, dice) => {
      trouble.fillAfter(dice.chance(30) ? 0 : dice.between(1, 8));
      return () => trouble.fillAfter(Infinity);
    },
  },
  diskUnreadable: {
    sentence: 'Some reads of the database fail: an I/O error.',
    strike: ({ stage: { trouble } }, dice) => {
      trouble.unreadableFor(dice.between(1, 4), dice.below(40));
      return () => trouble.unreadableFor(0, Infinity);
    },
  },
  databaseBusy: {
    sentence: 'Somebody else holds the file when a transaction wants to begin: SQLITE_BUSY.',
    strike: ({ stage: { trouble } }, dice) => {
      trouble.busyFor(dice.between(1, 6));
      return () => trouble.busyFor(0);
    },
  },
  databaseReplaced: {
    sentence:
      'The database file is moved away under the process, between transactions or within one, and put back later.',
    strike: ({ stage: { trouble } }, dice) => {
      if (dice.chance(40)) trouble.replace();
      else trouble.replaceInTransaction(dice.between(1, 4));
      return () => trouble.putBack();
    },
  },
} as const satisfies Record<string, FaultKind>;

/** Whether it could: there is a stamp to fall due, by a price that purchases survive. */
function raiseUntilDue(scene: Scene, kind: string): boolean {
  const { chain } = scene.stage.simulator;
  const left = [...scene.disk.read().stamps.values()]
    .filter(({ state }) => state === 'available')
    .map(({ batchId }) => chain.batches.get(batchId))
    .map((batch) => (batch ? batch.normalisedBalance - chain.contract.outPaymentAt(chain.tip) : 0n));
  const longest = left.reduce((a, b) => (a > b ? a : b), 0n);
  const dueBelow = BigInt(scene.stage.policy.minTtlSeconds / 5);
  const price = longest / dueBelow + 1n;
  if (price <= chain.price || price > 300_000n) return false;
  chain.setPrice(price);
  scene.hit(kind);
  return true;
}

function reprice(scene: Scene, kind: string, percent: bigint): void {
  const { chain } = scene.stage.simulator;
  chain.setPrice((chain.price * percent) / 100n);
  scene.hit(kind);
}

/** Befalls a batch of the pool now, or the next that is paid for before the pool knows of it, or at the last one of the pool. */
function befall(
  scene: Scene,
  dice: Dice,
  { may, befalls }: { may: (batchId: string) => boolean; befalls: (batchId: string) => void },
): (() => void) | void {
  const now = dice.chance(50) ? scene.pooledBatch(dice, may) : undefined;
  if (now !== undefined) return befalls(now);
  let isOver = false;
  const strike = (batchId: string | undefined): void => {
    if (isOver || batchId === undefined || !may(batchId)) return;
    isOver = true;
    befalls(batchId);
  };
  const stop = scene.onBlock(() => strike(scene.unsettledBatch()));
  return () => {
    stop();
    strike(scene.pooledBatch(dice, may));
  };
}

function whyNotDilute({ stage }: Scene, batchId: string): string | undefined {
  const { chain, wallet: sender } = stage.simulator;
  const { depth } = chain.contract.existing(batchId);
  return chain.contract.dilutionError({ batchId, depth: depth + 1, sender }, chain.tip);
}

/** The batch that shows use now; null when the pool has none that could. */
function useBatch(scene: Scene, dice: Dice, kind: string): string | null {
  const { node } = scene.stage.simulator;
  const batchId = scene.pooledBatch(dice);
  if (batchId === undefined || node.issuers.get(batchId) === undefined) return null;
  node.setUtilization(batchId, 1);
  scene.hit(kind);
  return batchId;
}

function jump(scene: Scene, kind: string, dice: Dice, sign: 1 | -1): void {
  scene.stage.jump(sign * Math.round(dice.pick([0.02, 0.5, 3, 30]) * HOUR_MS));
  scene.hit(kind);
}
