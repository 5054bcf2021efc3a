-- Written by drizzle-kit, then edited: every table is STRICT, which Drizzle cannot say. test/store/schema.test.ts holds it.
CREATE TABLE `__new_acquisitions` (
	`id` text PRIMARY KEY NOT NULL,
	`batch_id` text NOT NULL,
	`acquired_at` integer NOT NULL,
	`caller` text NOT NULL,
	`client_ref` text,
	`idempotency_key` text,
	`fingerprint` text NOT NULL,
	`asked_depth` integer NOT NULL,
	`given_depth` integer NOT NULL,
	`cost` text NOT NULL,
	`ttl_seconds` integer NOT NULL,
	`stamp_number` integer DEFAULT 0 NOT NULL
) STRICT;
--> statement-breakpoint
INSERT INTO `__new_acquisitions`("id", "batch_id", "acquired_at", "caller", "client_ref", "idempotency_key", "fingerprint", "asked_depth", "given_depth", "cost", "ttl_seconds", "stamp_number") SELECT "id", "batch_id", "acquired_at", "caller", "client_ref", "idempotency_key", "fingerprint", "asked_depth", "given_depth", "cost", "ttl_seconds", "stamp_number" FROM `acquisitions`;--> statement-breakpoint
DROP TABLE `acquisitions`;--> statement-breakpoint
ALTER TABLE `__new_acquisitions` RENAME TO `acquisitions`;--> statement-breakpoint
CREATE UNIQUE INDEX `acquisitions_stamp` ON `acquisitions` (`stamp_number`);--> statement-breakpoint
CREATE INDEX `acquisitions_caller` ON `acquisitions` (`caller`,`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `acquisitions_idempotency` ON `acquisitions` (`caller`,`idempotency_key`) WHERE "acquisitions"."idempotency_key" is not null;