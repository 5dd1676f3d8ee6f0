import { Title } from '@mantine/core'
import { type ReactNode, useEffect, useRef } from 'react'
import { useLocation } from 'react-router'
import { texts } from '../texts.ts'
import styles from './frame.module.css'

/** The heading of a page: names it in the window, too, and has the focus when somebody comes to it, so that it is read out. */
export function PageTitle({
  children,
  shown = children,
  aside,
}: {
  children: string
  /** How it is written, if not as plain text. */
  shown?: ReactNode
  aside?: ReactNode
}) {
  const heading = useRef<HTMLHeadingElement>(null)
  const { key } = useLocation()
  const isFirst = useRef(key === 'default')
  useEffect(() => {
    document.title = texts.pageTitle(children)
  }, [children])
  useEffect(() => {
    if (!isFirst.current) heading.current?.focus({ preventScroll: true })
  }, [])
  return (
    <div className={styles['title']}>
      <Title ref={heading} order={1} tabIndex={-1} className={styles['heading']}>
        {shown}
      </Title>
      {aside}
    </div>
  )
}

/** Where the focus goes once something was done, and the button that did it is gone with it. */
export function focusTitle(): void {
  document.querySelector<HTMLElement>('h1[tabindex="-1"]')?.focus({ preventScroll: true })
}
