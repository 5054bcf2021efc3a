-- Written by drizzle-kit, then edited: every table is STRICT, which Drizzle cannot say. test/store/schema.test.ts holds it.
CREATE TABLE `schema_compatibility` (
	`migration` integer PRIMARY KEY NOT NULL,
	`oldest_version` text NOT NULL
) STRICT;
