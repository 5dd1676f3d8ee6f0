import { Title } from '@mantine/core'
import { type ReactNode, useId } from 'react'
import styles from './lists.module.css'

/** Some facts under a heading. */
export function Facts({
  title,
  facts,
  children,
}: {
  title: string
  facts?: readonly (readonly [name: string, value: ReactNode])[]
  children?: ReactNode
}) {
  const heading = useId()
  return (
    <section aria-labelledby={heading} className={`${styles['panel']} ${styles['facts']}`}>
      <Title order={2} size="h5" id={heading} mb="sm">
        {title}
      </Title>
      {facts && (
        <dl className={styles['list']}>
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      {children}
    </section>
  )
}
