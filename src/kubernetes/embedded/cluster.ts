import { stringify } from 'yaml'
import type { UserInfo } from '../../cluster-access/rules.ts'
import { asksForYaml } from './accepted.ts'
import { createClusterAuthorizer } from './authorization.ts'
import { rbacObjectsOf } from './rbac-objects.ts'
import { impersonated } from './impersonation.ts'
import { nonResource } from './non-resources.ts'
import { decodedPath, parseResourcePath } from './request-path.ts'
import { type EmbeddedClusterOptions, json, type KubernetesRequest, type KubernetesResponse } from './requests.ts'
import { createResourceHandler } from './resource-requests.ts'
import { seedCluster } from './seed.ts'
import { badRequest, StatusError, unauthorized } from './status.ts'

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
    const path = decodedPath(request.path)
    if (path === undefined) throw badRequest('the path is not well-formed')
    const resource = parseResourcePath(path)
    if (resource) return resources(request, resource, user)
    await authorizer.require(user, { kind: 'nonResource', verb: request.method.toLowerCase(), path })
    return nonResource(request, path, { version, endpoint: options.endpoint, issuer: options.issuer })
  }

  return {
    async handle(request) {
      try {
        return represented(request, await answer(request))
      } catch (problem) {
        if (problem instanceof StatusError) return represented(request, refusal(problem))
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

function refusal(problem: StatusError): KubernetesResponse {
  const { status, headers, body } = json(problem.code, problem.toStatus())
  const seconds = problem.details?.['retryAfterSeconds']
  return { status, headers: { ...headers, ...(typeof seconds === 'number' && { 'retry-after': String(seconds) }) }, body }
}

/** An answer in the form that the client asks for; nobody is to keep it. */
function represented({ headers: asked }: KubernetesRequest, { status, headers, body }: KubernetesResponse): KubernetesResponse {
  const kept = { ...headers, 'cache-control': 'no-cache, private' }
  if (typeof body !== 'string' || headers['content-type'] !== 'application/json' || !asksForYaml(asked['accept'] ?? ''))
    return { status, headers: kept, body }
  const yaml = stringify(JSON.parse(body), { version: '1.1', sortMapEntries: true, lineWidth: 0, indentSeq: false })
  return { status, headers: { ...kept, 'content-type': 'application/yaml' }, body: yaml }
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
