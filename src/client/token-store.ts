/** The tokens of the TOKEN transport, as this browser keeps them. */
export interface HeldTokens {
  readonly sessionId: string
  readonly accessToken: string
  readonly refreshToken: string
  /** By the clock of this machine (milliseconds since 1970): that of the server may differ by hours. */
  readonly receivedAt: number
  /** How long the access token is good for (milliseconds). */
  readonly lifetime: number
}

/** Where all tabs find the tokens. */
export interface TokenStore {
  read(): Promise<HeldTokens | null>
  /** Stores only if what is held is still what the caller knows: another tab may have been quicker. False if not. */
  replace(expected: HeldTokens | null, next: HeldTokens | null): Promise<boolean>
}

/** In this page alone: nothing is left behind, and a reload signs out. */
export function memoryTokenStore(): TokenStore {
  let held: HeldTokens | null = null
  return {
    read: async () => held,
    replace: async (expected, next) => {
      if (held?.refreshToken !== expected?.refreshToken) return false
      held = next
      return true
    },
  }
}

const STORE = 'tokens'

/** In IndexedDB: its transactions decide between tabs, also between one that was stuck and the one that took its turn. */
export function indexedTokenStore(key: string): TokenStore {
  let opened: Promise<IDBDatabase> | null = null

  function open(): Promise<IDBDatabase> {
    opened ??= new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open('curfew', 1)
      request.onupgradeneeded = () => request.result.createObjectStore(STORE)
      request.onsuccess = () => {
        const database = request.result
        database.onclose = () => {
          opened = null
        }
        database.onversionchange = () => {
          opened = null
          database.close()
        }
        resolve(database)
      }
      request.onerror = () => reject(request.error)
    }).catch((error: unknown) => {
      opened = null
      throw error
    })
    return opened
  }

  /** One transaction: reads, and writes what the caller makes of it. `undefined` writes nothing. */
  async function transact(
    mode: IDBTransactionMode,
    decide: (held: HeldTokens | null) => HeldTokens | null | undefined,
  ): Promise<HeldTokens | null> {
    const database = await open()
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode, { durability: 'strict' })
      const tokens = transaction.objectStore(STORE)
      const request = tokens.get(key) as IDBRequest<HeldTokens | undefined>
      request.onsuccess = () => {
        const next = decide(request.result ?? null)
        if (next) tokens.put(next, key)
        else if (next === null) tokens.delete(key)
      }
      transaction.oncomplete = () => resolve(request.result ?? null)
      transaction.onabort = () => reject(transaction.error)
    })
  }

  return {
    read: () => transact('readonly', () => undefined),
    replace: async (expected, next) => {
      let fits = false
      await transact('readwrite', (held) => {
        fits = held?.refreshToken === expected?.refreshToken
        return fits ? next : undefined
      })
      return fits
    },
  }
}

/** How long an access token is good for, by what it says of itself (milliseconds). */
export function lifetimeOf(accessToken: string): number {
  try {
    const payload = accessToken.split('.')[1] ?? ''
    const { iat, exp } = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) as {
      iat: number
      exp: number
    }
    return Math.max(0, (exp - iat) * 1_000) || 0
  } catch {
    return 0
  }
}
