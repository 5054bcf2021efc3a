CREATE TABLE "schema_compatibility" (
	"migration" bigint PRIMARY KEY NOT NULL,
	"oldest_version" text COLLATE "C" NOT NULL
);
