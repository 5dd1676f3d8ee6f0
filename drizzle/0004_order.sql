DROP INDEX "sessions_last_active_live";--> statement-breakpoint
DROP INDEX "sessions_expires_live";--> statement-breakpoint
DROP INDEX "sessions_ended";--> statement-breakpoint
DROP INDEX "sessions_last_active_ended";--> statement-breakpoint
DROP INDEX "sessions_era_live";--> statement-breakpoint
CREATE INDEX "sessions_last_active_live" ON "sessions" USING btree ("last_active_at","id","era") WHERE ended_at IS NULL;--> statement-breakpoint
CREATE INDEX "sessions_expires_live" ON "sessions" USING btree ("expires_at","id") WHERE ended_at IS NULL;--> statement-breakpoint
CREATE INDEX "sessions_ended" ON "sessions" USING btree ("ended_at","end_reason","id","last_active_at") WHERE ended_at IS NOT NULL;--> statement-breakpoint
CREATE INDEX "sessions_last_active_ended" ON "sessions" USING btree ("last_active_at","id","ended_at") WHERE ended_at IS NOT NULL;--> statement-breakpoint
CREATE INDEX "sessions_era_live" ON "sessions" USING btree ("era","id","last_active_at") WHERE ended_at IS NULL;