import type { ReactNode } from 'react'
import type { SessionShownFragment } from '../generated/operations.ts'
import { usePlaces } from '../server/use-places.ts'
import { texts } from '../texts.ts'
import { writing } from '../writing.ts'
import { Moment } from './moment.tsx'
import { placeOf, whereabouts } from './place.ts'
import styles from './session-facts.module.css'

const { facts, kinds, factors } = texts.devices

/** Everything that is known of a session, exactly. */
export function SessionFacts({ session }: { session: SessionShownFragment }) {
  const { device, network, endedAt } = session
  const places = usePlaces(session.id)
  return (
    <dl className={styles['facts']}>
      <Fact name={facts.kind}>{kinds[device.kind]}</Fact>
      <Fact name={facts.place}>{placeOf(session) ?? facts.unknown}</Fact>
      <Fact name={facts.network}>{network ?? facts.unknown}</Fact>
      {places.length > 1 && (
        <Fact name={facts.places}>
          {places.map((place) => (
            <div key={`${place.network} ${place.lastSeenAt}`}>
              <Moment at={place.lastSeenAt}>{whereabouts(place)}</Moment>
            </div>
          ))}
        </Fact>
      )}
      <Fact name={facts.factors}>{session.factors.map((factor) => factors[factor]).join(', ')}</Fact>
      <Fact name={facts.created}>{writing.exact(session.createdAt)}</Fact>
      <Fact name={facts.lastActive}>{writing.exact(session.lastActiveAt)}</Fact>
      <Fact name={facts.verified}>{writing.exact(session.verifiedAt)}</Fact>
      {endedAt === null && (
        <>
          <Fact name={facts.idle}>{writing.exact(session.idleExpiresAt)}</Fact>
          <Fact name={facts.expires}>{writing.exact(session.expiresAt)}</Fact>
        </>
      )}
    </dl>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className={styles['fact']}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}
