import type { Subscription } from '../connections/live-connection.ts'
import { SESSION_END_MESSAGES, type SessionEventType } from '../protocol/sessions.ts'
import type {
  Actor as ActorEntity,
  ChangedEvent,
  FlaggedEvent,
  RevokedEvent,
  SessionEvent as SessionEventEntity,
} from '../revocations/event.ts'
import type { EventStream } from '../revocations/event-stream.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { describedEnum } from './described-enum.ts'
import { ActorKind, SessionChange, SessionEndReason } from './enums.ts'
import { encodeGlobalId } from './global-ids.ts'
import { Session } from './session-ref.ts'
import { Anomaly } from './sessions.ts'
import { requireAdministrator } from './viewer.ts'

const RevocationScope = describedEnum('RevocationScope', 'Whose sessions to hear of.', {
  THIS_SESSION: 'Only the session of this connection.',
  MY_SESSIONS: "All of the viewer's sessions.",
  ALL: "Everyone's. Needs an administrator who presented a factor within the sensitive window; ends with FORBIDDEN within ten seconds once the user is none any more.",
})

const Actor = builder.objectRef<ActorEntity>('Actor').implement({
  description: 'Who made something happen.',
  fields: (t) => ({
    kind: t.field({ type: ActorKind, description: 'Who.', resolve: ({ kind }) => kind }),
    sessionId: t.id({
      nullable: true,
      description: 'The session that they acted from. Null if there was none.',
      resolve: ({ sessionId }) => (sessionId === null ? null : encodeGlobalId('Session', sessionId)),
    }),
  }),
})

/** What each event is in the schema. */
const TYPES: Record<SessionEventType, string> = {
  STARTED: 'SessionStarted',
  CHANGED: 'SessionChanged',
  FLAGGED: 'SessionFlagged',
  REVOKED: 'SessionRevoked',
}

const SessionEvent = builder.interfaceRef<SessionEventEntity>('SessionEvent').implement({
  description:
    'Something that happened to a session. Delivered at least once: deduplicate by `id`. More types may come: pass over those that you do not know.',
  fields: (t) => ({
    id: t.id({ description: 'Unique for ever.', resolve: ({ id }) => id }),
    cursor: t.expose('cursor', {
      type: 'EventCursor',
      description: 'Give it as `after` to resume behind this event.',
    }),
    occurredAt: t.expose('occurredAt', { type: 'DateTime', description: 'When it happened.' }),
    sessionId: t.id({
      description: 'The session that it happened to.',
      resolve: ({ sessionId }) => encodeGlobalId('Session', sessionId),
    }),
    session: t.field({
      type: Session,
      nullable: true,
      complexity: 10,
      description: 'The session that it happened to, as it is now. Null if it is not kept any more.',
      resolve: ({ sessionId }, _args, { services }) => services.accounts.sessions.view(sessionId),
    }),
  }),
  resolveType: ({ type }) => TYPES[type],
})

const SessionRevoked = builder.objectRef<RevokedEvent>('SessionRevoked').implement({
  description: 'A session ended.',
  interfaces: [SessionEvent],
  fields: (t) => ({
    reason: t.field({ type: SessionEndReason, description: 'Why.', resolve: ({ reason }) => reason }),
    actor: t.field({ type: Actor, description: 'Who ended it.', resolve: ({ actor }) => actor }),
    message: t.string({
      description: 'Why, in one plain sentence that a page can show.',
      resolve: ({ reason }) => SESSION_END_MESSAGES[reason],
    }),
    replacedBy: t.id({
      nullable: true,
      description:
        'The successor. Null unless the reason is REPLACED, and unless the connection is of the successor itself.',
      resolve: ({ replacedById }, _args, { viewer }) =>
        replacedById !== null && viewer?.session.id === replacedById
          ? encodeGlobalId('Session', replacedById)
          : null,
    }),
  }),
})

