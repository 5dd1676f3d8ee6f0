import { Skeleton } from '@mantine/core'
import { useEffect, useState } from 'react'
import { Brand } from '../../shared/brand.tsx'
import { after } from '../../shared/clock.ts'
import frame from '../frame/signed-in-page.module.css'
import { texts } from '../texts.ts'
import { Failing } from './failing.tsx'
import { ListSkeleton } from './skeletons.tsx'
import styles from './states.module.css'

/** A server that has not answered by then is away, as far as a person is concerned (milliseconds). */
const PATIENCE = 4_000

/** Until it is known who is signed in. */
export function Opening() {
  const [late, setLate] = useState(false)
  useEffect(() => after(PATIENCE, () => setLate(true)), [])
  return (
    <div className={frame['page']}>
      {/* whoever is not signed in sees a form next, and no trace of this before */}
      <header className={`${frame['header']} ${styles['late']}`}>
        <div className={frame['bar']}>
          <Brand name={texts.product} />
        </div>
      </header>
      <main className={frame['content']}>
        {late ? (
          <Failing failure={null} onRetry={() => location.reload()} />
        ) : (
          <>
            <Skeleton height={30} width="min(20rem, 70%)" mb="lg" className={styles['late'] ?? ''} />
            <ListSkeleton />
          </>
        )}
      </main>
    </div>
  )
}
