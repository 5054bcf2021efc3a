-- Written by drizzle-kit, then edited: every table is STRICT, which Drizzle cannot say. test/store/schema.test.ts holds it.
CREATE TABLE `probe` (
	`id` integer PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`filler` blob NOT NULL,
	CONSTRAINT "probe_one_row" CHECK("probe"."id" = 1)
) STRICT;
