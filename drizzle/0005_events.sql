-- sessions first, as everybody comes to them before they write an event: an older node that does waits, and is not waited for
ALTER TABLE "sessions" ADD COLUMN "refresh_country" text;--> statement-breakpoint
ALTER TABLE "events" ADD COLUMN "anomaly_kind" text;--> statement-breakpoint
ALTER TABLE "events" ADD COLUMN "changes" text[];
