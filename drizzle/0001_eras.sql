CREATE TABLE "session_eras" (
	"era" integer PRIMARY KEY NOT NULL,
	"event_id" uuid NOT NULL,
	"began_at" timestamp (3) with time zone NOT NULL,
	"reason" text NOT NULL,
	"actor_kind" text NOT NULL,
	"actor_session_id" uuid
);
--> statement-breakpoint
ALTER TABLE "events" ALTER COLUMN "user_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "events" ALTER COLUMN "session_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "events" ADD COLUMN "era" integer;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "era" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "sessions_era_live" ON "sessions" USING btree ("era","id") WHERE ended_at IS NULL;--> statement-breakpoint
ALTER TABLE "events" ADD CONSTRAINT "events_about" CHECK (CASE type WHEN 'EVERY_SESSION_REVOKED' THEN era IS NOT NULL AND user_id IS NULL
        ELSE era IS NULL AND user_id IS NOT NULL AND session_id IS NOT NULL END);