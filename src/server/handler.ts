import { outboundIssuerFile } from '../identity/outbound-tokens.ts'
import { issuerUnavailable } from '../kubernetes/issuer/availability.ts'
import { cacheSeconds, serveIssuer } from '../kubernetes/issuer/discovery.ts'
import type { IssuerKeys } from '../kubernetes/issuer/keys.ts'
import { type Store, StoreUnavailable, UnstorableText } from '../store/index.ts'
import type { WireRequest } from '../wire/message.ts'
import type { WebhookName } from '../kubernetes/webhook.ts'
import { answerConsole, isForConsole } from './console/console.ts'
import type { ConsoleParts } from './console/console-parts.ts'
import type { ClusterRuntime } from './clusters.ts'
import type { RequestHandler, StreamedResponse } from './listeners/exchange.ts'
import type { LoadShedding } from './load-shedding.ts'
import type { Log } from './log.ts'
import { answerMasterKeys, type KeyHolder } from './master-key-control.ts'
import type { Pipeline } from './pipeline.ts'
import { answerOwner, type OwnerControl } from './snapshots/owner-control.ts'

export interface HandlerParts {
  readonly pipeline: Pipeline
  readonly clusters: ClusterRuntime
  readonly store: Store
  readonly issuerKeys: IssuerKeys
  /** What the issuers of GetWebIdentityToken's tokens begin with: scheme and authority. */
  readonly tokenIssuerOrigin: string
  readonly owner: OwnerControl | undefined
  readonly keyHolder: KeyHolder
  readonly console: ConsoleParts
  readonly load: LoadShedding
  readonly now: () => number
  readonly log: Log
}

/** Paths of our own. No S3 bucket can be called so: names have three characters at least and no underscore. Those below `/gh/` are of DNS names, as Kubernetes wants of services. */
const clusterPath = /^\/_gatehouse\/kubernetes\/([0-9A-F]{32})(\/.*)?$/
const tokenIssuerPath = /^\/tokens\/([0-9a-f-]{36})\/(\.well-known\/[a-z.-]+)$/
const webhookPath = /^\/(?:_gatehouse|gh)\/webhooks\/([0-9A-Fa-f]{32})\/(token-review|access-review|pod-identity)$/

const ownPath = /^\/(?:_gatehouse|gh|id|tokens|console)(?:\/|$)/

/** Sorts requests: issuers, clusters, webhooks and health are ours; all else is an AWS call. Never throws. */
export function createHandler(parts: HandlerParts): RequestHandler {
  return async (request, clientGone) => {
    try {
      return await route(parts, request, clientGone)
    } catch (problem) {
      if (problem instanceof StoreUnavailable) return text(503, 'the store cannot be reached')
      if (problem instanceof UnstorableText) return text(400, 'the request contains the character U+0000')
      parts.log.error({ path: request.path, problem }, 'a request failed for a reason that is ours')
      return text(500, 'internal error')
    }
  }
}

async function route(parts: HandlerParts, request: WireRequest, clientGone: () => AbortSignal): Promise<StreamedResponse> {
  const { path } = request
  // Rights may be gone that this node still knows of. Calls of AWS are refused in their protocols.
  if (ownPath.test(path) && path !== '/_gatehouse/health' && !parts.store.isCurrent())
    return text(503, 'this node has lost touch with the store')
  if (!isForOurs(request)) return framable(await parts.pipeline(request))
  if (path === '/_gatehouse/health') return text(200, 'ok')
  if (path === '/_gatehouse/state' && parts.owner && request.secure) return answerOwner(parts.owner, request)
  if (path === '/_gatehouse/master-keys' && parts.owner && request.secure) return answerMasterKeys(parts.owner, parts.keyHolder, request)
  const place = parts.load.enter(request.remoteAddress)
  if (typeof place === 'string') return shed(path)
  try {
    return await routeOwn(parts, request, clientGone)
  } finally {
    place()
  }
}

/** What is not an AWS call, which the pipeline takes a place for: buckets may be called `tokens` or `console`. */
const isForOurs = (request: WireRequest): boolean =>
  /^\/(?:_gatehouse|gh|id)\//.test(request.path) || tokenIssuerPath.test(request.path) || isForConsole(request)

