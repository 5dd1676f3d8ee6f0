import { ActionIcon, CopyButton, Tooltip } from '@mantine/core'
import { IconCheck, IconCopy } from '@tabler/icons-react'
import { texts } from '../texts.ts'
import styles from './lists.module.css'

/** An id, which somebody compares with a log or hands to the API. */
export function CopyableId({ id }: { id: string }) {
  return (
    <span className={styles['tags']}>
      <span className={styles['id']}>{id}</span>
      <CopyButton value={id}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? texts.session.copied : texts.session.copyId}>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="sm"
              aria-label={copied ? texts.session.copied : texts.session.copyId}
              onClick={copy}
            >
              {copied ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </span>
  )
}
