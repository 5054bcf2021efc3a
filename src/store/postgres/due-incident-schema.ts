import { pgTable, primaryKey } from 'drizzle-orm/pg-core';
import { text } from './columns.ts';

/** What is to be reported of the commits of a node. A row is removed when it has been reported. */
export const dueIncidents = pgTable(
  'due_incidents',
  {
    node: text('node').notNull(),
    code: text('code').notNull(),
    subject: text('subject').notNull(),
    detail: text('detail').notNull(),
  },
  (t) => [primaryKey({ columns: [t.node, t.code, t.subject] })],
);
