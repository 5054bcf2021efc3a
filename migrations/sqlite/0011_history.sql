-- Written by drizzle-kit, then edited: every table is STRICT, which Drizzle cannot say. test/store/schema.test.ts holds it.
CREATE TABLE `history` (
	`step_seconds` integer NOT NULL,
	`at` integer NOT NULL,
	`depth` integer NOT NULL,
	`available` integer,
	`target` integer NOT NULL,
	`acquired` integer NOT NULL,
	`refused` integer NOT NULL,
	PRIMARY KEY(`step_seconds`, `at`, `depth`)
) STRICT;
