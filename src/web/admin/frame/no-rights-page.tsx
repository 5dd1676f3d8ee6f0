import { Button, Stack, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import type { SessionClient } from '../../../client/index.ts'
import { Refusal } from '../lists/refusal.tsx'
import { failureOf } from '../server/failures.ts'
import { makeQueryClient } from '../server/query-client.ts'
import { texts } from '../texts.ts'
import { Outside } from './outside.tsx'

const outside = makeQueryClient(() => false)

/** Somebody is signed in who is no administrator. */
export function NoRightsPage({ client, email }: { client: SessionClient; email: string }) {
  const leaving = useMutation({ mutationFn: () => client.signOut() }, outside)
  return (
    <Outside title={texts.noRights.title}>
      <Stack gap="md">
        <Text>{texts.noRights.detail(email)}</Text>
        <Button component="a" href="/">
          {texts.noRights.account}
        </Button>
        <Button variant="default" loading={leaving.isPending} onClick={() => leaving.mutate()}>
          {texts.noRights.signOut}
        </Button>
        <Refusal failure={leaving.error && failureOf(leaving.error, { isChange: true })} />
      </Stack>
    </Outside>
  )
}
