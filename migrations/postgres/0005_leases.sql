CREATE TABLE "commit_marks" (
	"connection" text COLLATE "C" PRIMARY KEY NOT NULL,
	"mark" text COLLATE "C" NOT NULL,
	"committed_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "pool_allocation" (
	"id" integer PRIMARY KEY NOT NULL,
	"allocation" bigint NOT NULL,
	CONSTRAINT "pool_allocation_one_row" CHECK ("pool_allocation"."id" = 1)
);
--> statement-breakpoint
CREATE TABLE "leases" (
	"node" text COLLATE "C" PRIMARY KEY NOT NULL,
	"token" bigint NOT NULL,
	"holder" text COLLATE "C",
	"expires_at" bigint,
	CONSTRAINT "leases_held" CHECK (("leases"."holder" is null) = ("leases"."expires_at" is null))
);
--> statement-breakpoint
ALTER TABLE "nodes" ADD COLUMN "observed_at" bigint;--> statement-breakpoint
CREATE INDEX "orders_planned_in_pool" ON "orders" USING btree ("planned_at");
--> statement-breakpoint
INSERT INTO "pool_allocation" ("id", "allocation") VALUES (1, 0);
