import { writingIn } from '../shared/dates.ts'
import { LANGUAGE, texts } from './texts.ts'

/** How this page writes moments and countries. */
export const writing = writingIn(LANGUAGE, navigator.languages, texts.justNow)
