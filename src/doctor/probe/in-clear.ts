import { ProbeFailure } from './client.ts'

/** Names that browsers trust without TLS: this machine. */
export function isThisMachine({ hostname }: URL): boolean {
  return /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname)
}

/** @throws ProbeFailure if a password or session would travel where others can read it */
export function refuseToSendInClear(url: URL): void {
  if (url.protocol === 'https:' || isThisMachine(url)) return
  throw new ProbeFailure(
    `${url.origin} is not encrypted, and neither a password nor a session is sent there: give its https address.`,
  )
}
