import { CloseButton, Paper, Text, VisuallyHidden } from '@mantine/core'
import { IconAlertTriangle, IconCircleCheck, IconInfoCircle } from '@tabler/icons-react'
import { createContext, type ReactNode, useCallback, useContext, useMemo, useRef, useState } from 'react'
import styles from './announcements.module.css'
import { after } from './clock.ts'

/** How long a message stays (milliseconds). */
const STAYS = 9_000

/** The most that show at once; the oldest goes for the next. */
const MOST = 3

export type Tone = 'done' | 'news' | 'warning'

interface Announcement {
  readonly id: number
  readonly tone: Tone
  readonly message: string
}

type Announce = (message: string, tone?: Tone) => void

const Announcing = createContext<Announce>(() => {})

/** How a component says what has just happened: shown for a while, and read out by screen readers. */
export function useAnnounce(): Announce {
  return useContext(Announcing)
}

const ICONS = { done: IconCircleCheck, news: IconInfoCircle, warning: IconAlertTriangle }

/** Shows what is announced below it. It says nothing that is not also on the page: who misses it, misses nothing. */
export function Announcements({
  label,
  dismissLabel,
  children,
}: {
  label: string
  dismissLabel: string
  children: ReactNode
}) {
  const [shown, setShown] = useState<readonly Announcement[]>([])
  const next = useRef(0)
  const dismiss = useCallback((id: number) => setShown((all) => all.filter((each) => each.id !== id)), [])
  const announce = useMemo<Announce>(
    () =>
      (message, tone = 'done') => {
        const id = ++next.current
        // two ways of hearing of one thing are one message
        setShown((all) =>
          all.some((each) => each.message === message)
            ? all
            : [...all.slice(1 - MOST), { id, tone, message }],
        )
        after(STAYS, () => dismiss(id))
      },
    [dismiss],
  )
  return (
    <Announcing value={announce}>
      {children}
      {/* there from the beginning: a live region that comes together with its text is not read out */}
      <section aria-label={label} className={styles['region']}>
        <VisuallyHidden role="status">{shown.at(-1)?.message}</VisuallyHidden>
        {shown.map(({ id, tone, message }) => {
          const Icon = ICONS[tone]
          return (
            <Paper key={id} shadow="lg" radius="md" className={styles['message']} data-tone={tone}>
              <Icon size={20} aria-hidden className={styles['icon']} />
              <Text size="sm" className={styles['text']}>
                {message}
              </Text>
              <CloseButton size="sm" aria-label={dismissLabel} onClick={() => dismiss(id)} />
            </Paper>
          )
        })}
      </section>
    </Announcing>
  )
}
