import type { Device as DeviceEntity } from '../devices/device.ts'
import type { Location as LocationEntity } from '../devices/place.ts'
import { endsAt } from '../sessions/lifetime.ts'
import { MOST_PLACES } from '../sessions/places.ts'
import type { Anomaly as AnomalyEntity, SeenPlace } from '../sessions/session.ts'
import { findUser } from '../users/users.ts'
import { builder } from './builder.ts'
import { AnomalyKind, DeviceKind, Factor, SessionEndReason, SessionState } from './enums.ts'
import { Session } from './session-ref.ts'
import { User } from './users.ts'

const Device = builder.objectRef<DeviceEntity>('Device').implement({
  description: 'What a session was started on, so that a person recognises it.',
  fields: (t) => ({
    label: t.exposeString('label', { description: 'What to show: "Firefox on macOS".' }),
    kind: t.field({
      type: DeviceKind,
      description: 'What sort of device it is.',
      resolve: ({ kind }) => kind,
    }),
    browser: t.exposeString('browser', {
      nullable: true,
      description: 'The browser or app. Null if unknown.',
    }),
    system: t.exposeString('system', {
      nullable: true,
      description: 'The operating system. Null if unknown.',
    }),
  }),
})

const Location = builder.objectRef<LocationEntity>('Location').implement({
  description: 'Where a network is, roughly.',
  fields: (t) => ({
    countryCode: t.exposeString('countryCode', {
      description: 'The country, as two letters of ISO 3166-1: "DE".',
    }),
    city: t.exposeString('city', { nullable: true, description: 'The city. Null if unknown.' }),
  }),
})

const SessionPlace = builder.objectRef<SeenPlace>('SessionPlace').implement({
  description: 'Somewhere that a session was used from.',
  fields: (t) => ({
    network: t.exposeString('network', {
      nullable: true,
      description: 'The network, truncated. Null if unknown or not kept.',
    }),
    location: t.expose('location', {
      type: Location,
      nullable: true,
      description: 'Where that is. Null if unknown or not kept.',
    }),
    firstSeenAt: t.expose('firstSeenAt', {
      type: 'DateTime',
      description: 'When the session was used from there first.',
    }),
    lastSeenAt: t.expose('lastSeenAt', {
      type: 'DateTime',
      description: 'When it was used from there last, to the accuracy of the touch interval.',
    }),
  }),
})

/** Something that was noticed in a session. */
export const Anomaly = builder.objectRef<AnomalyEntity>('Anomaly').implement({
  description: "Something that an honest person's session does not show.",
  fields: (t) => ({
    kind: t.field({ type: AnomalyKind, description: 'What it was.', resolve: ({ kind }) => kind }),
    occurredAt: t.expose('occurredAt', { type: 'DateTime', description: 'When it was noticed.' }),
    network: t.exposeString('network', {
      nullable: true,
      description: 'The network that it came from, truncated. Null if unknown.',
    }),
  }),
})

Session.implement({
  description: 'One sign-in of one user on one device. Seen by the user and by administrators.',
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'lineageId' in value,
  fields: (t) => ({
    user: t.field({
      type: User,
      description: 'Whose session it is.',
      resolve: async ({ userId, owner }, _args, { viewer, services }) => {
        if (owner) return owner
        if (viewer?.user.id === userId) return viewer.user
        const user = await findUser(services.accounts.database.queries, userId)
        if (!user) throw new Error('a session has no user')
        return user
      },
    }),
    isCurrent: t.boolean({
      description: 'Whether it is the session of this request.',
      resolve: ({ id }, _args, { viewer }) => viewer?.session.id === id,
    }),
    state: t.field({
      type: SessionState,
      description: 'Whether it can still be used.',
      resolve: ({ endedAt }) => (endedAt ? 'ENDED' : 'ACTIVE'),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was started.' }),
    lastActiveAt: t.expose('lastActiveAt', {
      type: 'DateTime',
      description: 'When the person last used it, to the accuracy of the touch interval.',
    }),
    verifiedAt: t.expose('verifiedAt', {
      type: 'DateTime',
      description: 'The last time that a factor was presented.',
    }),
    idleExpiresAt: t.field({
      type: 'DateTime',
      description:
        'When it ends if nobody uses it from now on: at the earlier of the idle and the absolute limit.',
      resolve: (session, _args, { services }) => endsAt(session, services.accounts.sessions.policy),
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      description: 'The absolute limit, which never moves.',
    }),
    endedAt: t.expose('endedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it ended. Null if it is active.',
    }),
    endReason: t.field({
      type: SessionEndReason,
      nullable: true,
      description: 'Why it ended. Null if it is active.',
      resolve: ({ endReason }) => endReason,
    }),
    device: t.expose('device', { type: Device, description: 'What it was started on.' }),
    network: t.exposeString('network', {
      nullable: true,
      description:
        'The network it was started from, truncated: "203.0.113.0/24". Null if unknown or not kept.',
    }),
    location: t.expose('location', {
      type: Location,
      nullable: true,
      description: 'Where it was started. Null if unknown or not kept.',
    }),
    places: t.field({
      type: [SessionPlace],
      description: `Where it was used from since it was started, the latest first, at most ${MOST_PLACES}. A reverification continues them. Empty if that is not kept.`,
      resolve: ({ places }) => [...places],
    }),
    factors: t.field({
      type: [Factor],
      description: 'What the person proved who they are with.',
      resolve: ({ factors }) => [...factors],
    }),
    anomalies: t.field({
      type: [Anomaly],
      description: 'What was noticed in it, the oldest first.',
      resolve: ({ anomalies }) => [...anomalies],
    }),
    replaces: t.field({
      type: Session,
      complexity: 10,
      nullable: true,
      description:
        'The session that this one continues after a reverification. Null if it was started by signing in.',
      resolve: ({ replacesId }, _args, { services }) =>
        replacesId === null ? null : services.accounts.sessions.view(replacesId),
    }),
  }),
})

builder.queryField('currentSession', (t) =>
  t.field({
    type: Session,
    nullable: true,
    description: 'The session of this request. Null if no live session came with it.',
    resolve: (_root, _args, { viewer }) => viewer?.session ?? null,
  }),
)
