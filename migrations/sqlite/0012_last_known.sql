-- Written by drizzle-kit, then edited: every table is STRICT, which Drizzle cannot say. test/store/schema.test.ts holds it.
CREATE TABLE `last_known` (
	`node` text PRIMARY KEY NOT NULL,
	`run_ended_at` integer NOT NULL,
	`reachable` integer NOT NULL,
	`fresh` integer NOT NULL,
	`holds` text NOT NULL,
	`observed_at` integer,
	`address` text,
	`lag_blocks` integer,
	`price` text,
	`wallet_bzz` text,
	`wallet_xdai` text,
	`full_reserve` text,
	`next_replenishment` text,
	`last_day` text,
	`daily_limit` text,
	CONSTRAINT "last_known_observed" CHECK(("last_known"."observed_at" is null) = ("last_known"."address" is null) and ("last_known"."observed_at" is null) = ("last_known"."lag_blocks" is null)),
	CONSTRAINT "last_known_wallet" CHECK(("last_known"."wallet_bzz" is null) = ("last_known"."wallet_xdai" is null)),
	CONSTRAINT "last_known_spending" CHECK(("last_known"."full_reserve" is null) = ("last_known"."next_replenishment" is null) and ("last_known"."full_reserve" is null) = ("last_known"."last_day" is null) and ("last_known"."full_reserve" is null) = ("last_known"."daily_limit" is null))
) STRICT;
