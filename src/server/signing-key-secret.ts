import { UnopenableKeys } from '../tokens/unopenable-keys.ts'
import { StartupError } from './data-folder.ts'

/** What is wrong, and how to put it right. */
export const OTHER_SECRET =
  'CURFEW_SECRET: the signing keys in the database are sealed under another secret (one made at a first start is in the file `secret` of the data folder); set CURFEW_SECRET to that one, or, to change it, give that one as CURFEW_SECRET_PREVIOUS beside the new one.'

/**
 * What the work gives.
 * @throws StartupError instead of UnopenableKeys: it is the settings that are wrong
 */
export async function explainUnopenableKeys<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw error instanceof UnopenableKeys ? new StartupError(OTHER_SECRET) : error
  }
}
