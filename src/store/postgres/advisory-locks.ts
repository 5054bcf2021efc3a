/** Held by the process that brings the database up to date. */
export const MIGRATION_LOCK = 7_301_986_001;
