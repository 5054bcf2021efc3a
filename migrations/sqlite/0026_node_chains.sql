ALTER TABLE `nodes` ADD `chain_id` integer;--> statement-breakpoint
ALTER TABLE `nodes` ADD `other_chain_id` integer;