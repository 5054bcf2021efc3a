-- Written by drizzle-kit, then edited: every table is STRICT, which Drizzle cannot say. test/store/schema.test.ts holds it.
CREATE TABLE `copies` (
	`direction` text PRIMARY KEY NOT NULL,
	`database` text NOT NULL,
	`copied_at` integer NOT NULL,
	`fingerprint` text NOT NULL
) STRICT;
