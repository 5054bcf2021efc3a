import { sql } from 'drizzle-orm';
import type { DueIncident } from '../../domain/due-incident.ts';
import type { NodeName } from '../../domain/units.ts';
import type { DueIncidentStore } from '../due-incident-store.ts';
import { type DueIncidentRow, dueIncidentFromRow, MAX_DUE_INCIDENTS } from '../rows/due-incident-row.ts';
import { dueIncidents } from './due-incident-schema.ts';
import { type Asks, given, statement } from './statement.ts';

/** The incidents to be reported, in PostgreSQL. */
export class PostgresDueIncidentStore implements DueIncidentStore {
  readonly #database: Asks;

  constructor(database: Asks) {
    this.#database = database;
  }

  async ofNode(node: NodeName): Promise<readonly DueIncident[]> {
    return (await dueOfNode(this.#database, { node })).flatMap(dueIncidentFromRow);
  }
}

const dueOfNode = statement<{ readonly node: string }, DueIncidentRow>(
  'due-incidents',
  sql`select code, subject, detail from ${dueIncidents} where node = ${given('node')}
    order by code, subject limit ${sql.raw(String(MAX_DUE_INCIDENTS))}`,
);

export const addDue = statement<DueIncidentRow & { readonly node: string }>(
  'add-due-incident',
  sql`insert into ${dueIncidents} (node, code, subject, detail)
    values (${given('node')}, ${given('code')}, ${given('subject')}, ${given('detail')})
    on conflict (node, code, subject) do update set detail = excluded.detail`,
);

export const forgetDue = statement<{
  readonly node: string;
  readonly code: string;
  readonly subject: string;
}>(
  'forget-due-incident',
  sql`delete from ${dueIncidents} where node = ${given('node')} and code = ${given('code')} and subject = ${given('subject')}`,
);
