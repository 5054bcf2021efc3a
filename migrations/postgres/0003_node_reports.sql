ALTER TABLE "last_known" ADD COLUMN "drained" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "last_known" ADD COLUMN "blocked_by" text COLLATE "C";--> statement-breakpoint
ALTER TABLE "last_known" ADD COLUMN "canary_failed" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "last_known" ADD COLUMN "settings" text COLLATE "C" DEFAULT '' NOT NULL;