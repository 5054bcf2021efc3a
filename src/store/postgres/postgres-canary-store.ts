import { sql } from 'drizzle-orm';
import { type BatchId, type NodeName, parseBatchId } from '../../domain/units.ts';
import type { Canary, CanaryStore } from '../canary-store.ts';
import { type CanaryRow, canaryFromRow } from '../rows/canary-row.ts';
import type { Database } from './database.ts';
import { orders } from './schema.ts';
import { given, statement } from './statement.ts';

/** The canaries in PostgreSQL. */
export class PostgresCanaryStore implements CanaryStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async ofNode(node: NodeName): Promise<readonly Canary[]> {
    return (await ofNode(this.#database, { node })).map(canaryFromRow);
  }

  async filterCanaries(batchIds: readonly BatchId[]): Promise<ReadonlySet<BatchId>> {
    const rows = await among(this.#database, { batchIds });
    return new Set(rows.map(({ batchId }) => parseBatchId(batchId)));
  }
}

const ofNode = statement<{ node: string }, CanaryRow>(
  'canaries',
  sql`select id, batch_id as "batchId", planned_at_block as "plannedAtBlock" from ${orders}
    where purpose = 'canary' and node = ${given('node')} and state = 'confirmed' order by id desc limit 10`,
);
const among = statement<{ batchIds: readonly string[] }, { batchId: string }>(
  'canaries-among',
  sql`select batch_id as "batchId" from ${orders}
    where purpose = 'canary' and batch_id = any(${given('batchIds')}::text[])`,
);
