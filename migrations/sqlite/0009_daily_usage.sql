-- Written by drizzle-kit, then edited: every table is STRICT, which Drizzle cannot say. test/store/schema.test.ts holds it.
CREATE TABLE `daily_usage` (
	`subject` text NOT NULL,
	`day` integer NOT NULL,
	`stamps` integer NOT NULL,
	`cost` text NOT NULL,
	PRIMARY KEY(`subject`, `day`)
) STRICT;
