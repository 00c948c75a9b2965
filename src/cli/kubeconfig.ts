import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parse } from 'yaml'
import type { ApiUser } from '../kubernetes/control-plane/api-client.ts'

/** What a kubeconfig's current context says: where the API server is, and how to prove who one is. */
export interface KubeconfigContext {
  readonly clusterName: string
  /** Its origin: `https://HOST:PORT`. */
  readonly server: string
  readonly tlsServerName: string | undefined
  readonly certificateAuthorityPem: string
  readonly credentials: ApiUser
}

interface Named {
  readonly name?: string
  readonly [kind: string]: unknown
}

type Entry = { readonly [field: string]: unknown }

/**
 * Reads a kubeconfig. Programs that give credentials are not run: what they give ends soon, and Gatehouse goes on asking.
 * @throws Error that says what is missing
 * @see    Kubernetes documentation, "Organizing Cluster Access Using kubeconfig Files"
 */
export function readKubeconfig(file: string): KubeconfigContext {
  if (!existsSync(file)) throw new Error(`there is no ${file}`)
  const config = (parse(readFileSync(file, 'utf8')) ?? {}) as { readonly [list: string]: unknown }
  const entry = (list: string, kind: string, name: unknown): Entry => {
    const found = ((config[list] ?? []) as readonly Named[]).find(named => named.name === name)
    if (!found) throw new Error(`${file} has no ${kind} ${JSON.stringify(name)}`)
    return (found[kind] ?? {}) as Entry
  }
  const content = (from: Entry, field: string): string | undefined => {
    const data = from[`${field}-data`]
    if (typeof data === 'string') return Buffer.from(data, 'base64').toString('utf8')
    const path = from[field]
    return typeof path === 'string' ? readFileSync(resolve(dirname(file), path), 'utf8') : undefined
  }
  if (config['current-context'] === undefined) throw new Error(`${file} names no current-context`)
  const context = entry('contexts', 'context', config['current-context'])
  const cluster = entry('clusters', 'cluster', context['cluster'])
  const user = entry('users', 'user', context['user'])
  const { server, 'tls-server-name': tlsServerName } = cluster
  if (typeof server !== 'string' || !URL.canParse(server) || new URL(server).protocol !== 'https:')
    throw new Error(`${file} names no https server`)
  const { pathname } = new URL(server)
  if (pathname !== '/') throw new Error(`${file} names a server below a path, ${server}, which a proxy has: name the API server itself`)
  if (cluster['proxy-url'] !== undefined) throw new Error(`${file} leads through a proxy (proxy-url): name the API server itself`)
  const certificateAuthorityPem = content(cluster, 'certificate-authority')
  if (certificateAuthorityPem === undefined)
    throw new Error(
      `${file} has no certificate-authority for its cluster${cluster['insecure-skip-tls-verify'] === true ? ': Gatehouse gives credentials to nobody whom it cannot tell (insecure-skip-tls-verify)' : ''}`,
    )
  return {
    clusterName: String(context['cluster']),
    server: new URL(server).origin,
    tlsServerName: typeof tlsServerName === 'string' ? tlsServerName : undefined,
    certificateAuthorityPem,
    credentials: credentialsOf(file, user, content),
  }
}

function credentialsOf(file: string, user: Entry, content: (from: Entry, field: string) => string | undefined): ApiUser {
  const certificatePem = content(user, 'client-certificate')
  const keyPem = content(user, 'client-key')
  if (certificatePem !== undefined && keyPem !== undefined) return { certificatePem, keyPem }
  // As kubectl has it, the file counts before the text: `tokenFile` is what is renewed.
  const { token, tokenFile } = user
  if (typeof tokenFile === 'string') return { token: readFileSync(resolve(dirname(file), tokenFile), 'utf8').trim() }
  if (typeof token === 'string') return { token }
  const other = ['exec', 'auth-provider', 'username'].find(field => user[field] !== undefined)
  if (other !== undefined)
    throw new Error(`${file} proves its user by ${other}, which Gatehouse cannot keep: name one with a client certificate or a token`)
  throw new Error(`${file} has neither a client certificate nor a token for its user`)
}
