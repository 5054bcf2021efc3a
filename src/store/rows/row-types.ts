import type { acquisitions, nodes, orders, stamps } from '../sqlite/schema.ts';

// The rows of the main tables are alike in all databases: money is a decimal string, times are milliseconds.

/** Without the number that SQLite gives a stamp, which only its statements use. */
export type StampRow = Omit<typeof stamps.$inferSelect, 'number'>;
export type OrderRow = typeof orders.$inferSelect;
export type NodeRow = typeof nodes.$inferSelect;
export type AcquisitionRow = Omit<typeof acquisitions.$inferSelect, 'stampNumber'>;
