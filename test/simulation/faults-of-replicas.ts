import type { Environment } from './environment.ts';
import type { FaultKind } from './fault-kind.ts';
import type { RunningService } from './world.ts';

/** Faults of processes that compete for the lease of a node. */
export const REPLICA_FAULTS = {
  holderPaused: {
    description: 'The holder of the lease stops as with SIGSTOP, for longer or shorter than the lease lasts.',
    inject: (environment, _prng, kind) => pause(environment, kind),
  },
  holderPausedAtPurchase: {
    description: 'The same, while a purchase or a top-up is under way.',
    inject: (environment, _prng, kind) => atNextOperation(environment, () => pause(environment, kind)),
  },
  holderPausedAnywhere: {
    description: 'The same, at any step after an acquisition, which starts a run.',
    inject: (environment, prng, kind) => {
      const steps = prng.between(1, 120);
      return atNext(environment.atNextAcquire.bind(environment), () => {
        const life = environment.world.deciding?.life;
        life?.pauseIn(steps, () => environment.hit(kind));
        return () => life?.resume();
      });
    },
  },
  holderKilled: {
    description: 'The holder of the lease is killed while a purchase or a top-up is under way.',
    inject: (environment, _prng, kind) =>
      atNextOperation(environment, () => {
        environment.hit(kind);
        environment.world.deciding?.life.dieIn(1, () => {});
      }),
  },
  holderStopped: {
    description: 'The holder of the lease loses it, because its renewals fail.',
    inject: (environment, _prng, kind) =>
      ofHolder(environment, kind, ({ name }) => environment.world.database.failRenewals(name)),
  },
  commitsSlow: {
    description: 'The database answers the commits of the holder seconds or minutes late.',
    inject: (environment, prng, kind) =>
      ofHolder(environment, kind, ({ name }) =>
        environment.world.database.slowCommits(
          name,
          prng.pick([1_000, 4_900, 5_100, 9_000, 20_000, 200_000]),
        ),
      ),
  },
  notificationsLost: {
    description: 'No process is notified of the commits of the others, as while its connection is lost.',
    inject: (environment, _prng, kind) => {
      environment.hit(kind);
      return environment.world.database.loseNotifications();
    },
  },
} as const satisfies Record<string, FaultKind>;

type Undo = () => void;

function ofHolder(
  environment: Environment,
  kind: string,
  act: (holder: RunningService) => Undo,
): Undo | undefined {
  const holder = environment.world.deciding;
  if (holder === null || holder.life.isPaused) return undefined;
  environment.hit(kind);
  return act(holder);
}

const pause = (environment: Environment, kind: string): Undo | undefined =>
  ofHolder(environment, kind, ({ life }) => {
    life.pause();
    return () => life.resume();
  });

/** `act` happens when `arm` calls it. Returns a function that ends it. */
function atNext(arm: (what: () => void) => Undo, act: () => Undo | void): Undo {
  let undo: Undo | void;
  const disarm = arm(() => {
    undo = act();
  });
  return () => {
    disarm();
    undo?.();
  };
}

const atNextOperation = (environment: Environment, act: () => Undo | void): Undo =>
  atNext(environment.atNextOperation.bind(environment), act);
