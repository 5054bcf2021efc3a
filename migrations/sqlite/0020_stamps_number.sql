-- Written by drizzle-kit, then edited: the rows that exist are numbered in the order of their insertion.
DROP INDEX `stamps_live`;--> statement-breakpoint
ALTER TABLE `stamps` ADD `number` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
UPDATE `stamps` SET `number` = rowid;--> statement-breakpoint
CREATE UNIQUE INDEX `stamps_number` ON `stamps` (`number`);--> statement-breakpoint
CREATE INDEX `stamps_live` ON `stamps` (`node`,`number`) WHERE "stamps"."state" in ('propagating', 'available') and "stamps"."retired_address" is null;--> statement-breakpoint
ALTER TABLE `acquisitions` ADD `stamp_number` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
UPDATE `acquisitions` SET `stamp_number` = (SELECT `number` FROM `stamps` WHERE `stamps`.`batch_id` = `acquisitions`.`batch_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `acquisitions_stamp` ON `acquisitions` (`stamp_number`);--> statement-breakpoint
DROP INDEX `acquisitions_batch_id_unique`;
