import type Database from 'better-sqlite3';
import { sql } from 'drizzle-orm';
import type { DueIncident } from '../../domain/due-incident.ts';
import type { NodeName } from '../../domain/units.ts';
import type { DueIncidentStore } from '../due-incident-store.ts';
import { type DueIncidentRow, dueIncidentFromRow, MAX_DUE_INCIDENTS } from '../rows/due-incident-row.ts';
import { dueIncidents } from './due-incident-schema.ts';
import { askDatabase } from './map-errors.ts';
import { statementBuilder } from './statement-builder.ts';
import { compared, type Db, type Reads, type Writes, written } from './statement-types.ts';

/** The incidents to be reported, in an SQLite file whose migrations have been applied. */
export class SqliteDueIncidentStore implements DueIncidentStore {
  readonly #ofNode: Reads<{ node: string }, DueIncidentRow>;

  constructor(client: Database.Database) {
    this.#ofNode = statementBuilder(client)
      .select({ code: dueIncidents.code, subject: dueIncidents.subject, detail: dueIncidents.detail })
      .from(dueIncidents)
      .where(sql`${dueIncidents.node} = ${compared('node')}`)
      .orderBy(sql`${dueIncidents.code}, ${dueIncidents.subject} limit ${sql.raw(String(MAX_DUE_INCIDENTS))}`)
      .prepare();
  }

  async ofNode(node: NodeName): Promise<readonly DueIncident[]> {
    return askDatabase(() => this.#ofNode.all({ node })).flatMap(dueIncidentFromRow);
  }
}

/** The part of the statements of changes that writes them. */
export function forDueIncidents(db: Db) {
  const addDue: Writes<{ node: string; code: string; subject: string; detail: string }> = db
    .insert(dueIncidents)
    .values({
      node: written('node'),
      code: written('code'),
      subject: written('subject'),
      detail: written('detail'),
    })
    .onConflictDoUpdate({
      target: [dueIncidents.node, dueIncidents.code, dueIncidents.subject],
      set: { detail: sql`excluded.detail` },
    })
    .prepare();
  const forgetDue: Writes<{ node: string; code: string; subject: string }> = db
    .delete(dueIncidents)
    .where(
      sql`${dueIncidents.node} = ${compared('node')} and ${dueIncidents.code} = ${compared('code')} and ${dueIncidents.subject} = ${compared('subject')}`,
    )
    .prepare();
  return { addDue, forgetDue };
}
