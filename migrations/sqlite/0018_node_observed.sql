ALTER TABLE `nodes` ADD `observed_at` integer;--> statement-breakpoint
-- Added by hand: an earlier version recorded the last complete observation for the metrics.
UPDATE `nodes` SET `observed_at` = (SELECT `observed_at` FROM `last_known` WHERE `node` = `nodes`.`name` AND `last_known`.`address` = `nodes`.`address`);
