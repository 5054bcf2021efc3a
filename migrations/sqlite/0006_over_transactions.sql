-- Written by drizzle-kit, then edited: every table is STRICT, which Drizzle cannot say. test/store/schema.test.ts holds it.
CREATE TABLE `over_transactions` (
	`node` text NOT NULL,
	`hash` text NOT NULL,
	PRIMARY KEY(`node`, `hash`)
) STRICT;
