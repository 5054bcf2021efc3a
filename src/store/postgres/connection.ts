import { readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { userInfo } from 'node:os';
import { Client, type ClientConfig, DatabaseError } from 'pg';
import { messageOf } from '../../domain/message-of.ts';
import { plainText } from '../../domain/plain-text.ts';
import { StoreUnusableError } from '../store.ts';

/** A host that is not reachable fails the start within ten seconds; a server that is busy may take its time. */
const TIMEOUTS = { connectMs: 8_000, answerMs: 60_000 };

export interface DatabaseOptions {
  readonly url: string;
  /** As `pg_stat_activity` shows it. */
  readonly applicationName: string;
}

/** @throws StoreUnusableError if a certificate cannot be read. */
export function clientOptions({ url, applicationName }: DatabaseOptions): ClientConfig {
  const connection = new URL(url);
  const ssl = tlsOf(connection.searchParams);
  for (const name of TLS_PARAMETERS) connection.searchParams.delete(name);
  const user = connection.username === '' ? defaultUser() : '';
  if (user !== '') connection.searchParams.set('user', user);
  return {
    connectionString: connection.href,
    application_name: applicationName,
    keepAlive: true,
    ...(ssl !== null && { ssl }),
  };
}

/** As libpq has it. pg takes the variable USER, which systemd, cron and containers need not set. Empty: left to pg. */
function defaultUser(): string {
  if (process.env['PGUSER']) return '';
  try {
    return userInfo().username;
  } catch {
    return ''; // in a container, the user may have no name
  }
}

/** Not left to pg, which verifies no server if NODE_TLS_REJECT_UNAUTHORIZED says so. */
const TLS_PARAMETERS = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey'] as const;

/** As libpq has it: `sslmode=require` encrypts, `verify-full` also verifies the server. null if the URL does not say. */
function tlsOf(parameters: URLSearchParams): NonNullable<ClientConfig['ssl']> | null {
  const [mode, ca, cert, key] = TLS_PARAMETERS.map((name) => parameters.get(name));
  if (!mode && !ca && !cert && !key) return null;
  if (mode === 'disable') return false;
  return {
    rejectUnauthorized: mode !== 'require' || Boolean(ca),
    ...((mode === 'require' || mode === 'verify-ca') && { checkServerIdentity: () => undefined }),
    ...(ca && { ca: pemIn(ca) }),
    ...(cert && { cert: pemIn(cert) }),
    ...(key && { key: pemIn(key) }),
  };
}

function pemIn(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new StoreUnusableError(
      `The certificate or key ${path} cannot be read: ${lineOf(cause)}. Check DATABASE_URL.`,
      { cause },
    );
  }
}

/** Connects for the start of a process. Disposing closes the connection. @throws StoreUnusableError with one line. */
export async function connect(
  options: DatabaseOptions,
  { connectMs, answerMs } = TIMEOUTS,
): Promise<Connection> {
  const ofUrl = clientOptions(options); // before the timer starts: it may throw
  const socket = new Socket();
  const unreachable = setTimeout(
    () => socket.destroy(new Error(`no connection within ${connectMs / 1000} s`)),
    connectMs,
  );
  socket.once('connect', () => clearTimeout(unreachable));
  socket.once('close', () => clearTimeout(unreachable));
  const client = new Client({
    ...ofUrl,
    stream: () => socket,
    connectionTimeoutMillis: answerMs,
    query_timeout: answerMs,
  });
  client.on('error', () => {}); // its statements fail, too
  try {
    await client.connect();
  } catch (cause) {
    throw new StoreUnusableError(`${nameOf(client)} ${reasonOf(cause, client)}`, { cause });
  }
  return Object.assign(client, {
    localPort: socket.localPort ?? null,
    [Symbol.asyncDispose]: () => client.end(),
  });
}

export interface Connection extends Client, AsyncDisposable {
  /** null if it is not a TCP connection. */
  readonly localPort: number | null;
}

/** For messages. It has no password. */
export const nameOf = ({ host, port, database }: Client): string =>
  `The database "${database ?? ''}" on ${host.startsWith('/') ? host : `${host}:${port}`}`;

/** What to do, by SQLSTATE or by the code of Node. */
const REASONS: Readonly<Record<string, string>> = {
  '28P01': 'refuses the user or the password. Check DATABASE_URL.',
  '3D000': 'does not exist. Create it, or check DATABASE_URL.',
  '53300': 'has no connection left. Raise max_connections of the server, or stop other programs.',
  '57P03': 'is starting or stopping. Try again when the server accepts connections.',
  ECONNREFUSED: 'cannot be reached: no server listens there. Start it, or check DATABASE_URL.',
  ENOENT: 'cannot be reached: there is no such socket or certificate file. Check DATABASE_URL.',
  ENOTFOUND: 'cannot be reached: the name of the host is not known. Check DATABASE_URL.',
  EAI_AGAIN: 'cannot be reached: the name of the host cannot be resolved. Check the DNS and DATABASE_URL.',
};

function reasonOf(cause: unknown, { user }: Client): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (code === '28000')
    return `refuses the user "${user ?? ''}": ${lineOf(cause)}. Check pg_hba.conf and DATABASE_URL.`;
  if (REASONS[code] !== undefined) return REASONS[code];
  if (cause instanceof DatabaseError) return `cannot be used: ${lineOf(cause)} (${code}).`;
  if (lineOf(cause) === 'timeout expired')
    return 'does not answer: the server accepted the connection, and sent nothing in time.';
  if (lineOf(cause).includes('client password must be'))
    return 'asks for a password, and none is set. Put it into PGPASSWORD, ~/.pgpass or DATABASE_URL. A .pgpass that other users may read is not used.';
  return `cannot be reached: ${lineOf(cause)}. Check DATABASE_URL, the network and the certificates.`;
}

const MAX_LENGTH = 300;

/** Bounded, because a server sends what it likes. */
export const lineOf = (error: unknown): string => plainText(messageOf(error), MAX_LENGTH);
