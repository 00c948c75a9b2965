import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { testAuthority } from '../../kubernetes/support/control-plane.ts'

type Fields = { readonly [name: string]: unknown }

/** What an attacker runs itself: a server of HTTPS with a certificate of its own authority, on loopback. */
export interface AttackerServer {
  readonly port: number
  readonly url: string
  /** Base64, as `caBundle` has it. */
  readonly caBundle: string
  /** The bodies that it was sent. */
  readonly bodies: readonly Fields[]
  close(): Promise<void>
}

/**
 * @param answer  to each request with its body, if it has one
 * @param host    what it is called besides
 */
export async function openAttackerServer(answer: (body: Fields) => object, host = 'localhost'): Promise<AttackerServer> {
  const authority = testAuthority()
  const { certificatePem, keyPem } = authority.server(['127.0.0.1', host])
  const bodies: Fields[] = []
  const server = createServer({ cert: certificatePem, key: keyPem }, (request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
    request.on('end', () => {
      const body = text === '' ? {} : (JSON.parse(text) as Fields)
      bodies.push(body)
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(answer(body)))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `https://127.0.0.1:${port}`,
    caBundle: Buffer.from(authority.certificatePem).toString('base64'),
    bodies,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
