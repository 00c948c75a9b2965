import type { UserInfo } from '../../cluster-access/rules.ts'
import { createClusterAuthorizer } from './authorization.ts'
import { discover } from './discovery.ts'
import { rbacObjectsOf } from './rbac-objects.ts'
import { impersonated } from './impersonation.ts'
import { emptyOpenApiDocument, openApi, openApiProtobuf } from './openapi.ts'
import { parseResourcePath } from './request-path.ts'
import { type EmbeddedClusterOptions, json, type KubernetesRequest, type KubernetesResponse } from './requests.ts'
import { createResourceHandler } from './resource-requests.ts'
import { seedCluster } from './seed.ts'
import { StatusError, unauthorized, unknownResource } from './status.ts'

export interface EmbeddedCluster {
  handle(request: KubernetesRequest): Promise<KubernetesResponse>
}

/** Bytes that an object may have. Kubernetes' own limit for JSON bodies is 3 MiB. */
const longestBody = 3 * 1024 * 1024

/**
 * A small Kubernetes API of our own: objects are stored, admitted, authorized and watched; pods do not run.
 * docs/architecture.md, "Clusters".
 */
export async function openEmbeddedCluster(options: EmbeddedClusterOptions): Promise<EmbeddedCluster> {
  const { objects, now } = options
  await seedCluster(objects, options)
  const authorizer = createClusterAuthorizer(rbacObjectsOf(objects), options.accessPolicies)
  const resources = createResourceHandler({ ...options, authorizer })
  const version = versionOf(options.version)

  async function answer(request: KubernetesRequest): Promise<KubernetesResponse> {
    if (request.body.length > longestBody)
      throw new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${longestBody}`)
    const user = await impersonated(request, await authenticated(request, options), authorizer)
    const resource = parseResourcePath(request.path)
    if (resource) return resources(request, resource, user)
    await authorizer.require(user, { kind: 'nonResource', verb: request.method.toLowerCase(), path: request.path })
    return nonResource(request, version, options.endpoint)
  }

  return {
    async handle(request) {
      try {
        return await answer(request)
      } catch (problem) {
        if (problem instanceof StatusError) return json(problem.code, problem.toStatus())
        throw problem
      }
    },
  }

  // `now` is the cluster's only clock; named here so that seeds and requests share it.
  function versionOf(minor: string) {
    const [major = '1', minorNumber = ''] = minor.split('.')
    return {
      major,
      minor: minorNumber,
      gitVersion: `v${minor}.0-gatehouse`,
      gitCommit: '',
      gitTreeState: 'clean',
      buildDate: new Date(now()).toISOString(),
      goVersion: '',
      compiler: '',
      platform: 'embedded',
    }
  }
}

async function nonResource(
  { path, method, headers }: KubernetesRequest,
  version: object & { gitVersion: string },
  endpoint: string,
): Promise<KubernetesResponse> {
  if (method !== 'GET') throw new StatusError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource')
  if (path === '/version' || path === '/version/') return json(200, version)
  if (path === '/openapi/v2' && headers['accept']?.startsWith(openApiProtobuf.asked))
    return { status: 200, headers: { 'content-type': openApiProtobuf.answered }, body: emptyOpenApiDocument(version.gitVersion) }
  if (/^\/(healthz|livez|readyz)$/.test(path)) return { status: 200, headers: { 'content-type': 'text/plain' }, body: 'ok' }
  const found = discover(path.replace(/\/$/, ''), new URL(endpoint).host) ?? openApi(path, version.gitVersion)
  if (!found) throw unknownResource()
  return json(200, found)
}

const anonymous: UserInfo = { username: 'system:anonymous', groups: ['system:unauthenticated'], extra: {} }

async function authenticated(request: KubernetesRequest, options: EmbeddedClusterOptions): Promise<UserInfo> {
  const authorization = request.headers['authorization']
  if (authorization === undefined) return anonymous
  const [scheme = '', token = ''] = authorization.split(' ')
  if (scheme.toLowerCase() !== 'bearer' || token === '') throw unauthorized()
  const user = await options.authenticate(token, undefined)
  if (!user) throw unauthorized()
  return { ...user, groups: user.groups.includes('system:authenticated') ? user.groups : [...user.groups, 'system:authenticated'] }
}
