import { sql } from 'drizzle-orm';
import { nodeName } from '../../domain/units.ts';
import {
  type HeldLease,
  type Lease,
  LeaseLostError,
  type LeaseRequest,
  type LeaseStore,
} from '../lease-store.ts';
import type { Database } from './database.ts';
import { leases } from './lease-schema.ts';
import { given, serverMs, statement } from './statement.ts';
import type { Transaction } from './transaction.ts';

/** The leases in PostgreSQL. All times are those of the server, so that the clocks of the replicas need not agree. */
export class PostgresLeaseStore implements LeaseStore {
  readonly shared = true;
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async serverTime(): Promise<Date> {
    const [row] = await time(this.#database, {});
    if (!row) throw new TypeError('a select without a table has one row');
    return new Date(row.ms);
  }

  async hold({ node, holder, ttlMs }: LeaseRequest): Promise<Lease | null> {
    const [row] = await this.#database.transact((transaction) => hold(transaction, { node, holder, ttlMs }));
    return row ? { node, holder, token: row.token } : null;
  }

  async release({ node, holder, token }: Lease): Promise<void> {
    await this.#database.transact((transaction) => free(transaction, { node, holder, token }));
  }

  async holders(): Promise<readonly HeldLease[]> {
    return (await held(this.#database, {})).map(({ node, holder, token, expiresAt }) => ({
      node: nodeName(node),
      holder,
      token,
      expiresAt: new Date(expiresAt),
    }));
  }
}

/**
 * Requires in the transaction of a write that the lease has not ended. The row stays locked, so that the next holder gets the
 * lease after the write.
 * @throws LeaseLostError
 */
export async function assertHeld(transaction: Transaction, lease: Lease): Promise<void> {
  const { node, holder, token } = lease;
  const [row] = await lockHeld(transaction, { node, holder, token });
  if (!row) throw new LeaseLostError(lease);
}

const isHeld = sql`${leases.holder} is not null and ${leases.expiresAt} > ${serverMs}`;

type Key = Pick<Lease, 'node' | 'holder' | 'token'>;
const isOf = sql`${leases.node} = ${given('node')} and ${leases.holder} = ${given('holder')} and ${leases.token} = ${given('token')}`;

/** For a statement with the placeholders `node` and `holder`: whether another process has the lease. */
export const isHeldByAnother = sql`exists (
  select 1 from ${leases} where ${leases.node} = ${given('node')} and ${leases.holder} <> ${given('holder')} and ${isHeld})`;

const time = statement<object, { ms: number }>('server-time', sql`select ${serverMs} as ms`);

const hold = statement<Omit<LeaseRequest, 'at'>, { token: number }>(
  'hold-lease',
  sql`insert into ${leases} (node, token, holder, expires_at)
    values (${given('node')}, 1, ${given('holder')}, ${serverMs} + ${given('ttlMs')}::bigint)
    on conflict (node) do update set holder = excluded.holder, expires_at = ${serverMs} + ${given('ttlMs')}::bigint,
      token = case when ${isHeld} then ${leases.token} else ${leases.token} + 1 end
    where ${leases.holder} = excluded.holder or not (${isHeld})
    returning ${leases.token} as token`,
);

const free = statement<Key>(
  'free-lease',
  sql`update ${leases} set holder = null, expires_at = null where ${isOf}`,
);

const held = statement<object, { node: string; holder: string; token: number; expiresAt: number }>(
  'held-leases',
  sql`select node, holder, token, expires_at as "expiresAt" from ${leases} where ${isHeld} order by node`,
);

const lockHeld = statement<Key, object>(
  'lock-held-lease',
  sql`select 1 from ${leases} where ${isOf} and ${isHeld} for update`,
);
