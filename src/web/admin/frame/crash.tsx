import { Button, Stack, Text } from '@mantine/core'
import { texts } from '../texts.ts'
import { Outside } from './outside.tsx'

/** The page has a fault: better said than left blank. */
export function Crash() {
  return (
    <Outside title={texts.failures.title}>
      <Stack gap="md">
        <Text>{texts.frame.crashed}</Text>
        <Button component="a" href="/admin">
          {texts.frame.reload}
        </Button>
      </Stack>
    </Outside>
  )
}
