CREATE TABLE "due_incidents" (
	"node" text COLLATE "C" NOT NULL,
	"code" text COLLATE "C" NOT NULL,
	"subject" text COLLATE "C" NOT NULL,
	"detail" text COLLATE "C" NOT NULL,
	CONSTRAINT "due_incidents_node_code_subject_pk" PRIMARY KEY("node","code","subject")
);