/** A Kubernetes client reads a Status, and waits as it is told. Kubernetes API concepts, "API priority and fairness"; RFC 9110, section 10.2.3. */
function shed(path: string): StreamedResponse {
  const status = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: tooMany,
    reason: 'TooManyRequests',
    code: 429,
  }
  const headers = { 'retry-after': '1' }
  return clusterPath.test(path)
    ? { status: 429, headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(status) }
    : { ...text(429, tooMany), headers: { ...headers, 'content-type': 'text/plain; charset=utf-8' } }
}

const tooMany = 'Too many requests, please try again later.'

/** Issuers, the console, clusters and their webhooks. */
async function routeOwn(parts: HandlerParts, request: WireRequest, clientGone: () => AbortSignal): Promise<StreamedResponse> {
  const { path } = request
  const token = tokenIssuerPath.exec(path)
  if (token) return serveTokenIssuer(parts, request.method, token[1] as string, token[2] as string)
  if (path.startsWith('/id/')) return serveIssuer(request.method, path, id => issuerOf(parts, id))
  if (isForConsole(request)) return answerConsole(parts.console, request)
  const cluster = clusterPath.exec(path)
  if (cluster) return toCluster(parts, request, cluster[1] as string, cluster[2] ?? '/', clientGone)
  const webhook = webhookPath.exec(path)
  if (webhook && request.method === 'POST')
    return toWebhook(parts, request, (webhook[1] as string).toUpperCase(), webhook[2] as WebhookName)
  return text(404, 'not found')
}

/**
 * Pages of others show objects of S3 in frames, as on AWS: a sandbox without an origin. Nothing else that is called streams, or has not been changed
 * since, which tells a browser's copy anew how it is shown.
 */
const framable = (response: StreamedResponse): StreamedResponse =>
  response.status !== 304 && (typeof response.body === 'string' || response.body instanceof Uint8Array)
    ? response
    : { ...response, headers: { ...response.headers, 'content-security-policy': 'sandbox' } }

/** Clusters that have no roles for service accounts have no issuer either. */
async function issuerOf({ store, issuerKeys, now }: HandlerParts, id: string) {
  const row = await store.read(tx =>
    tx.selectFrom('clusters').select(['name', 'version', 'details', 'issuerUrl']).where('id', '=', id).executeTakeFirst(),
  )
  if (!row || issuerUnavailable(row) !== undefined) return undefined
  return { issuer: row.issuerUrl, keys: await issuerKeys.publishedKeys(id, now()) }
}

/** The issuers of GetWebIdentityToken's tokens. */
async function serveTokenIssuer(
  { store, tokenIssuerOrigin }: HandlerParts,
  method: string,
  id: string,
  file: string,
): Promise<StreamedResponse> {
  if (method !== 'GET' && method !== 'HEAD') return text(405, 'method not allowed')
  const found = await store.read(tx => outboundIssuerFile(tx, `${tokenIssuerOrigin}/tokens/${id}`, file))
  if (!found) return text(404, 'not found')
  const headers = { 'content-type': 'application/json', 'cache-control': `public, max-age=${cacheSeconds}` }
  return { status: 200, headers, body: method === 'HEAD' ? '' : JSON.stringify(found) }
}

async function toCluster(
  { clusters }: HandlerParts,
  request: WireRequest,
  id: string,
  path: string,
  signal: () => AbortSignal,
): Promise<StreamedResponse> {
  const handle = clusters.running(id)?.handle
  // Tokens are as good as passwords: never over plain HTTP.
  if (!request.secure) return text(403, 'the Kubernetes API is served over HTTPS only')
  if (!handle) return text(404, 'no such cluster')
  const { method, query, headers, rawHeaders: headerLines, body } = request
  return handle({ method, path, query, headers, headerLines, body, signal })
}

async function toWebhook({ clusters }: HandlerParts, request: WireRequest, id: string, name: WebhookName): Promise<StreamedResponse> {
  if (!request.secure) return text(403, 'webhooks are served over HTTPS only')
  const bearer = /^Bearer (\S+)$/i.exec(request.headers['authorization'] ?? '')?.[1]
  const { status, body } = await clusters.webhook(id, name, bearer, request.body)
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

const text = (status: number, body: string): StreamedResponse => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: `${body}\n`,
})
