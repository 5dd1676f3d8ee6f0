import { useSyncExternalStore } from 'react'

/** The parts of the page of somebody who is signed in, as the address names them: `/#history`. */
export const SECTIONS = ['devices', 'history', 'settings'] as const
export type Section = (typeof SECTIONS)[number]

/** The address of the form for a new account. */
export const SIGN_UP = '#sign-up'

/** What stands behind the `#` of the address, which the browser's own history keeps. */
export function useFragment(): string {
  return useSyncExternalStore(followAddress, () => location.hash)
}

/** The part that is open: the first one where the address names none of them. */
export function sectionOf(fragment: string): Section {
  return SECTIONS.find((section) => fragment === `#${section}`) ?? 'devices'
}

function followAddress(changed: () => void): () => void {
  window.addEventListener('hashchange', changed)
  return () => window.removeEventListener('hashchange', changed)
}
