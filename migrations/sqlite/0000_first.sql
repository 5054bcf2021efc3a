-- Written by drizzle-kit, then edited: every table is STRICT, which Drizzle cannot say. Without it SQLite would keep a
-- text in an integer column. test/store/schema.test.ts holds it.
CREATE TABLE `acquisitions` (
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
	FOREIGN KEY (`batch_id`) REFERENCES `stamps`(`batch_id`) ON UPDATE no action ON DELETE no action
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `acquisitions_batch_id_unique` ON `acquisitions` (`batch_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `acquisitions_idempotency` ON `acquisitions` (`caller`,`idempotency_key`) WHERE "acquisitions"."idempotency_key" is not null;--> statement-breakpoint
CREATE TABLE `demand` (
	`hour` integer NOT NULL,
	`depth` integer NOT NULL,
	`outcome` text NOT NULL,
	`count` integer NOT NULL,
	PRIMARY KEY(`hour`, `depth`, `outcome`),
	CONSTRAINT "demand_outcome" CHECK("demand"."outcome" in ('met', 'met_by_larger', 'exhausted'))
) STRICT;
--> statement-breakpoint
CREATE TABLE `orders` (
	`id` text PRIMARY KEY NOT NULL,
	`node` text NOT NULL,
	`kind` text NOT NULL,
	`depth` integer NOT NULL,
	`amount` text NOT NULL,
	`cost` text NOT NULL,
	`reason` text NOT NULL,
	`state` text NOT NULL,
	`planned_at` integer NOT NULL,
	`planned_at_block` integer NOT NULL,
	`immutable` integer,
	`batch_id` text,
	`before_amount` text,
	`before_value` text,
	`before_expires_at` integer,
	`sent_at` integer,
	`ended_at` integer,
	`cause` text,
	`quiet_since_block` integer,
	`tx_hash` text,
	CONSTRAINT "orders_kind" CHECK("orders"."kind" in ('purchase', 'topUp')),
	CONSTRAINT "orders_state" CHECK("orders"."state" in ('planned', 'sent', 'unknown', 'confirmed', 'rejected', 'abandoned')),
	CONSTRAINT "orders_purchase" CHECK("orders"."kind" <> 'purchase' or "orders"."immutable" is not null),
	CONSTRAINT "orders_top_up" CHECK("orders"."kind" <> 'topUp' or ("orders"."batch_id" is not null and "orders"."before_amount" is not null and "orders"."before_expires_at" is not null)),
	CONSTRAINT "orders_sent" CHECK("orders"."state" not in ('sent', 'unknown') or "orders"."sent_at" is not null),
	CONSTRAINT "orders_ended" CHECK(("orders"."state" in ('confirmed', 'rejected', 'abandoned')) = ("orders"."ended_at" is not null)),
	CONSTRAINT "orders_confirmed" CHECK("orders"."state" <> 'confirmed' or "orders"."batch_id" is not null),
	CONSTRAINT "orders_cause" CHECK("orders"."state" not in ('unknown', 'rejected', 'abandoned') or "orders"."cause" is not null)
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `orders_purchase_key` ON `orders` (`node`,`depth`,`amount`) WHERE "orders"."kind" = 'purchase';--> statement-breakpoint
CREATE INDEX `orders_open` ON `orders` (`node`,`id`) WHERE "orders"."state" in ('planned', 'sent', 'unknown');--> statement-breakpoint
CREATE INDEX `orders_abandoned` ON `orders` (`node`,`id`) WHERE "orders"."state" = 'abandoned';--> statement-breakpoint
CREATE INDEX `orders_planned` ON `orders` (`node`,`planned_at`);--> statement-breakpoint
CREATE TABLE `stamps` (
	`batch_id` text PRIMARY KEY NOT NULL,
	`node` text NOT NULL,
	`depth` integer NOT NULL,
	`amount` text NOT NULL,
	`immutable` integer NOT NULL,
	`cost` text NOT NULL,
	`origin` text NOT NULL,
	`order_id` text,
	`state` text NOT NULL,
	`created_at` integer NOT NULL,
	`available_at` integer,
	`expires_at` integer,
	`ttl_at_creation_seconds` integer,
	`missing_since_block` integer,
	`withheld` text,
	FOREIGN KEY (`order_id`) REFERENCES `orders`(`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "stamps_origin" CHECK("stamps"."origin" in ('bought', 'adopted')),
	CONSTRAINT "stamps_state" CHECK("stamps"."state" in ('propagating', 'available', 'acquired', 'expired')),
	CONSTRAINT "stamps_withheld" CHECK("stamps"."withheld" in ('missing', 'lost', 'in_use')),
	CONSTRAINT "stamps_available" CHECK("stamps"."state" not in ('available', 'acquired') or ("stamps"."available_at" is not null and "stamps"."expires_at" is not null and "stamps"."ttl_at_creation_seconds" is not null))
) STRICT;
--> statement-breakpoint
CREATE INDEX `stamps_acquirable` ON `stamps` (`depth`,`expires_at`,`batch_id`,`withheld`) WHERE "stamps"."state" = 'available' and "stamps"."withheld" is null;--> statement-breakpoint
CREATE INDEX `stamps_live` ON `stamps` (`node`) WHERE "stamps"."state" in ('propagating', 'available');--> statement-breakpoint
CREATE INDEX `stamps_bought` ON `stamps` (`available_at`) WHERE "stamps"."order_id" is not null and "stamps"."available_at" is not null;