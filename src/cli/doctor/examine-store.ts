import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type DatabaseConfig, shownDatabase } from '../../config/database.ts';
import type { PostgresUrl } from '../../config/postgres-url.ts';
import type { NodeRecord } from '../../domain/node.ts';
import type { NodeName } from '../../domain/units.ts';
import { openStoreToRead } from '../../store/open-store.ts';
import { StoreFailedError, StoreUnusableError } from '../../store/store.ts';
import { plural } from '../text/plural.ts';
import { fine, found, type Result } from './result.ts';

export interface ExaminedStore {
  readonly results: readonly Result[];
  /** The nodes on disk. Empty if there is no database, or it cannot be read. */
  readonly nodes: readonly NodeRecord[];
  /** Those that have live stamps or open orders. */
  readonly stocked: readonly NodeName[];
}

/** Reads the database beside a service that may run. Writes nothing. */
export async function examineStore(database: DatabaseConfig, now: Date): Promise<ExaminedStore> {
  if (database.engine === 'postgres') {
    const examined = await read(database, { shown: shownDatabase(database), now });
    return { ...examined, results: [...examined.results, ...(await examineServer(database.url))] };
  }
  const file = resolve(database.file);
  if (!existsSync(file)) return { results: [missing(file)], nodes: [], stocked: [] };
  const examined = await read({ engine: 'sqlite', file }, { shown: file, now });
  return { ...examined, results: [...examined.results, ...(await examineSpace(file))] };
}

async function read(
  database: DatabaseConfig,
  { shown, now }: { readonly shown: string; readonly now: Date },
): Promise<ExaminedStore> {
  try {
    await using store = await openStoreToRead(database);
    const [nodes, holdings] = [await store.nodes(), await store.holdings(now)];
    const stamps = holdings.filter(({ retired }) => !retired).reduce((sum, one) => sum + one.liveStamps, 0);
    const message = `${shown} can be read: ${plural(nodes.length, 'node')}, ${plural(stamps, 'live stamp')}.`;
    const stocked = holdings
      .filter(({ retired, liveStamps, openOrders }) => !retired && liveStamps + openOrders > 0)
      .map(({ node }) => node);
    return { results: [fine('store', 'STORE', message)], nodes, stocked };
  } catch (error) {
    if (!(error instanceof StoreUnusableError || error instanceof StoreFailedError)) throw error;
    return { results: [unusable(error.message)], nodes: [], stocked: [] };
  }
}

/** Without results if the server cannot be reached: that is a finding of its own. */
async function examineServer(url: PostgresUrl): Promise<readonly Result[]> {
  try {
    const { readDurability } = await import('../../store/postgres/durability.ts');
    const { unsafeSettings, asynchronousStandbys } = await readDurability(url.reveal());
    return [
      ...(unsafeSettings.length === 0 ? [] : [notDurable(unsafeSettings)]),
      ...(asynchronousStandbys === 0 ? [] : [ASYNCHRONOUS]),
    ];
  } catch (error) {
    if (error instanceof StoreUnusableError) return [];
    throw error;
  }
}

const notDurable = (settings: readonly string[]): Result =>
  found('store', {
    severity: 'warning',
    code: 'STORE_NOT_DURABLE',
    message: `The server has ${settings.join(' and ')} off: a power failure may lose acquisitions, and their stamps would be given out again.`,
    suggestion: 'Set them to on in postgresql.conf.',
  });

const ASYNCHRONOUS = found('store', {
  severity: 'warning',
  code: 'STANDBY_ASYNCHRONOUS',
  message:
    'A standby of the server receives commits after they were confirmed. A failover to it loses the last acquisitions, and their stamps would be given out again.',
  suggestion:
    'Set synchronous_standby_names, or expire the stock after a failover to it (docs/scaling.md#failover). Patroni with synchronous_mode does not fail over to such a standby by itself.',
});

const missing = (file: string): Result =>
  existsSync(dirname(file))
    ? fine('store', 'STORE', `${file} does not exist yet: the service makes it at its first start.`)
    : found('store', {
        severity: 'info',
        code: 'STORE_MISSING',
        message: `${file} does not exist, and neither does its directory: the service makes both at its first start.`,
        suggestion:
          'If there should be a database, check DATABASE_URL, and the working directory for a relative path.',
      });

const unusable = (message: string): Result =>
  found('store', {
    severity: 'error',
    code: 'STORE_UNUSABLE',
    message,
    suggestion:
      'Check DATABASE_URL and the permissions of the file. If it is damaged, restore a backup (docs/operating.md).',
  });

const MIN_FREE_BYTES = 100_000_000;

/** A full disk stops acquisitions: each is written before it is answered. */
async function examineSpace(file: string): Promise<readonly Result[]> {
  const { bavail, bsize } = await statfs(dirname(file));
  const free = bavail * bsize;
  if (free >= MIN_FREE_BYTES) return [];
  return [
    found('store', {
      severity: 'warning',
      code: 'DISK_NEARLY_FULL',
      message: `The disk of the database has ${Math.floor(free / 1_000_000)} MB left. On a full disk no stamp is given out.`,
      suggestion: 'Free space on this disk.',
    }),
  ];
}
