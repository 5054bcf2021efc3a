CREATE TABLE "acquisitions" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"batch_id" text COLLATE "C" NOT NULL,
	"acquired_at" bigint NOT NULL,
	"caller" text COLLATE "C" NOT NULL,
	"client_ref" text COLLATE "C",
	"idempotency_key" text COLLATE "C",
	"fingerprint" text COLLATE "C" NOT NULL,
	"asked_depth" integer NOT NULL,
	"given_depth" integer NOT NULL,
	"cost" numeric(200, 0) NOT NULL,
	"ttl_seconds" bigint NOT NULL,
	CONSTRAINT "acquisitions_batch_id" UNIQUE("batch_id"),
	CONSTRAINT "acquisitions_cost" CHECK ("acquisitions"."cost" >= 0)
);
--> statement-breakpoint
CREATE TABLE "daily_usage" (
	"subject" text COLLATE "C" NOT NULL,
	"day" bigint NOT NULL,
	"stamps" bigint NOT NULL,
	"cost" numeric(200, 0) NOT NULL,
	CONSTRAINT "daily_usage_subject_day_pk" PRIMARY KEY("subject","day")
);
--> statement-breakpoint
CREATE TABLE "demand" (
	"hour" bigint NOT NULL,
	"depth" integer NOT NULL,
	"outcome" text COLLATE "C" NOT NULL,
	"count" bigint NOT NULL,
	CONSTRAINT "demand_hour_depth_outcome_pk" PRIMARY KEY("hour","depth","outcome"),
	CONSTRAINT "demand_outcome" CHECK ("demand"."outcome" in ('met', 'met_by_larger', 'exhausted'))
);
--> statement-breakpoint
CREATE TABLE "nodes" (
	"name" text COLLATE "C" PRIMARY KEY NOT NULL,
	"address" text COLLATE "C",
	"pinned_at" bigint,
	"other_address" text COLLATE "C",
	"changed_at" bigint,
	CONSTRAINT "nodes_pinned" CHECK (("nodes"."address" is null) = ("nodes"."pinned_at" is null)),
	CONSTRAINT "nodes_changed" CHECK (("nodes"."other_address" is null) = ("nodes"."changed_at" is null))
);
--> statement-breakpoint
CREATE TABLE "orders" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"node" text COLLATE "C" NOT NULL,
	"kind" text COLLATE "C" NOT NULL,
	"purpose" text COLLATE "C" DEFAULT 'reserve' NOT NULL,
	"depth" integer NOT NULL,
	"amount" numeric(200, 0) NOT NULL,
	"cost" numeric(200, 0) NOT NULL,
	"reason" text COLLATE "C" NOT NULL,
	"state" text COLLATE "C" NOT NULL,
	"planned_at" bigint NOT NULL,
	"planned_at_block" bigint NOT NULL,
	"immutable" boolean,
	"batch_id" text COLLATE "C",
	"before_amount" numeric(200, 0),
	"before_value" numeric(200, 0),
	"before_expires_at" bigint,
	"before_listed_value" numeric(200, 0),
	"sent_at" bigint,
	"claim_batch_id" text COLLATE "C",
	"claim_tx_hash" text COLLATE "C",
	"claim_at_block" bigint,
	"claim_overdue" integer DEFAULT 0 NOT NULL,
	"claim_refuted" integer DEFAULT 0 NOT NULL,
	"ended_at" bigint,
	"ended_at_block" bigint,
	"cause" text COLLATE "C",
	"refusal" text COLLATE "C",
	"quiet_since_block" bigint,
	"tx_hash" text COLLATE "C",
	"retired_address" text COLLATE "C",
	CONSTRAINT "orders_kind" CHECK ("orders"."kind" in ('purchase', 'topUp')),
	CONSTRAINT "orders_purpose" CHECK ("orders"."purpose" in ('reserve', 'canary')),
	CONSTRAINT "orders_state" CHECK ("orders"."state" in ('planned', 'sent', 'unknown', 'confirmed', 'rejected', 'abandoned')),
	CONSTRAINT "orders_refusal" CHECK ("orders"."refusal" in ('UNREACHABLE', 'BUSY', 'SYNCING', 'OUT_OF_FUNDS', 'CHAIN_DISABLED', 'BAD_REQUEST')),
	CONSTRAINT "orders_money" CHECK ("orders"."amount" >= 0 and "orders"."cost" >= 0),
	CONSTRAINT "orders_purchase" CHECK ("orders"."kind" <> 'purchase' or "orders"."immutable" is not null),
	CONSTRAINT "orders_top_up" CHECK ("orders"."kind" <> 'topUp' or ("orders"."batch_id" is not null and "orders"."before_amount" is not null and "orders"."before_expires_at" is not null)),
	CONSTRAINT "orders_sent" CHECK ("orders"."state" not in ('sent', 'unknown') or "orders"."sent_at" is not null),
	CONSTRAINT "orders_ended" CHECK (("orders"."state" in ('confirmed', 'rejected', 'abandoned')) = ("orders"."ended_at" is not null)),
	CONSTRAINT "orders_confirmed" CHECK ("orders"."state" <> 'confirmed' or "orders"."batch_id" is not null),
	CONSTRAINT "orders_cause" CHECK ("orders"."state" not in ('unknown', 'rejected', 'abandoned') or "orders"."cause" is not null)
);
--> statement-breakpoint
CREATE TABLE "over_transactions" (
	"node" text COLLATE "C" NOT NULL,
	"hash" text COLLATE "C" NOT NULL,
	CONSTRAINT "over_transactions_node_hash_pk" PRIMARY KEY("node","hash")
);
--> statement-breakpoint
CREATE TABLE "pool_revision" (
	"id" integer PRIMARY KEY NOT NULL,
	"revision" bigint NOT NULL,
	CONSTRAINT "pool_revision_one_row" CHECK ("pool_revision"."id" = 1)
);
--> statement-breakpoint
CREATE TABLE "probe" (
	"id" integer PRIMARY KEY NOT NULL,
	"at" bigint NOT NULL,
	CONSTRAINT "probe_one_row" CHECK ("probe"."id" = 1)
);
--> statement-breakpoint
CREATE TABLE "stamps" (
	"batch_id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"node" text COLLATE "C" NOT NULL,
	"depth" integer NOT NULL,
	"amount" numeric(200, 0) NOT NULL,
	"immutable" boolean NOT NULL,
	"cost" numeric(200, 0) NOT NULL,
	"origin" text COLLATE "C" NOT NULL,
	"order_id" text COLLATE "C",
	"state" text COLLATE "C" NOT NULL,
	"created_at" bigint NOT NULL,
	"available_at" bigint,
	"expires_at" bigint,
	"ttl_at_creation_seconds" bigint,
	"missing_since_block" bigint,
	"withheld" text COLLATE "C",
	"last_lost_at_block" bigint,
	"retired_address" text COLLATE "C",
	CONSTRAINT "stamps_origin" CHECK ("stamps"."origin" in ('bought', 'adopted')),
	CONSTRAINT "stamps_state" CHECK ("stamps"."state" in ('propagating', 'available', 'acquired', 'expired')),
	CONSTRAINT "stamps_withheld" CHECK ("stamps"."withheld" in ('missing', 'lost', 'in_use')),
	CONSTRAINT "stamps_money" CHECK ("stamps"."amount" >= 0 and "stamps"."cost" >= 0),
	CONSTRAINT "stamps_available" CHECK ("stamps"."state" not in ('available', 'acquired') or ("stamps"."available_at" is not null and "stamps"."expires_at" is not null and "stamps"."ttl_at_creation_seconds" is not null))
);
--> statement-breakpoint
CREATE TABLE "stock_counts" (
	"node" text COLLATE "C" NOT NULL,
	"depth" integer NOT NULL,
	"state" text COLLATE "C" NOT NULL,
	"withheld" text COLLATE "C",
	"count" bigint NOT NULL,
	CONSTRAINT "stock_counts_kind" UNIQUE NULLS NOT DISTINCT("node","depth","state","withheld"),
	CONSTRAINT "stock_counts_state" CHECK ("stock_counts"."state" in ('propagating', 'available')),
	CONSTRAINT "stock_counts_withheld" CHECK ("stock_counts"."withheld" in ('missing', 'lost', 'in_use'))
);
--> statement-breakpoint
ALTER TABLE "acquisitions" ADD CONSTRAINT "acquisitions_stamp" FOREIGN KEY ("batch_id") REFERENCES "public"."stamps"("batch_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "stamps" ADD CONSTRAINT "stamps_order_id_orders_id_fk" FOREIGN KEY ("order_id") REFERENCES "public"."orders"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "acquisitions_caller" ON "acquisitions" USING btree ("caller","id");--> statement-breakpoint
CREATE UNIQUE INDEX "acquisitions_idempotency" ON "acquisitions" USING btree ("caller","idempotency_key") WHERE "acquisitions"."idempotency_key" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "orders_purchase_key" ON "orders" USING btree ("node","depth","amount") WHERE "orders"."kind" = 'purchase';--> statement-breakpoint
CREATE INDEX "orders_open" ON "orders" USING btree ("node","id") WHERE "orders"."state" in ('planned', 'sent', 'unknown');--> statement-breakpoint
CREATE INDEX "orders_failed" ON "orders" USING btree ("ended_at") WHERE "orders"."kind" = 'purchase' and "orders"."state" in ('rejected', 'abandoned');--> statement-breakpoint
CREATE INDEX "orders_abandoned" ON "orders" USING btree ("node","id") WHERE "orders"."state" = 'abandoned';--> statement-breakpoint
CREATE INDEX "orders_canary" ON "orders" USING btree ("node","id","batch_id") WHERE "orders"."purpose" = 'canary';--> statement-breakpoint
CREATE INDEX "orders_planned" ON "orders" USING btree ("node","planned_at");--> statement-breakpoint
CREATE INDEX "orders_amount" ON "orders" USING btree ("node","amount") WHERE "orders"."kind" = 'purchase';--> statement-breakpoint
CREATE INDEX "orders_shown" ON "orders" USING btree ("node","ended_at_block") WHERE "orders"."kind" = 'purchase' and "orders"."state" = 'confirmed';--> statement-breakpoint
CREATE INDEX "orders_topped_up" ON "orders" USING btree ("batch_id","ended_at_block") WHERE "orders"."kind" = 'topUp' and "orders"."state" = 'confirmed';--> statement-breakpoint
CREATE INDEX "stamps_acquirable" ON "stamps" USING btree ("node","depth","expires_at","batch_id") WHERE "stamps"."withheld" is null and "stamps"."retired_address" is null and "stamps"."state" = 'available';--> statement-breakpoint
CREATE INDEX "stamps_live" ON "stamps" USING btree ("node","batch_id") WHERE "stamps"."state" in ('propagating', 'available') and "stamps"."retired_address" is null;--> statement-breakpoint
CREATE INDEX "stamps_attention" ON "stamps" USING btree ("node","depth","expires_at") WHERE ("stamps"."state" = 'propagating' or "stamps"."withheld" is not null or "stamps"."missing_since_block" is not null) and "stamps"."retired_address" is null and "stamps"."state" in ('propagating', 'available');--> statement-breakpoint
CREATE INDEX "stamps_watched" ON "stamps" USING btree ("node","batch_id") WHERE ("stamps"."state" = 'propagating' or "stamps"."withheld" is not null or "stamps"."missing_since_block" is not null) and "stamps"."retired_address" is null and "stamps"."state" in ('propagating', 'available');--> statement-breakpoint
CREATE INDEX "stamps_withheld" ON "stamps" USING btree ("batch_id") WHERE "stamps"."withheld" is not null and "stamps"."retired_address" is null and "stamps"."state" in ('propagating', 'available');--> statement-breakpoint
CREATE INDEX "stamps_bought" ON "stamps" USING btree ("available_at") WHERE "stamps"."order_id" is not null and "stamps"."available_at" is not null;--> statement-breakpoint
INSERT INTO "pool_revision" ("id", "revision") VALUES (1, 0);
