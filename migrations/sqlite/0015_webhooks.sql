-- Written by drizzle-kit, then edited: every table is STRICT, which Drizzle cannot say. test/store/schema.test.ts holds it.
CREATE TABLE `webhook_deliveries` (
	`id` text PRIMARY KEY NOT NULL,
	`type` text NOT NULL,
	`body` text NOT NULL,
	`created_at` integer NOT NULL,
	`status` text NOT NULL,
	`attempts` integer NOT NULL,
	`queued_at` integer NOT NULL,
	`next_attempt_at` integer,
	`last_attempt_at` integer,
	`last_error` text,
	CONSTRAINT "webhook_deliveries_status" CHECK("webhook_deliveries"."status" in ('waiting', 'delivered', 'given_up')),
	CONSTRAINT "webhook_deliveries_waiting" CHECK(("webhook_deliveries"."status" = 'waiting') = ("webhook_deliveries"."next_attempt_at" is not null))
) STRICT;
--> statement-breakpoint
CREATE INDEX `webhook_deliveries_next` ON `webhook_deliveries` (`next_attempt_at`,`id`) WHERE "webhook_deliveries"."status" = 'waiting';--> statement-breakpoint
CREATE TABLE `reported_conditions` (
	`kind` text NOT NULL,
	`subject` text NOT NULL,
	`state` text NOT NULL,
	PRIMARY KEY(`kind`, `subject`)
) STRICT;
--> statement-breakpoint
CREATE TABLE `reporting_start` (
	`id` integer PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	CONSTRAINT "reporting_start_one_row" CHECK("reporting_start"."id" = 1)
) STRICT;
--> statement-breakpoint
CREATE INDEX `orders_failed` ON `orders` (`ended_at`) WHERE "orders"."kind" = 'purchase' and "orders"."state" in ('rejected', 'abandoned');--> statement-breakpoint
CREATE INDEX `stamps_withheld` ON `stamps` (`batch_id`) WHERE "stamps"."withheld" is not null and "stamps"."retired_address" is null and "stamps"."state" in ('propagating', 'available');