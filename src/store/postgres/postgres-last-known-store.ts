import { sql } from 'drizzle-orm';
import type { NodeReport } from '../../domain/node-report.ts';
import type { NodeName } from '../../domain/units.ts';
import type { LastKnownStore } from '../last-known-store.ts';
import { type LastKnownRow, lastKnownFromRow, rowFromLastKnown } from '../rows/last-known-row.ts';
import { columnsOf, excludedOf, wholeRow } from './columns-of.ts';
import type { Database } from './database.ts';
import { lastKnown } from './last-known-schema.ts';
import { given, statement } from './statement.ts';

/** What was last known of each node, in PostgreSQL. */
export class PostgresLastKnownStore implements LastKnownStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async read(node: NodeName): Promise<NodeReport | null> {
    const [row] = await read(this.#database, { node });
    return row ? lastKnownFromRow(row) : null;
  }

  async all(): Promise<readonly NodeReport[]> {
    return (await readAll(this.#database, {})).map(lastKnownFromRow);
  }

  async save(known: NodeReport): Promise<void> {
    await this.#database.transact((transaction) => save(transaction, rowFromLastKnown(known)));
  }
}

const read = statement<{ node: string }, LastKnownRow>(
  'last-known',
  sql`select ${columnsOf(lastKnown)} from ${lastKnown} where node = ${given('node')}`,
);
const readAll = statement<Record<string, never>, LastKnownRow>(
  'last-known-all',
  sql`select ${columnsOf(lastKnown)} from ${lastKnown} order by node`,
);
const save = statement<LastKnownRow>(
  'last-known-save',
  sql`insert into ${lastKnown} ${wholeRow(lastKnown)} on conflict (node) do update set ${excludedOf(lastKnown)}`,
);
