ALTER TABLE "nodes" ADD COLUMN "chain_id" bigint;--> statement-breakpoint
ALTER TABLE "nodes" ADD COLUMN "other_chain_id" bigint;