import { connect, type Socket } from 'node:net'

/** A connection by which anything can be said. */
export async function openConnection(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  await new Promise(resolve => socket.once('connect', resolve))
  return socket
}

/** What the other end says to something until it closes, or is silent for so many milliseconds. */
export async function said(port: number, text: string | Buffer, patience = 1_500): Promise<string> {
  const socket = await openConnection(port)
  return new Promise(resolve => {
    let answer = ''
    socket.setTimeout(patience, () => socket.destroy())
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')))
    socket.once('close', () => resolve(answer))
    socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text)
  })
}

/** The statuses of the answers in what was said. */
export const statusesIn = (answer: string) => [...answer.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => status)
