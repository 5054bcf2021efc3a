import type { Client } from 'pg';
import { StoreUnusableError } from '../store.ts';
import { type Connection, connect, type DatabaseOptions, nameOf } from './connection.ts';

/**
 * Requires that a connection keeps one session of the server. A pooler that assigns one to each transaction would leave
 * locks, prepared statements and LISTEN behind in the session of another client.
 * @throws StoreUnusableError
 */
export async function assertOwnSession(client: Connection, options: DatabaseOptions): Promise<void> {
  const { port, pid } = await sessionOf(client);
  if (port !== null && port === client.localPort) return; // nothing is in between
  await using other = await connect(options);
  await other.query('begin'); // from now on it keeps the session that was free last
  const ofOther = await sessionOf(other);
  const again = await sessionOf(client);
  if (ofOther.pid !== pid && again.pid === pid) return;
  throw new StoreUnusableError(
    `${nameOf(client)} cannot be used: a connection pooler in transaction mode is in between. Set it to session mode, or connect to PostgreSQL itself (docs/scaling.md).`,
  );
}

interface Session {
  readonly pid: number;
  /** From where the server is connected to; null for a socket of the machine. */
  readonly port: number | null;
}

async function sessionOf(client: Client): Promise<Session> {
  const [session] = (await client.query<Session>(SESSION)).rows;
  if (!session) throw new TypeError('a select without a table has one row');
  return session;
}

const SESSION = 'select pg_backend_pid() as pid, inet_client_port() as port';
