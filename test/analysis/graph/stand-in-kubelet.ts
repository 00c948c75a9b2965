import { createServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { request } from 'node:https'
import { CallError, type Client, clusterToken } from '../../../src/cli/client.ts'
import { testAuthority } from '../../kubernetes/support/control-plane.ts'
import type { ClusterAddress } from './stage.ts'

/** What answers for a node in place of its kubelet: says over the upgraded connection what a process of the pod would say of its token. */
export interface StandInKubelet {
  readonly port: number
  /** Paths of the connections that came: `/exec/NAMESPACE/POD/CONTAINER?command=...`. */
  readonly paths: readonly string[]
  /** What processes in pods print. */
  output: string
  close(): Promise<void>
}

export async function openStandInKubelet(): Promise<StandInKubelet> {
  const { certificatePem, keyPem } = testAuthority().server(['127.0.0.1'])
  const server = createServer({ cert: certificatePem, key: keyPem })
  const paths: string[] = []
  const sockets = new Set<Socket>()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const kubelet = {
    port: (server.address() as AddressInfo).port,
    paths,
    output: '',
    close: () =>
      new Promise<void>(resolve => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
  server.on('upgrade', (incoming, socket: Socket) => {
    paths.push(incoming.url ?? '')
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    const { upgrade = '' } = incoming.headers
    socket.end(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${upgrade}\r\n\r\n${kubelet.output}`)
  })
  return kubelet
}

const protocols = {
  POST: { upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v4.channel.k8s.io' },
  GET: {
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': Buffer.from('a key of a client').toString('base64').slice(0, 22) + '==',
    'sec-websocket-protocol': 'v4.channel.k8s.io',
  },
}

/**
 * Opens a stream to a pod: by POST over SPDY, by GET over a WebSocket.
 * @returns what came over it
 * @throws CallError when it is refused
 */
export function streamOf(cluster: ClusterAddress, client: Client, method: 'GET' | 'POST', path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(`${cluster.endpoint}${path}`, {
      method,
      ca: cluster.certificateAuthorityPem,
      headers: { authorization: `Bearer ${clusterToken(client, cluster.name)}`, connection: 'Upgrade', ...protocols[method] },
      timeout: 30_000,
    })
    sent.on('upgrade', (_, socket: Socket, head: Buffer) => {
      let text = head.toString('utf8')
      socket.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
      socket.on('end', () => resolve(text))
      socket.on('error', reject)
    })
    sent.on('response', response => {
      let text = ''
      response.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
      response.on('end', () => reject(new CallError(response.statusCode ?? 0, text)))
    })
    sent.on('timeout', () => sent.destroy(new Error('no answer in 30 seconds')))
    sent.on('error', reject)
    sent.end()
  })
}
