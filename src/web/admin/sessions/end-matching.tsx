import { Alert, Anchor, Button, Group, List, Progress as ProgressBar, Stack, Text } from '@mantine/core'
import { type FormEvent, useEffect, useId, useRef, useState, useSyncExternalStore } from 'react'
import { Link } from 'react-router'
import { Dialog } from '../../shared/dialog.tsx'
import { SessionCountDocument } from '../generated/operations.ts'
import { Failing } from '../lists/failing.tsx'
import styles from '../lists/lists.module.css'
import { ReasonField } from '../lists/reason-field.tsx'
import { useParts } from '../parts.ts'
import { useQueryOf } from '../server/use-query-of.ts'
import { texts } from '../texts.ts'
import { Ending } from './ending.ts'
import { toFilterInput } from './filter-input.ts'
import { wordsOf } from './filter-words.ts'
import { fitsOnlyEnded, partsOf, type SessionFilter } from './session-filter.ts'

/** Ends all that fits the filter on the screen. The list is the preview. */
export function EndMatching({
  filter,
  search,
  userEmail,
  onDone,
}: {
  filter: SessionFilter
  search: string
  /** Of the user whom the filter names; null if it names none, or nobody knows. */
  userEmail: string | null
  onDone: () => void
}) {
  // as it was when it was asked for, whatever becomes of the page behind the question
  const [asked, setAsked] = useState<{ filter: SessionFilter; search: string } | null>(null)
  const hint = useId()
  const isUnfiltered = partsOf(filter).length === 0 && search === ''
  const obstacle = fitsOnlyEnded(filter)
    ? texts.matching.endedOnly
    : isUnfiltered
      ? texts.matching.needsFilter
      : null
  return (
    <div className={styles['endAll']}>
      {obstacle && (
        <span id={hint} className={styles['hint']}>
          {obstacle}
          {isUnfiltered && filter.state !== 'ENDED' && (
            <>
              {' '}
              <Anchor inherit underline="always" component={Link} to="/everyone">
                {texts.matching.toEveryone}
              </Anchor>
            </>
          )}
        </span>
      )}
      <Button
        variant="light"
        color="red"
        size="sm"
        // whoever comes to it by the keyboard hears why it is off
        {...(obstacle === null ? {} : { 'data-disabled': true, 'aria-describedby': hint })}
        aria-disabled={obstacle !== null}
        onClick={() => {
          if (obstacle === null) setAsked({ filter: { ...filter, state: 'ACTIVE' }, search })
        }}
      >
        {texts.matching.open}
      </Button>
      {asked && (
        <EndMatchingDialog
          {...asked}
          userEmail={userEmail}
          onClose={() => {
            setAsked(null)
            onDone()
          }}
        />
      )}
    </div>
  )
}

function EndMatchingDialog({
  filter,
  search,
  userEmail,
  onClose,
}: {
  filter: SessionFilter
  search: string
  userEmail: string | null
  onClose: () => void
}) {
  const { requests, writing } = useParts()
  const [ending, setEnding] = useState<Ending | null>(null)
  const input = toFilterInput(filter, search)
  const counted = useQueryOf('session count', SessionCountDocument, {
    filter: input,
    orderBy: 'CREATED_AT_DESC',
  })
  const count = counted.data?.sessions.count
  const words = wordsOf(filter, writing, userEmail)
  // what was begun goes on only as long as somebody can see and stop it
  useEffect(() => () => ending?.stop(), [ending])
  return (
    <Dialog
      title={texts.matching.title}
      closeLabel={texts.frame.close}
      role="alertdialog"
      // whoever closes it while it runs has it stopped first, and is told how far it came
      onClose={() => (isRunning(ending) ? ending?.stop() : onClose())}
    >
      {ending ? (
        <Run ending={ending} expected={count?.isExact ? count.value : null} onClose={onClose} />
      ) : (
        <Stack gap="md">
          <div role="status">
            {count && (
              <Text fw={600}>
                {count.value === 0
                  ? texts.matching.previewNone
                  : count.isExact
                    ? texts.matching.preview(count.value)
                    : texts.matching.previewAtLeast(count.value)}
              </Text>
            )}
            {!count && !counted.error && <Text c="dimmed">{texts.sessions.counting}</Text>}
          </div>
          {counted.error && !count ? (
            <Failing error={counted.error} onRetry={() => void counted.refetch()} />
          ) : (
            <>
              <div>
                <Text size="sm" fw={500}>
                  {texts.matching.filter}
                </Text>
                <List size="sm">
                  {search && <List.Item>{`${texts.sessions.search}: ${search}`}</List.Item>}
                  {words.map(({ key, text }) => (
                    <List.Item key={key}>{text}</List.Item>
                  ))}
                </List>
              </div>
              <Text size="sm" c="dimmed">
                {texts.matching.keepsYours}
              </Text>
              <Ask
                label={
                  count &&
                  (count.isExact
                    ? texts.matching.submit(count.value)
                    : texts.matching.submitAtLeast(count.value))
                }
                isPossible={count !== undefined && count.value > 0}
                onCancel={onClose}
                onSubmit={(reason) => {
                  const begun = new Ending(requests, { filter: input, reason })
                  setEnding(begun)
                  void begun.run()
                }}
              />
            </>
          )}
        </Stack>
      )}
    </Dialog>
  )
}

