import { Agent, request } from 'node:http'

/** One request, again and again. */
export interface Job {
  readonly url: string
  readonly cookie: string
  readonly body: string
  /** Whether an answer is right: a wrong one is no result. */
  readonly isRight: (body: string) => boolean
}

/**
 * Sends the job over so many keep-alive connections until the time is up.
 * @returns how many right answers came, and how long it took (milliseconds)
 */
export async function load(
  job: Job,
  { connections, milliseconds }: { connections: number; milliseconds: number },
) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const start = performance.now()
  let answers = 0
  const worker = async (): Promise<void> => {
    while (performance.now() - start < milliseconds) {
      const answer = await send(job, agent)
      if (!job.isRight(answer)) throw new Error(`a wrong answer is no result: ${answer.slice(0, 200)}`)
      answers += 1
    }
  }
  await Promise.all(Array.from({ length: connections }, worker))
  agent.destroy()
  return { answers, elapsed: performance.now() - start }
}

function send({ url, cookie, body }: Job, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = {
      'Content-Type': 'application/json',
      Cookie: cookie,
      'Content-Length': Buffer.byteLength(body),
    }
    const outgoing = request(`${url}/graphql`, { method: 'POST', agent, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => resolve(text))
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

/** The middle of some numbers. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
