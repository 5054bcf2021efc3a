-- Written by drizzle-kit, then edited: every table is STRICT, which Drizzle cannot say. test/store/schema.test.ts holds it.
CREATE TABLE `access` (
	`id` integer PRIMARY KEY NOT NULL,
	`shut_at` integer NOT NULL,
	`revision` integer NOT NULL,
	CONSTRAINT "access_one_row" CHECK("access"."id" = 1)
) STRICT;
--> statement-breakpoint
CREATE TABLE `tokens` (
	`id` text PRIMARY KEY NOT NULL,
	`owner` text NOT NULL,
	`hash` text NOT NULL,
	`scopes` text NOT NULL,
	`daily_stamps` integer,
	`daily_cost` text,
	`requests_per_second` integer,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`revoked_at` integer
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `tokens_hash_unique` ON `tokens` (`hash`);
