import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, globSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { deadPort } from '../dead-port.ts';

export interface PostgresServer extends AsyncDisposable {
  /** Of a superuser, for the database "postgres". */
  readonly url: string;
  /** Ends every connection as a power failure does, and starts again. */
  restart(): Promise<void>;
}

export interface PostgresOptions {
  /** Whether a commit waits for the disk, as in production. */
  readonly fsync: boolean;
  /** More settings, such as `ssl=on`. */
  readonly settings?: readonly string[];
}

/** The programs of PostgreSQL: in the PATH, or where Debian installs them. The newest version; undefined: not installed. */
export const postgresPrograms: string | undefined = [
  ...(process.env['PATH'] ?? '').split(delimiter),
  ...globSync('/usr/lib/postgresql/*/bin').toSorted((a, b) => versionOf(b) - versionOf(a)),
].find((directory) => existsSync(join(directory, 'initdb')) && existsSync(join(directory, 'pg_ctl')));

/**
 * Starts a PostgreSQL server on a port of its own, with a cluster of its own. It stops, and its files are removed, when it is
 * disposed of or when this process ends, whatever ends it. Takes about a second.
 */
export async function startPostgres({ fsync, settings = [] }: PostgresOptions): Promise<PostgresServer> {
  if (postgresPrograms === undefined) throw new Error('PostgreSQL is not installed');
  const directory = mkdtempSync(join(tmpdir(), 'stamp-pool-postgres-'));
  const passwordFile = join(directory, 'password');
  writeFileSync(passwordFile, `${PASSWORD}\n`);
  if (IS_ROOT) for (const path of [directory, passwordFile]) chownSync(path, NOBODY, NOBODY);
  const port = await deadPort();
  const env = {
    ...process.env,
    PATH: `${postgresPrograms}${delimiter}${process.env['PATH'] ?? ''}`,
    PGDATA: join(directory, 'data'),
    OPTIONS: `-p ${port} -k ${directory} ${[...SETTINGS, ...(fsync ? [] : UNSAFE), ...settings].map((one) => `-c ${one}`).join(' ')}`,
    LOG: join(directory, 'log'),
    PASSWORD_FILE: passwordFile,
    DIRECTORY: directory,
  };
  // a group of its own: Ctrl-C in a terminal must not end the script before it has stopped the server
  const options = { env, cwd: directory, detached: true, ...(IS_ROOT && { uid: NOBODY, gid: NOBODY }) };
  const script = spawn('sh', ['-c', SCRIPT], { ...options, stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(script, 'exit');
  const [line] = await Promise.race([once(createInterface(script.stdout), 'line'), ended]);
  if (line !== 'started') throw new Error('PostgreSQL did not start: the output above has the reason');
  return {
    url: `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/postgres`,
    restart: async () => {
      const restart = spawn(
        'pg_ctl',
        ['restart', '-m', 'immediate', '-w', '-o', env.OPTIONS, '-l', env.LOG],
        {
          ...options,
          stdio: ['ignore', 'ignore', 'inherit'],
        },
      );
      const [code] = await once(restart, 'exit');
      if (code !== 0) throw new Error(`pg_ctl restart ended with ${code}`);
    },
    [Symbol.asyncDispose]: async () => {
      script.stdin.end();
      await ended;
    },
  };
}

/** PostgreSQL refuses to run as root. */
const IS_ROOT = process.getuid?.() === 0;
const NOBODY = 65_534;

const PASSWORD = 'pass-word';

/** The sort order of the cluster is that of a language, as on most servers: code that needs byte order must ask for it. */
const INITDB = `initdb -U postgres --pwfile="$PASSWORD_FILE" --auth=md5 --encoding=UTF8 --no-sync \\
  --locale=C --locale-provider=icu --icu-locale=en-US`;

const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'max_connections=300',
  'shared_buffers=64MB',
  'jit=off',
] as const;

/** What a crash of the machine would damage; a crash of the server alone does not. And what only databases that live long need. */
const UNSAFE = ['fsync=off', 'full_page_writes=off', 'autovacuum=off'] as const;

/** Standard input ends with the process that started the script. */
const SCRIPT = `
set -e
trap 'rm -rf "$DIRECTORY"' EXIT
${INITDB} >"$LOG" 2>&1 || { cat "$LOG" >&2; exit 1; }
pg_ctl start -w -o "$OPTIONS" -l "$LOG" >/dev/null || { cat "$LOG" >&2; exit 1; }
echo started
cat >/dev/null
pg_ctl stop -m immediate >/dev/null
`;

function versionOf(directory: string): number {
  return Number(directory.split('/').at(-2));
}
