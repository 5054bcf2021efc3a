import type Database from 'better-sqlite3';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import type { LastKnown } from '../../domain/last-known.ts';
import type { NodeName } from '../../domain/units.ts';
import type { LastKnownStore } from '../last-known-store.ts';
import { type LastKnownRow, lastKnownFromRow, rowFromLastKnown } from '../rows/last-known-row.ts';
import { lastKnown } from './last-known-schema.ts';
import { askDatabase } from './map-errors.ts';
import type { Transact } from './sqlite-token-store.ts';
import { compared, type Reads, type Writes, written } from './statement-types.ts';

/** What was last known of each node, in an SQLite file whose migrations have been applied. */
export class SqliteLastKnownStore implements LastKnownStore {
  readonly #transact: Transact;
  readonly #statements: ReturnType<typeof prepare>;

  constructor(client: Database.Database, transact: Transact) {
    this.#transact = transact;
    this.#statements = prepare(client);
  }

  async read(node: NodeName): Promise<LastKnown | null> {
    const row = askDatabase(() => this.#statements.read.get({ node }));
    return row ? lastKnownFromRow(row) : null;
  }

  async save(known: LastKnown): Promise<void> {
    this.#transact(() => this.#statements.save.run(rowFromLastKnown(known)));
  }
}

function prepare(client: Database.Database) {
  const db = drizzle(client);
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
  return { read, save };
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
};
