import { randomBytes } from 'node:crypto'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { createSecureContext, TLSSocket } from 'node:tls'
import { tlsSuites } from '../types/tls-suites.ts'
import { fatal, int32, message, parametersOf, ProtocolError, readMessage, readStartup, requestCodes, startup } from './postgres-messages.ts'
import { scramClient } from './scram.ts'

/** A token as a client gave it in the place of a password. */
export interface DatabaseToken {
  /** What is to be sent to Gatehouse, without `?`. */
  readonly query: string
  /** What was signed as the host: the database's name and port. */
  readonly host: string
}

export interface RdsProxyOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** The database's name and port as clients sign them; the port is the proxy's own when left out. */
  readonly hostname: string
  readonly signedPort?: number
  readonly upstream: { readonly host: string; readonly port: number }
  readonly certificate: { readonly certificatePem: string; readonly keyPem: string }
  /** Decides whether a token's signer may log on. @throws nothing: what cannot be decided is a no */
  readonly authorize: (token: DatabaseToken) => Promise<boolean>
  /** The upstream's password of a user; undefined where it trusts the proxy. */
  readonly passwordOf: (user: string) => string | undefined
}

export interface RdsProxy {
  readonly port: number
  /** For new connections; open ones go on. */
  replaceCertificate(certificate: RdsProxyOptions['certificate']): void
  close(): Promise<void>
}

const mostConnections = 1_000
const logonMilliseconds = 30_000
/** Tokens of sessions hold the session's token, percent-encoded. */
const longestPassword = 64 * 1024
/** "An authentication token is a string of characters that you use instead of a password ... valid for 15 minutes". */
const longestTokenSeconds = 900

/** SQLSTATE of invalid_authorization_specification and protocol_violation. */
const refused = '28000'
const violation = '08P01'

/**
 * Stands before a PostgreSQL as RDS does: TLS, a token in the place of the password, then the stream as it is.
 * @throws Error when the address cannot be had
 * @see    RDS User Guide, "IAM database authentication"; PostgreSQL documentation, "Message Flow"
 */
