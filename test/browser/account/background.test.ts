import { setTimeout } from 'node:timers/promises'
import { InfiniteQueryObserver } from '@tanstack/react-query'
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { SessionRequestError } from '../../../src/client/errors.ts'
import { bringUpToDate, isUnasked, queries, tryAgain } from '../../../src/web/account/server/query-client.ts'

const QUERY_KEY = ['sessions', 'somebody', 'live']

describe('a list of two pages', () => {
  /** Of each read, whether it was in the background. */
  let reads: boolean[] = []
  /** How many of the next reads come to nothing. */
  let failures = 0

  beforeEach(() => {
    reads = []
    failures = 0
    look('visible')
    return () => {
      vi.unstubAllGlobals()
      queries.clear()
    }
  })

  function look(visibilityState: DocumentVisibilityState): void {
    vi.stubGlobal('document', { visibilityState })
  }

  async function show() {
    const observer = new InfiniteQueryObserver(queries, {
      queryKey: QUERY_KEY,
      queryFn: async ({ pageParam }) => {
        reads.push(isUnasked(QUERY_KEY))
        // an answer takes its time
        await setTimeout(20)
        if (failures-- > 0) throw new SessionRequestError('NO_ANSWER', 'The server did not answer.')
        return pageParam
      },
      initialPageParam: 0,
      getNextPageParam: (page: number) => (page === 0 ? 1 : null),
    })
    onTestFinished(observer.subscribe(() => {}))
    return observer
  }

  async function showBoth() {
    const observer = await show()
    await expect.poll(() => observer.getCurrentResult().data?.pages).toEqual([0])
    await observer.fetchNextPage()
    expect(reads).toEqual([false, false])
    reads = []
    return observer
  }

  test('is read in the background, page by page, when something happened, and not when somebody asks', async () => {
    const observer = await showBoth()
    await bringUpToDate()
    expect(reads).toEqual([true, true])
    await observer.refetch()
    expect(reads).toEqual([true, true, false, false])
  })

  test('is read in the background to the end, however much happens meanwhile', async () => {
    const observer = await showBoth()
    const first = bringUpToDate()
    await expect.poll(() => reads.length).toBe(1)
    // calls the first one off, and begins again
    await Promise.all([first, bringUpToDate()])
    expect(reads.at(-1)).toBe(true)
    expect(reads).not.toContain(false)
    reads = []
    await observer.refetch()
    expect(reads).toEqual([false, false])
  })

  test('is tried again in the background, unless somebody asks for that', async () => {
    failures = 2
    const observer = await show()
    await expect.poll(() => observer.getCurrentResult().data?.pages).toEqual([0])
    expect(reads).toEqual([false, true, true])
    reads = []
    failures = 1_000
    void bringUpToDate()
    await expect.poll(() => reads.length).toBe(2)
    failures = 0
    await tryAgain(QUERY_KEY, { asked: true })
    expect(reads).toEqual([true, true, false])
    await tryAgain(QUERY_KEY, { asked: false })
    expect(reads).toEqual([true, true, false, true])
  })

  test('is not read at all where nobody looks', async () => {
    await showBoth()
    look('hidden')
    await bringUpToDate()
    expect(reads).toEqual([])
  })
})
