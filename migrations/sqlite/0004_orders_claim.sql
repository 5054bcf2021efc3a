ALTER TABLE `orders` ADD `before_listed_value` text;--> statement-breakpoint
ALTER TABLE `orders` ADD `claim_batch_id` text;--> statement-breakpoint
ALTER TABLE `orders` ADD `claim_tx_hash` text;--> statement-breakpoint
ALTER TABLE `orders` ADD `claim_at_block` integer;--> statement-breakpoint
ALTER TABLE `orders` ADD `claim_overdue` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `orders` ADD `ended_at_block` integer;--> statement-breakpoint
CREATE INDEX `orders_amount` ON `orders` (`node`,`amount`) WHERE "orders"."kind" = 'purchase';--> statement-breakpoint
CREATE INDEX `orders_shown` ON `orders` (`node`,`ended_at_block`) WHERE "orders"."kind" = 'purchase' and "orders"."state" = 'confirmed';--> statement-breakpoint
CREATE INDEX `orders_topped_up` ON `orders` (`batch_id`,`ended_at_block`) WHERE "orders"."kind" = 'topUp' and "orders"."state" = 'confirmed';