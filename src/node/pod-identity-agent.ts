import { request as httpRequest } from 'node:http'
import { type LocalAnswer, type LocalRequest, type LocalServer, serveLocally } from './local-server.ts'
import { rateLimit } from './rate-limit.ts'
import { CredentialsRefused, type NodeCredentials, refreshingCredentials, type RefreshingOptions } from './refreshing-credentials.ts'

/** Where the agent of EKS listens on a node. EKS User Guide, "Set up the Amazon EKS Pod Identity Agent". */
export const agentAddresses = { hosts: ['169.254.170.23', 'fd00:ec2::23'], port: 80, probePort: 2703 } as const

export interface PodIdentityAgentOptions extends Omit<RefreshingOptions, 'fetch'> {
  readonly hosts: readonly string[]
  /** 0 takes a free one. */
  readonly port: number
  /** Where probes are answered, on localhost; without, nowhere. */
  readonly probePort?: number
  /** Exchanges a service account token for credentials, by AssumeRoleForPodIdentity. */
  exchange(token: string): Promise<NodeCredentials>
  /** Requests a second that are answered; more get 429. */
  readonly requestsPerSecond?: number
}

export interface PodIdentityAgent {
  /** For AWS_CONTAINER_CREDENTIALS_FULL_URI. */
  readonly credentialsUri: string
  /** `http://localhost:PORT` of the probes, if they are served. */
  readonly probes?: string
  close(): Promise<void>
}

const defaultRequestsPerSecond = 500

/**
 * The node's agent: a container credentials endpoint that takes the token file's content as authorization.
 * @see EKS User Guide, "Understand how EKS Pod Identity works"; AWS SDKs and Tools Reference Guide, "Container credential provider"
 */
export async function startPodIdentityAgent(options: PodIdentityAgentOptions): Promise<PodIdentityAgent> {
  const { hosts, port, probePort, exchange, now } = options
  const credentials = refreshingCredentials({ ...options, fetch: exchange })
  const perSecond = options.requestsPerSecond ?? defaultRequestsPerSecond
  const requests = rateLimit(perSecond, perSecond, now)
  const names = new Set(hosts.map(host => (host.includes(':') ? `[${host}]` : host)))

  const server = await serveLocally(hosts, port, async request => {
    if (request.path !== '/v1/credentials') return text(404, '404 page not found')
    if (request.method !== 'GET') return text(405, 'Method Not Allowed')
    if (!requests.take()) return text(429, 'Too Many Requests. Rate limit exceeded')
    // A name that a web page made to point here is not one of ours.
    if (!names.has((request.headers.host ?? '').replace(/:\d+$/, '')))
      return text(403, `Access Denied. Called agent through invalid address, please use ${[...names].join(' or ')}`)
    return credentialsFor(request, credentials.get, now())
  })
  const probes = probePort === undefined ? undefined : await probeServer(server, probePort)
  return {
    credentialsUri: `${server.origins[0]}/v1/credentials`,
    ...(probes && { probes: probes.origins[0] as string }),
    async close() {
      await Promise.all([server.close(), probes?.close()])
    },
  }
}

const longestToken = 20_000
const tokenForm = /^[\w-]+\.([\w-]+)\.[\w-]+$/

async function credentialsFor(
  { headers }: LocalRequest,
  get: (token: string) => Promise<NodeCredentials>,
  now: number,
): Promise<LocalAnswer> {
  const token = headers.authorization ?? ''
  if (token === '') return text(400, 'Service account token cannot be empty')
  const expiresAt = token.length > longestToken ? undefined : expiryOf(token)
  if (expiresAt === undefined) return text(400, 'Service account token cannot be parsed: token is malformed')
  // What is kept for a token is its holder's for as long as the token is good, and no longer.
  if (expiresAt <= now) return text(400, '(ExpiredTokenException): The token included in the request is expired, fault: client')
  try {
    const { accessKeyId, secretAccessKey, sessionToken, accountId, expiresAt: sessionEnd } = await get(token)
    return {
      status: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      body: JSON.stringify({
        AccessKeyId: accessKeyId,
        SecretAccessKey: secretAccessKey,
        Token: sessionToken,
        AccountId: accountId,
        Expiration: new Date(sessionEnd).toISOString(),
      }),
    }
  } catch (problem) {
    if (!(problem instanceof CredentialsRefused))
      return text(500, `unable to fetch credentials from EKS Auth: ${problem instanceof Error ? problem.message : String(problem)}`)
    const fault = problem.status < 500 ? 'client' : 'server'
    return text(problem.status, `[${problem.requestId}]: (${problem.code}): ${problem.message}, fault: ${fault}`)
  }
}

/** When a token says that it ends, in epoch milliseconds; undefined for what is no token. EKS Auth verifies the rest. */
function expiryOf(token: string): number | undefined {
  const [, claims] = tokenForm.exec(token) ?? []
  if (claims === undefined) return undefined
  try {
    const { exp } = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as { readonly exp?: unknown }
    return typeof exp === 'number' ? exp * 1000 : undefined
  } catch {
    return undefined
  }
}

const text = (status: number, body: string): LocalAnswer => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: `${body}\n`,
})

const probeTimeoutMilliseconds = 2_000

/** `/healthz` and `/readyz`: whether every address of the agent answers. */
function probeServer(agent: LocalServer, port: number): Promise<LocalServer> {
  return serveLocally(['127.0.0.1'], port, async ({ path }) => {
    if (path !== '/healthz' && path !== '/readyz') return text(404, '404 page not found')
    const answers = await Promise.all(agent.origins.map(answering))
    return answers.every(Boolean)
      ? text(200, 'ok')
      : text(500, `no answer from ${agent.origins.filter((_, index) => !answers[index]).join(', ')}`)
  })
}

function answering(origin: string): Promise<boolean> {
  return new Promise(resolve => {
    const request = httpRequest(origin, { method: 'HEAD', timeout: probeTimeoutMilliseconds, agent: false }, response => {
      response.resume()
      resolve(true)
    })
    request.on('timeout', () => request.destroy())
    request.on('error', () => resolve(false))
    request.end()
  })
}
