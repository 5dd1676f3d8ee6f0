import { texts } from '../texts.ts'

/** An e-mail address, which breaks before its domain if it has to break; deleted accounts have none. */
export function Address({ of: { email } }: { of: { readonly email: string } }) {
  if (email === '') return texts.sessions.deleted
  const at = email.lastIndexOf('@')
  return (
    <>
      {email.slice(0, at)}
      <wbr />
      {email.slice(at)}
    </>
  )
}
