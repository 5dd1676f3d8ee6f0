import { CloseButton, Title } from '@mantine/core'
import { type ReactNode, useEffect, useId, useLayoutEffect, useRef } from 'react'
import styles from './dialog.module.css'

/**
 * A question that has to be answered first. The browser's own: it keeps the focus inside, hides the page from screen readers
 * meanwhile, closes on Escape, and gives the focus back to where it was.
 * @param role `alertdialog` for what cannot be undone
 */
export function Dialog({
  title,
  closeLabel,
  role = 'dialog',
  onClose,
  children,
}: {
  title: string
  closeLabel: string
  role?: 'dialog' | 'alertdialog'
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
  const close = useRef(onClose)
  useEffect(() => {
    close.current = onClose
  })
  useEffect(() => {
    const element = dialog.current
    if (!element) return
    // Escape pressed twice closes it without asking
    const closed = () => {
      if (!element.open) close.current()
    }
    element.addEventListener('close', closed)
    return () => element.removeEventListener('close', closed)
  }, [])
  return (
    <dialog
      ref={dialog}
      role={role}
      aria-labelledby={heading}
      className={styles['dialog']}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
    >
      <div className={styles['header']}>
        <Title order={2} size="h3" id={heading}>
          {title}
        </Title>
        <CloseButton aria-label={closeLabel} onClick={onClose} className={styles['close']} />
      </div>
      {children}
    </dialog>
  )
}