function isRunning(ending: Ending | null): boolean {
  return ending !== null && ['running', 'stopping'].includes(ending.progress.phase)
}

function Ask({
  label,
  isPossible,
  onSubmit,
  onCancel,
}: {
  label: string | undefined
  isPossible: boolean
  onSubmit: (reason: string) => void
  onCancel: () => void
}) {
  const [reason, setReason] = useState('')
  const [isMissing, setMissing] = useState(false)
  const field = useRef<HTMLInputElement>(null)
  const send = (event: FormEvent) => {
    event.preventDefault()
    setMissing(reason.trim() === '')
    if (reason.trim() === '') field.current?.focus()
    else if (isPossible) onSubmit(reason.trim())
  }
  return (
    <form noValidate onSubmit={send}>
      <Stack gap="md">
        <ReasonField
          ref={field}
          value={reason}
          isMissing={isMissing}
          onChange={(text) => {
            setReason(text)
            setMissing(false)
          }}
        />
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onCancel}>
            {texts.frame.cancel}
          </Button>
          <Button type="submit" color="red.9" disabled={!isPossible}>
            {label ?? texts.sessions.counting}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

/** What is going on, batch by batch, and what came of it. */
function Run({
  ending,
  expected,
  onClose,
}: {
  ending: Ending
  expected: number | null
  onClose: () => void
}) {
  const { phase, ended, failure } = useSyncExternalStore(ending.subscribe, () => ending.progress)
  const goesOn = isRunning(ending)
  const share = phase === 'done' ? 100 : expected ? Math.min(100, (100 * ended) / expected) : null
  return (
    <Stack gap="md">
      <ProgressBar
        value={share ?? 100}
        animated={goesOn}
        color={phase === 'failed' ? 'red' : phase === 'done' ? 'teal' : 'midnight'}
        aria-label={texts.matching.running}
      />
      <div role="status">
        {phase === 'running' && <Text fw={600}>{texts.matching.progress(ended)}</Text>}
        {phase === 'stopping' && <Text fw={600}>{texts.matching.stopping}</Text>}
        {phase === 'done' && <Text fw={600}>{texts.matching.done(ended)}</Text>}
        {phase === 'stopped' && <Text fw={600}>{texts.matching.stopped(ended)}</Text>}
      </div>
      {failure && (
        <Alert role="alert" variant="light" color="red">
          {failure.code === 'NO_ANSWER'
            ? texts.matching.broken(ended)
            : texts.matching.refused(ended, failure.message)}
        </Alert>
      )}
      <Group justify="flex-end" gap="sm">
        {goesOn ? (
          <Button
            ref={takeFocus}
            variant="default"
            {...(phase === 'stopping' ? { 'data-disabled': true } : {})}
            aria-disabled={phase === 'stopping'}
            onClick={() => ending.stop()}
          >
            {texts.matching.stop}
          </Button>
        ) : (
          <>
            {phase !== 'done' && (
              <Button variant="default" onClick={() => void ending.run()}>
                {texts.matching.again}
              </Button>
            )}
            <Button ref={takeFocus} onClick={onClose}>
              {texts.matching.close}
            </Button>
          </>
        )}
      </Group>
    </Stack>
  )
}

/** What had the focus is not there any more: it goes on to what takes its place. */
function takeFocus(element: HTMLElement | null): void {
  element?.focus()
}
