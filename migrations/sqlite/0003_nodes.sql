-- Written by drizzle-kit, then edited: the table is STRICT, which Drizzle cannot say. test/store/schema.test.ts holds it.
CREATE TABLE `nodes` (
	`name` text PRIMARY KEY NOT NULL,
	`address` text,
	`pinned_at` integer,
	`other_address` text,
	`changed_at` integer,
	CONSTRAINT "nodes_pinned" CHECK(("nodes"."address" is null) = ("nodes"."pinned_at" is null)),
	CONSTRAINT "nodes_changed" CHECK(("nodes"."other_address" is null) = ("nodes"."changed_at" is null))
) STRICT;
--> statement-breakpoint
DROP INDEX `stamps_acquirable`;--> statement-breakpoint
DROP INDEX `stamps_live`;--> statement-breakpoint
ALTER TABLE `stamps` ADD `retired_address` text;--> statement-breakpoint
CREATE INDEX `stamps_acquirable` ON `stamps` (`node`,`depth`,`expires_at`,`batch_id`,`withheld`,`retired_address`) WHERE "stamps"."withheld" is null and "stamps"."retired_address" is null and "stamps"."state" = 'available';--> statement-breakpoint
CREATE INDEX `stamps_live` ON `stamps` (`node`) WHERE "stamps"."state" in ('propagating', 'available') and "stamps"."retired_address" is null;--> statement-breakpoint
ALTER TABLE `orders` ADD `retired_address` text;