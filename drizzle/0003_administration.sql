DROP INDEX "sessions_ended";--> statement-breakpoint
CREATE INDEX "sessions_last_active_ended" ON "sessions" USING btree ("last_active_at","id") WHERE ended_at IS NOT NULL;--> statement-breakpoint
CREATE INDEX "sessions_reason" ON "sessions" USING btree ("end_reason","id") WHERE ended_at IS NOT NULL;--> statement-breakpoint
CREATE INDEX "sessions_reason_last_active" ON "sessions" USING btree ("end_reason","last_active_at","id") WHERE ended_at IS NOT NULL;--> statement-breakpoint
CREATE INDEX "sessions_traits" ON "sessions" USING gin ((ARRAY['k' || device_kind, 'b' || device_browser, 's' || device_system, 'n' || network, 'c' || country_code, 't' || transport])) WITH (gin_pending_list_limit=256);--> statement-breakpoint
CREATE INDEX "sessions_flagged" ON "sessions" USING btree ("id") WHERE anomalies <> '[]';--> statement-breakpoint
CREATE INDEX "sessions_successors" ON "sessions" USING btree ("id") WHERE replaces_id IS NOT NULL;--> statement-breakpoint
CREATE INDEX "users_disabled" ON "users" USING btree ("id") WHERE disabled_at IS NOT NULL AND deleted_at IS NULL;--> statement-breakpoint
CREATE INDEX "sessions_ended" ON "sessions" USING btree ("ended_at","end_reason","id") WHERE ended_at IS NOT NULL;