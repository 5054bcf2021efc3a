CREATE TABLE "copies" (
	"direction" text COLLATE "C" PRIMARY KEY NOT NULL,
	"database" text COLLATE "C" NOT NULL,
	"copied_at" bigint NOT NULL,
	"fingerprint" text COLLATE "C" NOT NULL
);
