import { readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'
import { StoreError } from '../store-error.ts'

/** Where an archive of records in Apache Cassandra is, and as whom. */
export interface CassandraSettings {
  /** `host:port`: some nodes, by which the others are found. */
  readonly contactPoints: readonly string[]
  readonly keyspace: string
  readonly dataCenter: string
  /** Nodes of the data center that hold each record, where the keyspace is yet to be made. */
  readonly replication: number
  readonly user: string | undefined
  readonly password: string | undefined
  /** Absent for plain connections. */
  readonly tls: ConnectionOptions | undefined
}

const shape = /^cassandra:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^/?#]+)\/([a-z][a-z0-9_]{0,47})(?:\?([^#]*))?$/
const host = /^(?:[A-Za-z0-9._-]+|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/
const known = new Set(['datacenter', 'replication', 'tls', 'tlsrootcert', 'tlscert', 'tlskey'])
const usualPort = 9042
const loopback = /^(?:localhost|127(?:\.\d+){3}|\[::1\])(?::|$)/

/**
 * Parses `cassandra://user:password@host1,host2:9042/keyspace?datacenter=dc1`. A password is better in GATEHOUSE_RECORDS_PASSWORD: other users of the machine see
 * command lines.
 * @throws StoreError that never repeats the password
 */
export function parseCassandraUrl(text: string, environment: NodeJS.ProcessEnv): CassandraSettings {
  const found = shape.exec(text)
  if (!found) throw new StoreError('the address must be cassandra://USER@HOST:PORT,.../KEYSPACE?datacenter=NAME')
  const [, user = '', password, authority = '', keyspace = '', query = ''] = found
  const options = new URLSearchParams(query)
  for (const name of options.keys())
    if (!known.has(name)) throw new StoreError(`unknown option ${name}: options are ${[...known].join(', ')}`)
  const hosts = authority.split(',')
  for (const each of hosts) if (!host.test(each)) throw new StoreError('each host must be a name or an address, perhaps with a port')
  const secret = password === undefined ? environment['GATEHOUSE_RECORDS_PASSWORD'] : decodeURIComponent(password)
  if (user !== '' && secret === undefined) throw new StoreError('the password of the user belongs in GATEHOUSE_RECORDS_PASSWORD')
  return {
    contactPoints: hosts.map(each => (/:\d+$/.test(each) ? each : `${each}:${usualPort}`)),
    keyspace,
    dataCenter: options.get('datacenter') ?? 'datacenter1',
    replication: replicationOf(options.get('replication')),
    user: user === '' ? undefined : decodeURIComponent(user),
    password: secret,
    tls: tlsOf(options, hosts),
  }
}

function replicationOf(text: string | null): number {
  if (text === null) return 3
  if (!/^[1-9]\d?$/.test(text)) throw new StoreError('replication must be a number of nodes')
  return Number(text)
}

/** Verified unless all nodes are this machine. */
function tlsOf(options: URLSearchParams, hosts: readonly string[]): ConnectionOptions | undefined {
  const mode = options.get('tls') ?? (hosts.every(each => loopback.test(each)) ? 'disable' : 'verify-full')
  if (mode !== 'disable' && mode !== 'verify-full') throw new StoreError('tls must be verify-full or disable')
  if (mode === 'disable') return undefined
  const file = (name: string) => {
    const path = options.get(name)
    return path === null ? undefined : readFileSync(path)
  }
  return { rejectUnauthorized: true, ca: file('tlsrootcert'), cert: file('tlscert'), key: file('tlskey') }
}
