ALTER TABLE `last_known` ADD `drained` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `last_known` ADD `blocked_by` text;--> statement-breakpoint
ALTER TABLE `last_known` ADD `canary_failed` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `last_known` ADD `settings` text DEFAULT '' NOT NULL;