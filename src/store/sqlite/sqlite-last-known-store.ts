import type Database from 'better-sqlite3';
import { sql } from 'drizzle-orm';
import type { NodeReport } from '../../domain/node-report.ts';
import type { NodeName } from '../../domain/units.ts';
import type { LastKnownStore } from '../last-known-store.ts';
import { type LastKnownRow, lastKnownFromRow, rowFromLastKnown } from '../rows/last-known-row.ts';
import type { Transact } from './in-transaction.ts';
import { lastKnown } from './last-known-schema.ts';
import { askDatabase } from './map-errors.ts';
import { statementBuilder } from './statement-builder.ts';
import { compared, type NoValues, type Reads, type Writes, written } from './statement-types.ts';

/** What was last known of each node, in an SQLite file whose migrations have been applied. */
export class SqliteLastKnownStore implements LastKnownStore {
  readonly #transact: Transact;
  readonly #statements: ReturnType<typeof prepare>;

  constructor(client: Database.Database, transact: Transact) {
    this.#transact = transact;
    this.#statements = prepare(client);
  }

  async read(node: NodeName): Promise<NodeReport | null> {
    const row = askDatabase(() => this.#statements.read.get({ node }));
    return row ? lastKnownFromRow(row) : null;
  }

  async all(): Promise<readonly NodeReport[]> {
    return askDatabase(() => this.#statements.all.all({})).map(lastKnownFromRow);
  }

  async save(known: NodeReport): Promise<void> {
    this.#transact(() => this.#statements.save.run(rowFromLastKnown(known)));
  }
}

function prepare(client: Database.Database) {
  const db = statementBuilder(client);
  const read: Reads<{ node: string }, LastKnownRow> = db
    .select()
    .from(lastKnown)
    .where(sql`${lastKnown.node} = ${compared('node')}`)
    .prepare();
  const save: Writes<LastKnownRow> = db
    .insert(lastKnown)
    .values(VALUES)
    .onConflictDoUpdate({ target: lastKnown.node, set: VALUES })
    .prepare();
  const all: Reads<NoValues, LastKnownRow> = db.select().from(lastKnown).orderBy(lastKnown.node).prepare();
  return { read, all, save };
}

const VALUES = {
  node: written('node'),
  runEndedAt: written('runEndedAt'),
  reachable: written('reachable'),
  fresh: written('fresh'),
  holds: written('holds'),
  observedAt: written('observedAt'),
  address: written('address'),
  lagBlocks: written('lagBlocks'),
  price: written('price'),
  walletBzz: written('walletBzz'),
  walletXdai: written('walletXdai'),
  fullReserve: written('fullReserve'),
  nextReplenishment: written('nextReplenishment'),
  lastDay: written('lastDay'),
  dailyLimit: written('dailyLimit'),
  drained: written('drained'),
  blockedBy: written('blockedBy'),
  canaryFailed: written('canaryFailed'),
  settings: written('settings'),
};
