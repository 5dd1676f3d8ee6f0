import { Button } from '@mantine/core'
import { texts } from '../texts.ts'
import { Nothing } from './nothing.tsx'

/** A page of a list on which nothing is left: what was there has ended, gone, or moved to an earlier page. */
export function LeftBehind({ onFirst }: { onFirst: () => void }) {
  return (
    <Nothing title={texts.sessions.emptyPage} detail={texts.sessions.emptyPageDetail}>
      <Button variant="light" onClick={onFirst}>
        {texts.sessions.first}
      </Button>
    </Nothing>
  )
}
