import { connect, type Socket } from 'node:net'

/**
 * Sends one prepared request over and over on several kept-alive connections, one at a time on each.
 * @param request  the bytes of a whole HTTP/1.1 request
 * @returns        answers a second
 * @throws         Error for any answer but 200: a figure must not come from refusals
 */
export async function answersPerSecond(port: number, request: Buffer, connections: number, seconds: number): Promise<number> {
  let answers = 0
  const endsAt = performance.now() + seconds * 1000
  const startedAt = performance.now()
  await Promise.all(
    Array.from({ length: connections }, () =>
      oneConnection(port, request, () => {
        answers++
        return performance.now() < endsAt
      }),
    ),
  )
  return answers / ((performance.now() - startedAt) / 1000)
}

/** Sends, waits for the whole answer, and goes on while told to. */
function oneConnection(port: number, request: Buffer, onAnswer: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(port, '127.0.0.1', () => socket.write(request))
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
      received = received.subarray(end + 4 + length)
      if (onAnswer()) socket.write(request)
      else {
        socket.end()
        resolve()
      }
    })
  })
}
