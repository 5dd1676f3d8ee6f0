import { Paper, Title } from '@mantine/core'
import { type ReactNode, useEffect } from 'react'
import { Brand } from '../../shared/brand.tsx'
import { SchemeToggle } from '../../shared/scheme-toggle.tsx'
import { texts } from '../texts.ts'
import styles from './outside.module.css'

/** What is shown to whoever is not in. */
export function Outside({ title, children }: { title: string; children: ReactNode }) {
  useEffect(() => {
    document.title = texts.pageTitle(title)
  }, [title])
  return (
    <div className={styles['page']}>
      <header className={styles['header']}>
        <Brand name={texts.product} />
        <SchemeToggle toDark={texts.frame.toDark} toLight={texts.frame.toLight} />
      </header>
      <main className={styles['main']}>
        <Paper className={styles['card']} radius="lg" shadow="sm">
          <Title order={1} size="h2" mb="xs">
            {title}
          </Title>
          {children}
        </Paper>
      </main>
    </div>
  )
}
