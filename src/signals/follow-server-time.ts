import type { Clock } from '../clock.ts';
import { repeatEvery } from '../repeat-every.ts';
import type { ExpiryClock } from './expiry-clock.ts';

/**
 * Reads the time of the database server regularly, so that the expiry clock follows it: the time since boot of this machine
 * stops while its virtual machine is paused, and the clock of the server may be set. Disposing ends it.
 */
export function followServerTime(parts: FollowParts): AsyncDisposable {
  const { serverTime, expiryClock, clock, everyMs, onMoved, onError } = parts;
  const follow = async (): Promise<void> => {
    const beganMs = clock.monotonicMs();
    const time = await serverTime();
    if (time !== null && (await expiryClock.followServer(time, beganMs))) await onMoved();
  };
  return repeatEvery(everyMs, clock, () => follow().catch(onError));
}

interface FollowParts {
  readonly serverTime: () => Promise<Date | null>;
  readonly expiryClock: Pick<ExpiryClock, 'followServer'>;
  readonly clock: Pick<Clock, 'monotonicMs' | 'sleep'>;
  readonly everyMs: number;
  /** The time that expiries are compared with is another one. */
  readonly onMoved: () => Promise<void>;
  /** The time could not be read, or what followed failed. It is read again after the interval. */
  readonly onError: (error: unknown) => void;
}
