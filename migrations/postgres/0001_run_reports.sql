CREATE TABLE "run_reports" (
	"node" text COLLATE "C" NOT NULL,
	"dry_run" boolean NOT NULL,
	"report" text COLLATE "C" NOT NULL,
	"ended_at" bigint NOT NULL,
	CONSTRAINT "run_reports_node_dry_run_pk" PRIMARY KEY("node","dry_run")
);
