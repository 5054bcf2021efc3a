import type { Pool } from '../pool/pool.ts';

/** What every resolver gets. */
export interface GraphqlContext {
  readonly pool: Pool;
  /** Whom acquisitions are written down for, and idempotency keys belong to. */
  readonly caller: string;
}
