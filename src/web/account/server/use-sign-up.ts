import { useQuery } from '@tanstack/react-query'
import { SignUpIsOpenDocument } from '../generated/operations.ts'
import { ask } from './session.ts'

/**
 * Whether anybody may make an account here; null until the server has said. Where it cannot be asked, the form is offered: the
 * server has the last word.
 */
export function useSignUpIsOpen(): boolean | null {
  const { data, failureCount, isError } = useQuery({
    queryKey: ['sign-up'],
    queryFn: () => ask(SignUpIsOpenDocument, {}),
  })
  if (data) return data.signUpIsOpen
  return failureCount > 0 || isError ? true : null
}
