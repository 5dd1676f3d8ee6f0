import { Text } from '@mantine/core'
import styles from './brand.module.css'

/** The sign of the product, and its name. */
export function Brand({ name, size = 28 }: { name: string; size?: number }) {
  return (
    <span className={styles['brand']}>
      <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
        <rect width="32" height="32" rx="8" fill="#3b3fd8" />
        <path
          d="M21.6 19.2A8 8 0 0 1 12.8 10.4a.6.6 0 0 0-.9-.6 8 8 0 1 0 10.3 10.3.6.6 0 0 0-.6-.9Z"
          fill="#fff"
        />
      </svg>
      <Text span fw={650} fz={size * 0.66} lh={1} className={styles['name']}>
        {name}
      </Text>
    </span>
  )
}
