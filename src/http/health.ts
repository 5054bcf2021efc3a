import type { Pool } from '../pool/pool.ts';

/** What GET /health answers, always with 200: whoever restarts on anything else would only make it worse. */
export interface Health {
  readonly status: 'ok' | 'critical';
  readonly message: string;
  readonly stamp_pool: {
    readonly enabled: boolean;
    readonly total_stamps: number | null;
    readonly low_reserve_warning: boolean | null;
  };
}

/** `critical`: the database does not answer, so nothing can be given out. */
export async function healthOf(pool: Pool): Promise<Health> {
  try {
    const { enabled, reserve } = await pool.status();
    return {
      status: 'ok',
      message: 'Welcome to the Swarm stamp pool',
      stamp_pool: { enabled, total_stamps: reserve.totalAvailable, low_reserve_warning: reserve.low },
    };
  } catch {
    // the pool has reported it as an incident already
    return {
      status: 'critical',
      message: 'The database does not answer; no stamp can be given out.',
      stamp_pool: { enabled: pool.enabled, total_stamps: null, low_reserve_warning: null },
    };
  }
}
