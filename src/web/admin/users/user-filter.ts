export const USER_STATES = ['ENABLED', 'DISABLED'] as const
export type UserState = (typeof USER_STATES)[number]

export const USER_SORTS = ['CREATED_AT_DESC', 'CREATED_AT_ASC', 'EMAIL_ASC', 'EMAIL_DESC'] as const
export type UserSort = (typeof USER_SORTS)[number]

/** What the address calls each order. */
const SORT_NAMES: Record<UserSort, string> = {
  CREATED_AT_DESC: 'created',
  CREATED_AT_ASC: 'created-up',
  EMAIL_ASC: 'email',
  EMAIL_DESC: 'email-down',
}

/** What of the list of users stands in the address: all but the search for an e-mail address. */
export interface UserAddress {
  readonly state: UserState | null
  readonly sort: UserSort
  /** The cursor that the page begins behind. */
  readonly after: string | null
}

/** Reads an address that anybody may have written: what it cannot mean is passed over. */
export function readUserAddress(parameters: URLSearchParams): UserAddress {
  const state = parameters.get('state')?.toUpperCase()
  const sort = parameters.get('sort')
  return {
    state: USER_STATES.find((each) => each === state) ?? null,
    sort: USER_SORTS.find((each) => SORT_NAMES[each] === sort) ?? 'CREATED_AT_DESC',
    after: parameters.get('after') || null,
  }
}

/** Writes the address, always in the same order, and only what it says. */
export function writeUserAddress({ state, sort, after }: UserAddress): URLSearchParams {
  const parameters = new URLSearchParams()
  if (state) parameters.set('state', state.toLowerCase())
  if (sort !== 'CREATED_AT_DESC') parameters.set('sort', SORT_NAMES[sort])
  if (after !== null) parameters.set('after', after)
  return parameters
}
