import { connect, type Socket } from 'node:net'

/**
 * Sends prepared requests on several kept-alive connections, one at a time on each.
 * @param requests  the bytes of a whole HTTP/1.1 request, sent over and over, or those to be sent in turn: when there are no more, it ends
 * @returns        answers a second
 * @throws         Error for any answer but 200: a figure must not come from refusals
 */
export async function answersPerSecond(
  port: number,
  requests: Buffer | readonly Buffer[],
  connections: number,
  seconds: number,
): Promise<number> {
  let answers = 0
  const endsAt = performance.now() + seconds * 1000
  const startedAt = performance.now()
  let sent = 0
  const next = () => (Buffer.isBuffer(requests) ? requests : requests[sent++])
  await Promise.all(
    Array.from({ length: connections }, () =>
      oneConnection(port, next(), () => {
        answers++
        return performance.now() < endsAt ? next() : undefined
      }),
    ),
  )
  return answers / ((performance.now() - startedAt) / 1000)
}

/** The answer to one request. @throws Error for any answer but 200 */
export async function answerTo(port: number, request: Buffer): Promise<string> {
  let answer = ''
  await oneConnection(port, request, body => {
    answer = body.toString('utf8')
    return undefined
  })
  return answer
}

/** Milliseconds that each of some requests took, on one connection. */
export async function latencies(port: number, requests: readonly Buffer[]): Promise<number[]> {
  const times: number[] = []
  let startedAt = performance.now()
  await oneConnection(port, requests[0], () => {
    times.push(performance.now() - startedAt)
    startedAt = performance.now()
    return requests[times.length]
  })
  return times
}

/** Sends, waits for the whole answer, and goes on while there is a next request. */
function oneConnection(port: number, first: Buffer | undefined, onAnswer: (body: Buffer) => Buffer | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (!first) return resolve()
    const socket: Socket = connect(port, '127.0.0.1', () => socket.write(first))
    socket.setNoDelay(true)
    let received = Buffer.alloc(0)
    socket.on('error', reject)
    socket.on('data', chunk => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
      const end = received.indexOf('\r\n\r\n')
      if (end === -1) return
      const head = received.toString('latin1', 0, end)
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
      if (received.length < end + 4 + length) return
      if (!head.startsWith('HTTP/1.1 200')) {
        reject(new Error(received.toString('utf8')))
        socket.destroy()
        return
      }
      const body = received.subarray(end + 4, end + 4 + length)
      received = received.subarray(end + 4 + length)
      const next = onAnswer(body)
      if (next) socket.write(next)
      else {
        socket.end()
        resolve()
      }
    })
  })
}