builder.objectRef<SessionEventEntity>('SessionStarted').implement({
  description: 'A session was started, by signing in or by a reverification.',
  interfaces: [SessionEvent],
})

builder.objectRef<ChangedEvent>('SessionChanged').implement({
  description:
    'What is shown of a session changed, and the session goes on. Not that it is used: that would be with every request.',
  interfaces: [SessionEvent],
  fields: (t) => ({
    changes: t.field({
      type: [SessionChange],
      description: 'What changed.',
      resolve: ({ changes }) => [...changes],
    }),
  }),
})

builder.objectRef<FlaggedEvent>('SessionFlagged').implement({
  description:
    'Something unusual was noticed in a session. If it ends for that, its SessionRevoked comes behind this.',
  interfaces: [SessionEvent],
  fields: (t) => ({
    anomaly: t.field({
      type: Anomaly,
      complexity: 10,
      description: 'What was noticed.',
      // where it came from stands in the session alone, which forgets it in time
      resolve: async ({ sessionId, anomaly }, _args, { services }) => {
        const session = await services.accounts.sessions.view(sessionId)
        const noticed = session?.anomalies.find(
          ({ kind, occurredAt }) =>
            kind === anomaly.kind && occurredAt.getTime() === anomaly.occurredAt.getTime(),
        )
        return { ...anomaly, network: noticed?.network ?? null }
      },
    }),
  }),
})

async function follow(
  context: Context,
  { scope, after }: { scope: typeof RevocationScope.$inferType; after?: string | null | undefined },
  { revokedOnly }: { revokedOnly: boolean },
): Promise<EventStream> {
  // the connection may be older than what its user is now
  if (scope === 'ALL' && context.viewer) requireAdministrator(context)
  const connection = await context.connect()
  return connection.subscribe({ scope: scopeFor(context, scope), revokedOnly, after: after ?? null })
}

/** A connection whose session is over, and that has yet to hear of it, hears of that, and no more of anybody else. */
function scopeFor({ viewer }: Context, scope: typeof RevocationScope.$inferType): Subscription['scope'] {
  if (scope === 'MY_SESSIONS') return 'USER'
  return viewer ? scope : 'THIS_SESSION'
}

builder.subscriptionFields((t) => ({
  sessionRevoked: t.field({
    type: SessionRevoked,
    description:
      'Tells when sessions end, at the moment that they do. After the end of its own session a connection is closed. Needs a live session.',
    args: {
      scope: t.arg({
        type: RevocationScope,
        required: true,
        defaultValue: 'THIS_SESSION',
        description: 'Whose revocations to hear of.',
      }),
      after: t.arg({
        type: 'EventCursor',
        description:
          'The cursor of the last event received, to be told what was missed since. Null to begin now.',
      }),
    },
    subscribe: async (_root, args, context) => follow(context, args, { revokedOnly: true }),
    resolve: (event) => event as RevokedEvent,
  }),
  sessionEvents: t.field({
    type: SessionEvent,
    description:
      "Tells everything that happens to sessions, as they are started, changed, flagged and revoked: the viewer's, or everyone's. After the end of its own session a connection is closed. Needs a live session.",
    args: {
      scope: t.arg({
        type: RevocationScope,
        required: true,
        defaultValue: 'MY_SESSIONS',
        description: 'Whose sessions to hear of.',
      }),
      after: t.arg({
        type: 'EventCursor',
        description:
          'The cursor of the last event received, to be told what was missed since. Null to begin now.',
      }),
    },
    subscribe: async (_root, args, context) => follow(context, args, { revokedOnly: false }),
    resolve: (event) => event,
  }),
}))

builder.queryField('eventCursor', (t) =>
  t.field({
    type: 'EventCursor',
    nullable: true,
    description:
      'The present end of the event log. Read it before or with the state that you load, and subscribe with it as `after`: nothing is missed in between. Null if no live session came with the request.',
    resolve: (_root, _args, { viewer, services }) => (viewer ? services.log.currentCursor() : null),
  }),
)
