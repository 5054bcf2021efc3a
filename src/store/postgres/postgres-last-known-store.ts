import { sql } from 'drizzle-orm';
import type { LastKnown } from '../../domain/last-known.ts';
import type { NodeName } from '../../domain/units.ts';
import type { LastKnownStore } from '../last-known-store.ts';
import { type LastKnownRow, lastKnownFromRow, rowFromLastKnown } from '../rows/last-known-row.ts';
import { columnsOf, excludedOf, wholeRow } from './columns-of.ts';
import type { Database } from './database.ts';
import { lastKnown } from './last-known-schema.ts';
import { statement } from './statement.ts';

/** What was last known of each node, in PostgreSQL. */
export class PostgresLastKnownStore implements LastKnownStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async read(node: NodeName): Promise<LastKnown | null> {
    const [row] = await read(this.#database, { node });
    return row ? lastKnownFromRow(row) : null;
  }

  async save(known: LastKnown): Promise<void> {
    await this.#database.transact((transaction) => save(transaction, rowFromLastKnown(known)));
  }
}

const read = statement<{ node: string }, LastKnownRow>(
  'last-known',
  sql`select ${columnsOf(lastKnown)} from ${lastKnown} where node = ${sql.placeholder('node')}`,
);
const save = statement<LastKnownRow>(
  'last-known-save',
  sql`insert into ${lastKnown} ${wholeRow(lastKnown)} on conflict (node) do update set ${excludedOf(lastKnown)}`,
);
