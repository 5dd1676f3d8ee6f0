import { Alert, Button, Checkbox, List, Text, TextInput } from '@mantine/core'
import { IconAlertOctagon } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { PageTitle } from '../frame/page-title.tsx'
import { RevokeEverySessionDocument } from '../generated/operations.ts'
import { ConfirmDialog } from '../lists/confirm-dialog.tsx'
import styles from '../lists/lists.module.css'
import { useParts } from '../parts.ts'
import { texts } from '../texts.ts'

/** Ends everyone's sessions, for whoever means it. */
export function EveryonePage() {
  const { writing } = useParts()
  const [isAsked, setAsked] = useState(false)
  const [endedAt, setEndedAt] = useState<string | null>(null)
  return (
    <>
      <PageTitle>{texts.everyone.title}</PageTitle>
      <div role="status">
        {endedAt && (
          <Alert variant="light" color="teal" mb="lg" title={texts.everyone.done(writing.clock(endedAt))}>
            {texts.everyone.doneDetail}
          </Alert>
        )}
      </div>
      <div className={`${styles['panel']} ${styles['facts']} ${styles['reading']}`}>
        <Text mb="md">{texts.everyone.lead}</Text>
        <List spacing="xs" mb="lg" icon={<IconAlertOctagon size={18} stroke={1.6} aria-hidden />}>
          {texts.everyone.effects.map((effect) => (
            <List.Item key={effect}>{effect}</List.Item>
          ))}
        </List>
        <Button color="red.9" onClick={() => setAsked(true)}>
          {texts.everyone.open}
        </Button>
      </div>
      {isAsked && <Ask onDone={setEndedAt} onClose={() => setAsked(false)} />}
    </>
  )
}

function Ask({ onDone, onClose }: { onDone: (endedAt: string) => void; onClose: () => void }) {
  const { requests } = useParts()
  const store = useQueryClient()
  const [phrase, setPhrase] = useState('')
  const [isWrong, setWrong] = useState(false)
  const [keepsCurrent, setKeepsCurrent] = useState(true)
  const field = useRef<HTMLInputElement>(null)
  return (
    <ConfirmDialog
      title={texts.everyone.dialogTitle}
      detail={texts.everyone.detail}
      submit={texts.everyone.submit}
      reason="required"
      canSubmit={() => {
        const isRight = phrase.trim().toLowerCase() === texts.everyone.phrase
        setWrong(!isRight)
        if (!isRight) field.current?.focus()
        return isRight
      }}
      onClose={onClose}
      perform={async (reason) => {
        const result = await requests.mutate(RevokeEverySessionDocument, {
          input: { reason, keepCurrent: keepsCurrent },
        })
        if (result.__typename !== 'RevokeEverySessionSuccess') return result
        onDone(result.endedAt)
        void store.invalidateQueries()
        return null
      }}
    >
      <TextInput
        ref={field}
        label={texts.everyone.type(texts.everyone.phrase)}
        autoComplete="off"
        spellCheck={false}
        value={phrase}
        error={isWrong && texts.everyone.mismatch(texts.everyone.phrase)}
        onChange={(event) => {
          setPhrase(event.currentTarget.value)
          setWrong(false)
        }}
      />
      <Checkbox
        label={texts.everyone.keep}
        checked={keepsCurrent}
        onChange={(event) => setKeepsCurrent(event.currentTarget.checked)}
      />
    </ConfirmDialog>
  )
}
