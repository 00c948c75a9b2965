import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** Where requests go: a port of this machine, with TLS when it is `secure`. Whose certificate it is does not matter to a measurement. */
export type Target = number | { readonly port: number; readonly secure: true }

/** One kept-alive connection, which has one request under way at most. Servers that close after each answer are connected to again. */
class Connection {
  readonly #target: Target
  #socket: Socket | undefined
  #received: Buffer = Buffer.alloc(0)
  #answered: (body: Buffer) => void = () => {}
  #failed: (problem: Error) => void = () => {}

  constructor(target: Target) {
    this.#target = target
  }

  /** @throws Error for any answer but a success: a figure must not come from refusals */
  ask(request: Buffer, answered: (body: Buffer) => void, failed: (problem: Error) => void): void {
    this.#answered = answered
    this.#failed = failed
    if (this.#socket?.writable) this.#socket.write(request)
    else this.#socket = this.#open(request)
  }

  close(): void {
    this.#failed = () => {}
    this.#socket?.end()
  }

  #open(request: Buffer): Socket {
    const port = typeof this.#target === 'number' ? this.#target : this.#target.port
    const opened = () => socket.write(request)
    const socket =
      typeof this.#target === 'number'
        ? connect(port, '127.0.0.1', opened)
        : connectTls({ port, host: '127.0.0.1', servername: 'localhost', rejectUnauthorized: false }, opened)
    socket.setNoDelay(true)
    socket.on('error', problem => this.#failed(problem))
    socket.on('data', chunk => this.#take(socket, chunk))
    return socket
  }

  #take(socket: Socket, chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    const end = this.#received.indexOf('\r\n\r\n')
    if (end === -1) return
    const head = this.#received.toString('latin1', 0, end)
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
    if (this.#received.length < end + 4 + length) return
    const body = this.#received.subarray(end + 4, end + 4 + length)
    const answer = this.#received
    this.#received = this.#received.subarray(end + 4 + length)
    if (!/^HTTP\/1\.[01] 2/.test(head)) {
      this.#failed(new Error(answer.toString('utf8')))
      socket.destroy()
      return
    }
    if (head.startsWith('HTTP/1.0') || /^connection: close/im.test(head)) {
      socket.end()
      this.#socket = undefined
    }
    this.#answered(body)
  }
}

/** Sends, waits for the whole answer, and goes on while there is a next request. */
function oneConnection(target: Target, first: Buffer | undefined, onAnswer: (body: Buffer) => Buffer | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (!first) return resolve()
    const connection = new Connection(target)
    const answered = (body: Buffer) => {
      const next = onAnswer(body)
      if (next) return connection.ask(next, answered, reject)
      connection.close()
      resolve()
    }
    connection.ask(first, answered, reject)
  })
}

/**
 * Sends prepared requests on several kept-alive connections, one at a time on each.
 * @param requests  the bytes of a whole HTTP/1.1 request, sent over and over, or those to be sent in turn: when there are no more, it ends
 * @returns        answers a second
 * @throws         Error for any answer but a success
 */
export async function answersPerSecond(
  target: Target,
  requests: Buffer | readonly Buffer[],
  connections: number,
  seconds: number,
): Promise<number> {
  let answers = 0
  const startedAt = performance.now()
  const endsAt = startedAt + seconds * 1000
  let sent = 0
  const next = () => (Buffer.isBuffer(requests) ? requests : requests[sent++])
  await Promise.all(
    Array.from({ length: connections }, () =>
      oneConnection(target, next(), () => {
        answers++
        return performance.now() < endsAt ? next() : undefined
      }),
    ),
  )
  return answers / ((performance.now() - startedAt) / 1000)
}

/** The answer to one request. @throws Error for any answer but a success */
export async function answerTo(target: Target, request: Buffer): Promise<string> {
  let answer = ''
  await oneConnection(target, request, body => {
    answer = body.toString('utf8')
    return undefined
  })
  return answer
}

/** Milliseconds that each of some requests took, on one connection. */
export async function latencies(target: Target, requests: readonly Buffer[]): Promise<number[]> {
  const times: number[] = []
  let startedAt = performance.now()
  await oneConnection(target, requests[0], () => {
    times.push(performance.now() - startedAt)
    startedAt = performance.now()
    return requests[times.length]
  })
  return times
}

/** Connections that share a rate: as many as a busy API server keeps to a webhook. */
const sharedConnections = 32

/**
 * Milliseconds that requests took that were sent so many a second, whether those before were answered or not: what waits in line for a connection counts,
 * from the moment at which it was asked for. Connections are there before it begins.
 */
export async function latenciesAtRate(target: Target, request: Buffer, perSecond: number, seconds: number): Promise<number[]> {
  const idle = await Promise.all(Array.from({ length: sharedConnections }, () => connected(target, request)))
  const all = [...idle]
  const due: number[] = []
  const times: number[] = []
  const wanted = Math.round(perSecond * seconds)
  const startedAt = performance.now()
  const dueAt = (number: number) => startedAt + (number * 1000) / perSecond
  await new Promise<void>((resolve, reject) => {
    const send = () => {
      if (due.length === 0 || idle.length === 0) return
      const connection = idle.pop() as Connection
      const begunAt = due.shift() as number
      const answered = () => {
        times.push(performance.now() - begunAt)
        idle.push(connection)
        if (times.length === wanted) resolve()
        else send()
      }
      connection.ask(request, answered, reject)
    }
    let asked = 0
    // It sleeps until the next is due: looking at the clock all the time would take a core from the server that is measured. Timers are late by a
    // millisecond or so, which is the asker's own: a request's time begins when it is asked for, and waits for no other's answer.
    const look = () => {
      for (; asked < wanted && dueAt(asked) <= performance.now(); asked++) {
        due.push(performance.now())
        send()
      }
      if (asked < wanted) setTimeout(look, Math.max(0, dueAt(asked) - performance.now()))
    }
    look()
  })
  for (const connection of all) connection.close()
  return times
}

/** A connection that has had its first answer. */
const connected = (target: Target, request: Buffer): Promise<Connection> =>
  new Promise((resolve, reject) => {
    const connection = new Connection(target)
    connection.ask(request, () => resolve(connection), reject)
  })
