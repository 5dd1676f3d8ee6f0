import { CloseButton, Title } from '@mantine/core'
import { type ReactNode, useEffect, useId, useLayoutEffect, useRef } from 'react'
import styles from './dialog.module.css'

/**
 * A question that has to be answered first. The browser's own: it keeps the focus inside, hides the page from screen readers
 * meanwhile, closes on Escape, and gives the focus back to where it was.
 * @param props.role `alertdialog` for what cannot be undone
 * @param props.busy what was asked for is under way: nothing closes it, since closing would not call it off
 * @param props.describedBy the id of what an `alertdialog` says beside its title
 */
export function Dialog({
  title,
  closeLabel,
  role = 'dialog',
  busy = false,
  describedBy,
  onClose,
  children,
}: {
  title: string
  closeLabel: string
  role?: 'dialog' | 'alertdialog'
  busy?: boolean
  describedBy?: string
  onClose: () => void
  children: ReactNode
}) {
  const dialog = useRef<HTMLDialogElement>(null)
  const heading = useId()
  // before the element goes: the browser gives the focus back only from one that is closed
  useLayoutEffect(() => {
    const element = dialog.current
    if (!element) return
    element.showModal()
    element.querySelector<HTMLElement>('[data-autofocus]')?.focus()
    return () => element.close()
  }, [])
  const latest = useRef({ onClose, busy })
  useEffect(() => {
    latest.current = { onClose, busy }
  })
  useEffect(() => {
    const element = dialog.current
    if (!element) return
    // Escape pressed twice, or a phone's gesture, closes it without asking
    const closed = () => {
      // what has gone from the page is told of too
      if (element.open || !element.isConnected) return
      if (latest.current.busy) element.showModal()
      else latest.current.onClose()
    }
    element.addEventListener('close', closed)
    return () => element.removeEventListener('close', closed)
  }, [])
  useEffect(() => {
    if (!busy) return
    // wherever the focus is: a button that is under way cannot have it
    const stay = (event: KeyboardEvent) => {
      if (event.key === 'Escape') event.preventDefault()
    }
    window.addEventListener('keydown', stay, true)
    return () => window.removeEventListener('keydown', stay, true)
  }, [busy])
  return (
    <dialog
      ref={dialog}
      role={role}
      aria-labelledby={heading}
      aria-describedby={describedBy}
      className={styles['dialog']}
      onCancel={(event) => {
        event.preventDefault()
        if (!busy) onClose()
      }}
    >
      <div className={styles['header']}>
        <Title order={2} size="h3" id={heading}>
          {title}
        </Title>
        <CloseButton aria-label={closeLabel} disabled={busy} onClick={onClose} className={styles['close']} />
      </div>
      {children}
    </dialog>
  )
}
