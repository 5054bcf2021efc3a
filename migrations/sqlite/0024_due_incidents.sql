-- Written by drizzle-kit, then edited: every table is STRICT, which Drizzle cannot say. test/store/schema.test.ts holds it.
CREATE TABLE `due_incidents` (
	`node` text NOT NULL,
	`code` text NOT NULL,
	`subject` text NOT NULL,
	`detail` text NOT NULL,
	PRIMARY KEY(`node`, `code`, `subject`)
) STRICT;
