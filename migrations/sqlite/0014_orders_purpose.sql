-- Written by drizzle-kit, then edited: Drizzle cannot add a check to a column. test/store/schema.test.ts holds it.
ALTER TABLE `orders` ADD `purpose` text DEFAULT 'reserve' NOT NULL CHECK (`purpose` IN ('reserve', 'canary'));--> statement-breakpoint
CREATE INDEX `orders_canary` ON `orders` (`node`,`id`,`batch_id`) WHERE "orders"."purpose" = 'canary';
