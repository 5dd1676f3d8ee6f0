CREATE TABLE "attempts" (
	"key" text PRIMARY KEY NOT NULL,
	"count" integer NOT NULL,
	"blocked_until" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "events" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"event_id" uuid NOT NULL,
	"cluster" text NOT NULL,
	"xid" "xid8" NOT NULL,
	"type" text NOT NULL,
	"occurred_at" timestamp (3) with time zone NOT NULL,
	"user_id" uuid NOT NULL,
	"session_id" uuid NOT NULL,
	"reason" text,
	"actor_kind" text NOT NULL,
	"actor_session_id" uuid,
	"replaced_by_id" uuid
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"secret_hash" "bytea",
	"transport" text NOT NULL,
	"factors" text[] NOT NULL,
	"remembered" boolean NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"last_active_at" timestamp (3) with time zone NOT NULL,
	"verified_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"end_reason" text,
	"replaces_id" uuid,
	"lineage_id" uuid NOT NULL,
	"device_label" text NOT NULL,
	"device_kind" text NOT NULL,
	"device_browser" text,
	"device_system" text,
	"network" text,
	"anomalies" jsonb DEFAULT '[]' NOT NULL,
	"refresh_salt" "bytea",
	"refresh_current" integer,
	"refresh_retry" integer,
	"refresh_seen" integer,
	"refresh_rotated_at" timestamp (3) with time zone,
	"refresh_agent" text,
	"refresh_displaced" integer[] DEFAULT '{}' NOT NULL,
	CONSTRAINT "sessions_end" CHECK ((ended_at IS NULL) = (end_reason IS NULL)),
	CONSTRAINT "sessions_transport" CHECK (CASE transport WHEN 'COOKIE' THEN secret_hash IS NOT NULL AND num_nonnulls(refresh_salt, refresh_current, refresh_retry, refresh_seen, refresh_rotated_at) = 0
        ELSE secret_hash IS NULL AND num_nulls(refresh_salt, refresh_current, refresh_retry, refresh_seen, refresh_rotated_at) = 0 END)
);
--> statement-breakpoint
CREATE TABLE "signing_keys" (
	"id" text PRIMARY KEY NOT NULL,
	"algorithm" text NOT NULL,
	"public_jwk" jsonb NOT NULL,
	"sealed_private_key" "bytea" NOT NULL,
	"sealed_under" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"signs_from" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" uuid PRIMARY KEY NOT NULL,
	"email" text NOT NULL,
	"email_key" text COLLATE "C",
	"password_hash" text,
	"credential_version" integer DEFAULT 1 NOT NULL,
	"roles" text[] DEFAULT '{}' NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"disabled_at" timestamp (3) with time zone,
	"deleted_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "verifications" (
	"secret_hash" "bytea" PRIMARY KEY NOT NULL,
	"session_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"credential_version" integer NOT NULL,
	"action" text NOT NULL,
	"subject_id" uuid,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"consumed_at" timestamp (3) with time zone
);
--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "verifications" ADD CONSTRAINT "verifications_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "verifications" ADD CONSTRAINT "verifications_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "attempts_expires" ON "attempts" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "events_order" ON "events" USING btree ("cluster","xid","id");--> statement-breakpoint
CREATE INDEX "events_user_order" ON "events" USING btree ("user_id","cluster","xid","id");--> statement-breakpoint
CREATE INDEX "events_occurred" ON "events" USING btree ("occurred_at");--> statement-breakpoint
CREATE INDEX "sessions_user" ON "sessions" USING btree ("user_id","id");--> statement-breakpoint
CREATE INDEX "sessions_user_network" ON "sessions" USING btree ("user_id","network");--> statement-breakpoint
CREATE INDEX "sessions_user_live" ON "sessions" USING btree ("user_id","id") WHERE ended_at IS NULL;--> statement-breakpoint
CREATE INDEX "sessions_lineage_live" ON "sessions" USING btree ("lineage_id") WHERE ended_at IS NULL;--> statement-breakpoint
CREATE INDEX "sessions_last_active_live" ON "sessions" USING btree ("last_active_at") WHERE ended_at IS NULL;--> statement-breakpoint
CREATE INDEX "sessions_expires_live" ON "sessions" USING btree ("expires_at") WHERE ended_at IS NULL;--> statement-breakpoint
CREATE INDEX "sessions_ended" ON "sessions" USING btree ("ended_at") WHERE ended_at IS NOT NULL;--> statement-breakpoint
CREATE INDEX "signing_keys_expires" ON "signing_keys" USING btree ("expires_at");--> statement-breakpoint
CREATE UNIQUE INDEX "users_email_key" ON "users" USING btree ("email_key");--> statement-breakpoint
CREATE INDEX "users_deleted" ON "users" USING btree ("deleted_at") WHERE deleted_at IS NOT NULL;--> statement-breakpoint
CREATE INDEX "verifications_session" ON "verifications" USING btree ("session_id");--> statement-breakpoint
CREATE INDEX "verifications_user" ON "verifications" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "verifications_expires" ON "verifications" USING btree ("expires_at");