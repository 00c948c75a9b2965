import type { JsonObject } from '../../types/json.ts'
import { discoveryDocument, keySet } from '../issuer/discovery.ts'
import { discover, discoveryPaths } from './discovery.ts'
import { emptyOpenApiDocument, openApi, openApiProtobuf } from './openapi.ts'
import { parseQuery } from './query.ts'
import { type ClusterIssuer, json, type KubernetesRequest, type KubernetesResponse } from './requests.ts'
import { methodNotAllowed, unknownResource } from './status.ts'

/** What is told of a cluster beside its objects. */
export interface ClusterFacts {
  readonly version: JsonObject & { readonly gitVersion: string }
  readonly endpoint: string
  /** Undefined where nobody signs tokens. */
  issuer(): Promise<ClusterIssuer | undefined>
}

const text = (status: number, body: string): KubernetesResponse => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body,
})

const health = /^\/(healthz|livez|readyz)(?:\/ping)?$/
const others = ['/healthz', '/healthz/ping', '/livez', '/livez/ping', '/openapi/v2', '/openapi/v3', '/readyz', '/readyz/ping', '/version']
const issuerPaths = ['/.well-known/openid-configuration', '/openid/v1/jwks']

/** Answers requests on paths that name no resource. Kubernetes documentation, "Kubernetes API health endpoints", "Service account issuer discovery". */
export async function nonResource(
  { method, query, headers }: KubernetesRequest,
  path: string,
  { version, endpoint, issuer }: ClusterFacts,
): Promise<KubernetesResponse> {
  if (path === '/' || path === '') return json(200, { paths: [...issuerPaths, ...discoveryPaths, ...others].sort() })
  const [, asked] = health.exec(path) ?? []
  if (asked) return text(200, parseQuery(query).has('verbose') ? `[+]ping ok\n${asked} check passed\n` : 'ok')
  const bare = path.replace(/\/$/, '')
  if (bare !== '/version' && !/^\/(?:apis?|openapi|openid|\.well-known)\//.test(`${bare}/`)) return text(404, '404 page not found\n')
  if (method !== 'GET') throw methodNotAllowed()
  if (bare === '/version') return json(200, version)
  if (path === '/openapi/v2' && headers['accept']?.startsWith(openApiProtobuf.asked))
    return { status: 200, headers: { 'content-type': openApiProtobuf.answered }, body: emptyOpenApiDocument(version.gitVersion) }
  if (issuerPaths.includes(path)) return issuerAnswer(path, await issuer())
  const found = discover(bare, new URL(endpoint).host) ?? openApi(path, version.gitVersion)
  if (!found) throw unknownResource()
  return json(200, found)
}

function issuerAnswer(path: string, issuer: ClusterIssuer | undefined): KubernetesResponse {
  if (!issuer) throw unknownResource()
  if (path !== '/openid/v1/jwks') return json(200, discoveryDocument(issuer.url))
  return { ...json(200, keySet(issuer.keys)), headers: { 'content-type': 'application/jwk-set+json' } }
}
