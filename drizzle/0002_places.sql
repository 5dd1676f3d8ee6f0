ALTER TABLE "sessions" ADD COLUMN "country_code" text;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "city" text;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "places" jsonb DEFAULT '[]' NOT NULL;--> statement-breakpoint
-- all that is known of the sessions that go on: which network each was started from. Of those that are over the column `network` says it,
-- and a large table isn't written anew
UPDATE "sessions" SET "places" = jsonb_build_array(jsonb_build_object(
  'network', "network", 'countryCode', NULL, 'city', NULL,
  'firstSeenAt', to_char("created_at" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
  'lastSeenAt', to_char("created_at" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
)) WHERE "network" IS NOT NULL AND "ended_at" IS NULL;--> statement-breakpoint
CREATE INDEX "sessions_ended_placed" ON "sessions" USING btree ("ended_at") WHERE ended_at IS NOT NULL AND (network IS NOT NULL OR country_code IS NOT NULL OR places <> '[]' OR anomalies @? '$[*].network ? (@ != null)');
