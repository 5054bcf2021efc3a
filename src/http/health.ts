import type { Pool, PoolStatus } from '../pool/pool.ts';
import { StoreFailedError } from '../store/store.ts';

/** The body of GET /health. The status is always 200, so that a supervisor does not restart on a database failure. */
export interface Health {
  readonly status: 'ok' | 'critical';
  readonly message: string;
  readonly stamp_pool: {
    readonly enabled: boolean;
    readonly total_stamps: number | null;
    readonly low_reserve_warning: boolean | null;
  };
}

/** `critical`: the database does not answer or accepts no writes. The pool reports the cause as an incident. */
export async function healthOf(pool: Pool): Promise<Health> {
  const [check, status] = await Promise.allSettled([pool.checkStore(), pool.status()]);
  const read = status.status === 'fulfilled' ? status.value : null;
  return {
    status: check.status === 'fulfilled' && read ? 'ok' : 'critical',
    message: messageOf(check, status),
    stamp_pool: {
      enabled: pool.enabled,
      total_stamps: read?.reserve.totalAvailable ?? null,
      low_reserve_warning: read?.reserve.low ?? null,
    },
  };
}

function messageOf(check: PromiseSettledResult<void>, status: PromiseSettledResult<PoolStatus>): string {
  const failures = [status, check].flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  if (failures.length === 0) return 'Welcome to the Swarm stamp pool';
  if (failures.some((failure) => !(failure instanceof StoreFailedError)))
    return 'Internal error; details are in the server log.';
  return status.status === 'rejected'
    ? 'The database does not answer; no stamp can be given out.'
    : 'The database accepts no writes; no stamp can be given out.';
}
