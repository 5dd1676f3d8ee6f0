import { Button, Group } from '@mantine/core'
import { IconChevronLeft, IconChevronRight, IconChevronsLeft } from '@tabler/icons-react'
import { useNavigate } from 'react-router'
import { texts } from '../texts.ts'
import styles from './lists.module.css'

/** The way through the pages of a list. Back is where one came from: the history knows, and the server need not. */
export function Pages({
  page,
  endCursor,
  hasNext,
  onTurn,
}: {
  page: number | null
  endCursor: string | null
  hasNext: boolean
  onTurn: (after: string | null) => void
}) {
  const navigate = useNavigate()
  if (page === 1 && !hasNext) return null
  return (
    <nav className={styles['pages']} aria-label={texts.sessions.pages}>
      <p>{page !== null && texts.sessions.page(page)}</p>
      <Group gap="xs">
        {page !== 1 && (
          <Button
            variant="default"
            size="sm"
            leftSection={<IconChevronsLeft size={16} aria-hidden />}
            onClick={() => onTurn(null)}
          >
            {texts.sessions.first}
          </Button>
        )}
        {page !== null && page > 1 && (
          <Button
            variant="default"
            size="sm"
            leftSection={<IconChevronLeft size={16} aria-hidden />}
            onClick={() => void navigate(-1)}
          >
            {texts.sessions.previous}
          </Button>
        )}
        <Button
          variant="default"
          size="sm"
          disabled={!hasNext}
          rightSection={<IconChevronRight size={16} aria-hidden />}
          onClick={() => onTurn(endCursor)}
        >
          {texts.sessions.next}
        </Button>
      </Group>
    </nav>
  )
}
