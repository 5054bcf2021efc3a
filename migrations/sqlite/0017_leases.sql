-- Written by drizzle-kit, then edited: every table is STRICT, which Drizzle cannot say. test/store/schema.test.ts holds it.
CREATE TABLE `leases` (
	`node` text PRIMARY KEY NOT NULL,
	`token` integer NOT NULL,
	`holder` text,
	`expires_at` integer,
	CONSTRAINT "leases_held" CHECK(("leases"."holder" is null) = ("leases"."expires_at" is null))
) STRICT;