export async function startRdsProxy(options: RdsProxyOptions): Promise<RdsProxy> {
  let secureContext = contextOf(options.certificate)
  const sockets = new Set<Socket>()
  const server = createServer({ pauseOnConnect: false }, socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    void serve(socket, options, portOf(server), () => secureContext)
  })
  server.maxConnections = mostConnections
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, resolve)
  })
  return {
    port: portOf(server),
    replaceCertificate: certificate => void (secureContext = contextOf(certificate)),
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

const portOf = (server: Server) => (server.address() as AddressInfo).port
const contextOf = ({ certificatePem, keyPem }: RdsProxyOptions['certificate']) =>
  createSecureContext({ cert: certificatePem, key: keyPem, minVersion: 'TLSv1.2', ciphers: tlsSuites })

async function serve(
  socket: Socket,
  options: RdsProxyOptions,
  ownPort: number,
  context: () => ReturnType<typeof contextOf>,
): Promise<void> {
  const impatience = setTimeout(() => socket.destroy(), logonMilliseconds)
  let client: Duplex = socket
  try {
    const secured = await secure(socket, context, options.upstream)
    if (!secured) return
    client = secured
    await logOn(client, options, ownPort)
  } catch (problem) {
    if (!client.destroyed)
      client.end(problem instanceof ProtocolError ? fatal(violation, problem.message) : fatal('08006', 'could not connect to the database'))
  } finally {
    clearTimeout(impatience)
  }
}

/** TLS, when the client asks for it; without, it is told that it must. @returns undefined when the connection is done with */
async function secure(
  socket: Socket,
  context: () => ReturnType<typeof contextOf>,
  upstream: RdsProxyOptions['upstream'],
): Promise<Duplex | undefined> {
  for (;;) {
    const { code, body } = await readStartup(socket)
    if (code === requestCodes.gssEncryption) {
      socket.write('N')
      continue
    }
    if (code === requestCodes.cancel) {
      const cancelling = connect(upstream)
      cancelling.on('error', () => socket.destroy())
      cancelling.end(startup(code, body))
      socket.end()
      return undefined
    }
    if (code !== requestCodes.ssl) {
      const parameters = parametersOf(body)
      const [user = '', database = user] = [parameters.get('user'), parameters.get('database')]
      const address = socket.remoteAddress?.replace(/^::ffff:/, '') ?? ''
      socket.end(fatal(refused, `no pg_hba.conf entry for host "${address}", user "${user}", database "${database}", no encryption`))
      return undefined
    }
    // What came before TLS must not be taken for what came through it.
    if (socket.readableLength > 0) throw new ProtocolError('received unencrypted data after SSL request')
    socket.write('S')
    const client = new TLSSocket(socket, { isServer: true, secureContext: context() })
    client.on('error', () => socket.destroy())
    return client
  }
}

async function logOn(client: Duplex, options: RdsProxyOptions, ownPort: number): Promise<void> {
  const { code, body } = await readStartup(client)
  if (code >> 16 !== 3) throw new ProtocolError(`unsupported frontend protocol ${code >> 16}.${code & 0xffff}`)
  const user = parametersOf(body).get('user')
  if (!user) throw new ProtocolError('no PostgreSQL user name specified in startup packet')
  client.write(message('R', int32(3)))
  const { type, body: given } = await readMessage(client, longestPassword)
  if (type !== 'p') throw new ProtocolError('expected password response')
  const signedHost = `${options.hostname}:${options.signedPort ?? ownPort}`
  const token = tokenOf(given.toString('utf8').replace(/\0$/, ''), signedHost, user)
  if (!token || !(await options.authorize(token))) {
    client.end(fatal(refused, `PAM authentication failed for user "${user}"`))
    return
  }
  const upstream = await upstreamFor(options.upstream)
  upstream.write(startup(code, body))
  if (await authenticateUpstream(upstream, client, options.passwordOf(user))) join(client, upstream)
}

/** @returns undefined for what is no token of this database and user, or one that holds longer than tokens do */
export function tokenOf(text: string, signedHost: string, user: string): DatabaseToken | undefined {
  const [before = '', query = ''] = text.split('/?', 2)
  if (before !== signedHost || query === '') return undefined
  const parameters = new URLSearchParams(query.replaceAll('+', '%2B'))
  const seconds = parameters.get('X-Amz-Expires') ?? ''
  const holds = /^\d{1,3}$/.test(seconds) && Number(seconds) <= longestTokenSeconds
  const one = (name: string, value: string) => parameters.getAll(name).length === 1 && parameters.get(name) === value
  return holds && one('Action', 'connect') && one('DBUser', user) ? { query, host: signedHost } : undefined
}

function upstreamFor(address: RdsProxyOptions['upstream']): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const upstream = connect(address, () => resolve(upstream))
    upstream.once('error', reject)
  })
}

/** @returns false when the database refused, which the client was told */
async function authenticateUpstream(upstream: Socket, client: Duplex, password: string | undefined): Promise<boolean> {
  const scram = password === undefined ? undefined : scramClient(password, randomBytes(18).toString('base64'))
  for (;;) {
    const { type, body } = await readMessage(upstream, longestPassword)
    if (type !== 'R') {
      client.write(message(type, body))
      if (type !== 'E') continue
      client.end()
      upstream.destroy()
      return false
    }
    const kind = body.readInt32BE(0)
    const text = body.toString('utf8', 4)
    if (kind === 0) {
      client.write(message('R', int32(0)))
      return true
    }
    if (scram && kind === 10 && text.split('\0').includes('SCRAM-SHA-256'))
      upstream.write(
        message('p', Buffer.concat([Buffer.from('SCRAM-SHA-256\0'), int32(Buffer.byteLength(scram.first)), Buffer.from(scram.first)])),
      )
    else if (scram && kind === 11) upstream.write(message('p', Buffer.from(scram.final(text))))
    else if (scram && kind === 12 && scram.verifies(text)) continue
    else {
      upstream.destroy()
      throw new Error('the database asks for a way to log on that the proxy does not have')
    }
  }
}

/** Either end ends both. */
function join(client: Duplex, upstream: Socket): void {
  for (const [from, to] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    from.pipe(to)
    from.on('error', () => to.destroy())
    from.on('close', () => to.destroy())
  }
}
