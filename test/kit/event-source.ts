/** One event of a stream, as it was sent. */
export interface ServerSentEvent {
  readonly event: string
  readonly data: string
}

/** A subscription over server-sent events, read word by word. */
export class EventSourceReader implements AsyncDisposable {
  readonly response: Response
  readonly #events: AsyncGenerator<ServerSentEvent, void, undefined>
  readonly #abort: AbortController

  private constructor(response: Response, abort: AbortController) {
    this.response = response
    this.#abort = abort
    this.#events = readEvents(response)
  }

  /** Subscribes; resolves when the server has answered with its headers. */
  static async open(
    url: string,
    cookie: string | null,
    query: string,
    variables: Record<string, unknown> = {},
    headers: Record<string, string> = {},
  ): Promise<EventSourceReader> {
    const abort = new AbortController()
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        Accept: 'text/event-stream',
        ...(cookie ? { Cookie: cookie } : {}),
        ...headers,
      },
      body: JSON.stringify({ query, variables }),
      signal: abort.signal,
    })
    return new EventSourceReader(response, abort)
  }

  /** The next event; null when the stream is over, however it ended. */
  async next(): Promise<ServerSentEvent | null> {
    try {
      const { value } = await this.#events.next()
      return value ?? null
    } catch {
      return null
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort()
    await this.next()
  }
}

async function* readEvents(response: Response): AsyncGenerator<ServerSentEvent, void, undefined> {
  let text = ''
  for await (const chunk of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
    text += chunk
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const event = /^event: ?(.*)$/m.exec(block)?.[1]
      if (event) yield { event, data: /^data: ?(.*)$/m.exec(block)?.[1] ?? '' }
    }
  }
}
