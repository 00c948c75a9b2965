import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'
import { StoreError } from '../store-error.ts'

/** Where a PostgreSQL store is, and as whom. */
export interface PostgresSettings {
  /** Tried in this order until one takes writes. */
  readonly hosts: readonly PostgresHost[]
  readonly user: string
  readonly password: string | undefined
  readonly database: string
  /** Absent for plain connections. */
  readonly tls: ConnectionOptions | undefined
  /** Connections for units and reads, beside the one of the change feed. */
  readonly poolSize: number
}

export interface PostgresHost {
  /** A name, an address, or the folder of a socket. */
  readonly host: string
  readonly port: number
}

const shape = /^postgres(?:ql)?:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/
const sslModes = ['disable', 'require', 'verify-ca', 'verify-full'] as const
const known = new Set(['host', 'port', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'target_session_attrs', 'pool_size'])
const defaultPoolSize = 20

/** Whether a store's address names PostgreSQL. */
export const isPostgresUrl = (text: string): boolean => /^postgres(?:ql)?:\/\//.test(text)

/**
 * Parses `postgres://user:password@host1,host2:5433/database?sslmode=verify-full&sslrootcert=/path`. A password is better in PGPASSWORD: other
 * users of the machine see command lines.
 * @throws StoreError that never repeats the password
 * @see    PostgreSQL documentation, "Connection Strings"
 */
export function parsePostgresUrl(text: string, environment: NodeJS.ProcessEnv): PostgresSettings {
  const found = shape.exec(text)
  if (!found) throw new StoreError('the address must be postgres://USER:PASSWORD@HOST:PORT,.../DATABASE?OPTION=VALUE')
  const [, user = '', password, authority = '', database = '', query = ''] = found
  const options = new URLSearchParams(query)
  for (const name of options.keys())
    if (!known.has(name)) throw new StoreError(`unknown option ${name}: options are ${[...known].join(', ')}`)
  const attributes = options.get('target_session_attrs') ?? 'read-write'
  if (attributes !== 'read-write' && attributes !== 'primary')
    throw new StoreError('target_session_attrs must be read-write or primary: every node writes')
  const hosts = hostsOf(options.get('host') ?? authority, options.get('port'))
  const name = decoded(user) || environment['PGUSER']
  if (!name) throw new StoreError('the address names no user')
  return {
    hosts,
    user: name,
    password: password === undefined ? environment['PGPASSWORD'] : decoded(password),
    database: decoded(database) || environment['PGDATABASE'] || name,
    tls: tlsOf(options, hosts),
    poolSize: poolSizeOf(options.get('pool_size')),
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new StoreError('user, password and database must be encoded as in URLs: % is written %25')
  }
}

function hostsOf(list: string, ports: string | null): readonly PostgresHost[] {
  const portList = ports?.split(',') ?? []
  return (list || 'localhost').split(',').map((entry, index) => {
    const [, bracketed, plain, given] = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]*))(?::(\d+))?$/i.exec(decoded(entry)) ?? []
    const host = bracketed ?? plain
    const port = Number(given ?? portList[index] ?? portList[0] ?? 5432)
    if (!host || port > 65_535 || !Number.isInteger(port)) throw new StoreError('hosts must be HOST or HOST:PORT, with commas between')
    return { host, port }
  })
}

function poolSizeOf(text: string | null): number {
  const size = Number(text ?? defaultPoolSize)
  if (!Number.isInteger(size) || size < 1 || size > 500) throw new StoreError('pool_size must be a number from 1 to 500')
  return size
}

const isLocal = ({ host }: PostgresHost) => host.startsWith('/') || ['localhost', '127.0.0.1', '::1'].includes(host)

/** Verified where it leaves the machine, unless told otherwise. PostgreSQL documentation, "SSL Support", "Client Verification of Server Certificates". */
function tlsOf(options: URLSearchParams, hosts: readonly PostgresHost[]): ConnectionOptions | undefined {
  const mode = options.get('sslmode') ?? (hosts.every(isLocal) ? 'disable' : 'verify-full')
  if (!(sslModes as readonly string[]).includes(mode)) throw new StoreError(`sslmode must be ${sslModes.join(', ')}`)
  if (mode === 'disable') return undefined
  const ca = fileOf(options, 'sslrootcert', readCertificate)
  const cert = fileOf(options, 'sslcert', readCertificate)
  const key = fileOf(options, 'sslkey', readPrivateKey)
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    rejectUnauthorized: mode !== 'require',
    ...(mode === 'verify-ca' && { checkServerIdentity: () => undefined }),
  }
}

/** What a file that the address names must hold. */
interface Content {
  readonly what: string
  readonly parse: (pem: string) => unknown
  readonly secret: boolean
}
const readCertificate: Content = { what: 'certificate', parse: pem => new X509Certificate(pem), secret: false }
const readPrivateKey: Content = { what: 'private key', parse: pem => createPrivateKey(pem), secret: true }

function fileOf(options: URLSearchParams, name: string, { what, parse, secret }: Content): string | undefined {
  const path = options.get(name)
  if (path === null) return undefined
  const pem = read(name, path)
  if (secret && isOpen(path)) throw new StoreError(`${name}: ${path} can be read by others: run chmod 600 on it`)
  try {
    parse(pem)
  } catch {
    throw new StoreError(`${name}: ${path} holds no ${what} in PEM form`)
  }
  return pem
}

function read(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new StoreError(`${name}: ${path} cannot be read`)
  }
}

/** Root's may be read by its group. PostgreSQL documentation, "SSL Support", "Client Certificates". */
function isOpen(path: string): boolean {
  const { mode, uid } = statSync(path)
  return (mode & (uid === 0 ? 0o027 : 0o077)) !== 0
}
