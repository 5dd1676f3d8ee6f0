import { Button } from '@mantine/core'
import { failureOf, isPassing } from '../server/failures.ts'
import { texts } from '../texts.ts'
import styles from './lists.module.css'
import { Nothing } from './nothing.tsx'

/** Codes after which the person is asked for a factor when they try again. */
const UNVERIFIED: readonly string[] = ['VERIFICATION_REQUIRED', 'VERIFICATION_CANCELLED']

/** Nothing could be read, and what can be done about it. */
export function Failing({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const { code, message } = failureOf(error)
  const isUnverified = UNVERIFIED.includes(code)
  return (
    <div role="alert">
      <Nothing title={titleOf(code)} detail={message}>
        {isPassing(error) && <p className={styles['note']}>{texts.failures.networkDetail}</p>}
        {code !== 'FORBIDDEN' && (
          <Button variant="light" onClick={onRetry}>
            {isUnverified ? texts.failures.confirm : texts.failures.retry}
          </Button>
        )}
      </Nothing>
    </div>
  )
}

/** What is shown is from before, and why. */
export function Outdated({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const { code } = failureOf(error)
  const isUnverified = UNVERIFIED.includes(code)
  return (
    <div role="status" className={styles['outdated']}>
      <span>{isUnverified ? texts.failures.staleFigures : texts.failures.outdated}</span>
      <Button size="compact-sm" variant="default" onClick={onRetry}>
        {isUnverified ? texts.failures.confirm : texts.failures.retry}
      </Button>
    </div>
  )
}

function titleOf(code: string): string {
  if (code === 'FORBIDDEN') return texts.failures.forbiddenTitle
  return UNVERIFIED.includes(code) ? texts.failures.cancelledTitle : texts.failures.title
}
