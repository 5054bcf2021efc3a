CREATE TABLE "history" (
	"step_seconds" integer NOT NULL,
	"at" bigint NOT NULL,
	"depth" integer NOT NULL,
	"available" bigint,
	"target" bigint NOT NULL,
	"acquired" bigint NOT NULL,
	"refused" bigint NOT NULL,
	CONSTRAINT "history_step_seconds_at_depth_pk" PRIMARY KEY("step_seconds","at","depth")
);
--> statement-breakpoint
CREATE TABLE "history_version" (
	"id" integer PRIMARY KEY NOT NULL,
	"version" bigint NOT NULL,
	CONSTRAINT "history_version_one_row" CHECK ("history_version"."id" = 1)
);
--> statement-breakpoint
CREATE TABLE "last_known" (
	"node" text COLLATE "C" PRIMARY KEY NOT NULL,
	"run_ended_at" bigint NOT NULL,
	"reachable" integer NOT NULL,
	"fresh" integer NOT NULL,
	"holds" text COLLATE "C" NOT NULL,
	"observed_at" bigint,
	"address" text COLLATE "C",
	"lag_blocks" bigint,
	"price" numeric(200, 0),
	"wallet_bzz" numeric(200, 0),
	"wallet_xdai" numeric(200, 0),
	"full_reserve" numeric(200, 0),
	"next_replenishment" numeric(200, 0),
	"last_day" numeric(200, 0),
	"daily_limit" numeric(200, 0),
	CONSTRAINT "last_known_observed" CHECK (("last_known"."observed_at" is null) = ("last_known"."address" is null) and ("last_known"."observed_at" is null) = ("last_known"."lag_blocks" is null)),
	CONSTRAINT "last_known_wallet" CHECK (("last_known"."wallet_bzz" is null) = ("last_known"."wallet_xdai" is null)),
	CONSTRAINT "last_known_spending" CHECK (("last_known"."full_reserve" is null) = ("last_known"."next_replenishment" is null) and ("last_known"."full_reserve" is null) = ("last_known"."last_day" is null) and ("last_known"."full_reserve" is null) = ("last_known"."daily_limit" is null))
);
--> statement-breakpoint
CREATE TABLE "webhook_deliveries" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"type" text COLLATE "C" NOT NULL,
	"body" text COLLATE "C" NOT NULL,
	"created_at" bigint NOT NULL,
	"status" text COLLATE "C" NOT NULL,
	"attempts" bigint NOT NULL,
	"queued_at" bigint NOT NULL,
	"next_attempt_at" bigint,
	"last_attempt_at" bigint,
	"last_error" text COLLATE "C",
	"claimed_until" bigint,
	CONSTRAINT "webhook_deliveries_status" CHECK ("webhook_deliveries"."status" in ('waiting', 'delivered', 'given_up')),
	CONSTRAINT "webhook_deliveries_waiting" CHECK (("webhook_deliveries"."status" = 'waiting') = ("webhook_deliveries"."next_attempt_at" is not null))
);
--> statement-breakpoint
CREATE TABLE "reported_conditions" (
	"kind" text COLLATE "C" NOT NULL,
	"subject" text COLLATE "C" NOT NULL,
	"state" text COLLATE "C" NOT NULL,
	CONSTRAINT "reported_conditions_kind_subject_pk" PRIMARY KEY("kind","subject")
);
--> statement-breakpoint
CREATE TABLE "reporting_start" (
	"id" integer PRIMARY KEY NOT NULL,
	"at" bigint NOT NULL,
	CONSTRAINT "reporting_start_one_row" CHECK ("reporting_start"."id" = 1)
);
--> statement-breakpoint
CREATE TABLE "access" (
	"id" integer PRIMARY KEY NOT NULL,
	"shut_at" bigint NOT NULL,
	"revision" bigint NOT NULL,
	CONSTRAINT "access_one_row" CHECK ("access"."id" = 1)
);
--> statement-breakpoint
CREATE TABLE "tokens" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"owner" text COLLATE "C" NOT NULL,
	"hash" text COLLATE "C" NOT NULL,
	"scopes" text COLLATE "C" NOT NULL,
	"daily_stamps" bigint,
	"daily_cost" numeric(200, 0),
	"requests_per_second" integer,
	"created_at" bigint NOT NULL,
	"expires_at" bigint,
	"revoked_at" bigint,
	CONSTRAINT "tokens_hash" UNIQUE("hash")
);
--> statement-breakpoint
CREATE INDEX "webhook_deliveries_next" ON "webhook_deliveries" USING btree ("next_attempt_at","id") WHERE "webhook_deliveries"."status" = 'waiting';