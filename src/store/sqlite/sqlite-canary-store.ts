import type Database from 'better-sqlite3';
import { sql } from 'drizzle-orm';
import { type BatchId, type NodeName, parseBatchId } from '../../domain/units.ts';
import type { Canary, CanaryStore } from '../canary-store.ts';
import { type CanaryRow, canaryFromRow } from '../rows/canary-row.ts';
import { askDatabase } from './map-errors.ts';
import { orders } from './schema.ts';
import { statementBuilder } from './statement-builder.ts';
import { compared, type Reads } from './statement-types.ts';

/** The canaries in an SQLite file whose migrations have been applied. */
export class SqliteCanaryStore implements CanaryStore {
  readonly #statements: ReturnType<typeof prepareCanaries>;

  constructor(client: Database.Database) {
    this.#statements = prepareCanaries(client);
  }

  async ofNode(node: NodeName): Promise<readonly Canary[]> {
    return askDatabase(() => this.#statements.ofNode.all({ node })).map(canaryFromRow);
  }

  async filterCanaries(batchIds: readonly BatchId[]): Promise<ReadonlySet<BatchId>> {
    const rows = askDatabase(() => this.#statements.among.all({ batchIds: JSON.stringify(batchIds) }));
    return new Set(rows.map(({ batchId }) => parseBatchId(batchId)));
  }
}

/** `purpose = 'canary'` is literally the condition of the index `orders_canary`: SQLite uses it only then. */
function prepareCanaries(client: Database.Database) {
  const db = statementBuilder(client);
  const ofNode: Reads<{ node: string }, CanaryRow> = db
    .select({ id: orders.id, batchId: sql<string>`${orders.batchId}`, plannedAtBlock: orders.plannedAtBlock })
    .from(orders)
    .where(
      sql`${orders.purpose} = 'canary' and ${orders.node} = ${compared('node')} and ${orders.state} = 'confirmed'`,
    )
    .orderBy(sql`${orders.id} desc limit 10`)
    .prepare();
  /** The list is one value, so that the statement can be prepared. */
  const among: Reads<{ batchIds: string }, { batchId: string }> = db
    .select({ batchId: sql<string>`${orders.batchId}` })
    .from(orders)
    .where(
      sql`${orders.purpose} = 'canary' and ${orders.batchId} in (select value from json_each(${compared('batchIds')}))`,
    )
    .prepare();
  return { ofNode, among };
}
