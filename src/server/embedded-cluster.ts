import { decideAccess } from '../kubernetes/access-review/decide-access.ts'
import { decisionsAsAsked } from '../kubernetes/decisions-as-asked.ts'
import { awsAuthMap, editAwsAuthMap } from '../kubernetes/embedded/aws-auth-map.ts'
import { type EmbeddedCluster, openEmbeddedCluster } from '../kubernetes/embedded/cluster.ts'
import { objectsOf, openObjectStore } from '../kubernetes/embedded/object-store.ts'
import { type KubernetesObject, textOf } from '../kubernetes/embedded/objects.ts'
import { findType, type ResourceType } from '../kubernetes/embedded/resource-types.ts'
import { apiAudience } from '../kubernetes/embedded/token-requests.ts'
import { longestTokenSeconds } from '../kubernetes/issuer/keys.ts'
import { mintServiceAccountToken, ServiceAccountTokenError, verifyServiceAccountToken } from '../kubernetes/issuer/service-account-token.ts'
import { mutatePod } from '../kubernetes/pod-identity-webhook/mutate-pod.ts'
import { nameOf } from '../kubernetes/pod-identity-webhook/admission-review.ts'
import type { Pod } from '../kubernetes/pod-identity-webhook/pod.ts'
import { PodRefused, type ServiceAccount } from '../kubernetes/pod-identity-webhook/pod-credentials.ts'
import type { UserInfo } from '../cluster-access/rules.ts'
import { isOfOtherIssuer } from '../kubernetes/token-review/identity-providers.ts'
import { tokenPrefix } from '../kubernetes/token-review/presigned-token.ts'
import { decideToken } from '../kubernetes/token-review/token-review.ts'
import { serviceRangeOf } from '../kubernetes/service-range.ts'
import type { ClusterToStart, RunningCluster } from './running-cluster.ts'
import { podIdentityConfiguration, serviceAccountForPods } from './pod-admission.ts'

const type = (resource: string) => findType('', 'v1', resource) as ResourceType

/** Where embedded clusters answer on our own listener. */
export const embeddedPath = (clusterId: string) => `/_gatehouse/kubernetes/${clusterId}`

/** Runs a cluster of the embedded kind, in this process. */
export async function startEmbeddedCluster({ row, parts, reviewer, directory, tell }: ClusterToStart): Promise<RunningCluster> {
  const { store, secrets, past, issuerKeys, now, random, region, log } = parts
  const owner = { clusterId: row.id, secrets }
  const { https, certificateAuthorityPem } = parts.endpoints()
  const objects = await openObjectStore(store, owner)
  const endpoint = `${https}${embeddedPath(row.id)}`
  const find = (resource: string, namespace: string, name: string) => objects.read(tx => tx.get(type(resource), { namespace, name }))

  const running: RunningCluster & Pick<EmbeddedCluster, 'handle'> = {
    endpoint,
    certificateAuthorityPem,
    awsAuthData: () => awsAuthMap(objects),
    editAwsAuth: edit => editAwsAuthMap(objects, edit, { now, uuid: random.uuid }),
    serviceAccount: (namespace, name) => find('serviceaccounts', namespace, name),
    pod: (namespace, name) => find('pods', namespace, name),
    async readAs(path, bearer) {
      const [before = '', query = ''] = path.split('?')
      const { signal } = new AbortController()
      const headers = { authorization: `Bearer ${bearer}`, accept: 'application/json' }
      const asked = { method: 'GET', path: before, query, headers, headerLines: Object.entries(headers), body: new Uint8Array(0) }
      const { status, body } = await cluster.handle({ ...asked, signal: () => signal })
      return { status, body: typeof body === 'string' ? body : '' }
    },
    handle: request => cluster.handle(request),
    stop: async () => undefined,
  }
  const review = reviewer()
  const told = decisionsAsAsked(tell, now)

  async function authenticate(token: string, audiences: readonly string[] | undefined): Promise<UserInfo | undefined> {
    if (token.startsWith(tokenPrefix) || isOfOtherIssuer(token, row.issuerUrl)) {
      const decision = await decideToken(token, review.authentication(), log)
      await told(decision, token)
      return 'user' in decision ? decision.user : undefined
    }
    try {
      return await serviceAccountUser(token, audiences)
    } catch (problem) {
      if (!(problem instanceof ServiceAccountTokenError)) throw problem
      log.info({ cluster: row.name, reason: problem.message }, 'token refused')
      return undefined
    }
  }

  /** A token is good while its service account, and the pod it is bound to, are the ones that it was made for. */
  async function serviceAccountUser(token: string, audiences: readonly string[] | undefined): Promise<UserInfo | undefined> {
    const keys = await issuerKeys.publishedKeys(row.id, now())
    const identity = await verifyServiceAccountToken(token, {
      issuer: row.issuerUrl,
      keys,
      audiences: audiences ?? [apiAudience],
      now: now(),
    })
    const { namespace, serviceAccount, pod } = identity
    const account = await find('serviceaccounts', namespace, serviceAccount.name)
    if (account?.metadata.uid !== serviceAccount.uid) return undefined
    if (pod && (await find('pods', namespace, pod.name))?.metadata.uid !== pod.uid) return undefined
    return {
      username: identity.username,
      uid: serviceAccount.uid,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
      extra: {
        ...(identity.tokenId !== undefined && { 'authentication.kubernetes.io/credential-id': [`JTI=${identity.tokenId}`] }),
        ...(pod && { 'authentication.kubernetes.io/pod-name': [pod.name], 'authentication.kubernetes.io/pod-uid': [pod.uid] }),
      },
    }
  }

  const aboutPod = (pod: Pod, namespace: string, serviceAccount: string) =>
    ({ webhook: 'pod-identity', namespace, serviceAccount, pod: nameOf(pod) }) as const

  /** @throws PodRefused, which is on record then */
  async function admitted(pod: Pod, account: ServiceAccount, { namespace, serviceAccount }: { namespace: string; serviceAccount: string }) {
    try {
      return mutatePod(pod, account, podIdentityConfiguration(region, row))
    } catch (problem) {
      if (problem instanceof PodRefused)
        await tell({ ...aboutPod(pod, namespace, serviceAccount), mutated: false, warning: problem.message })
      throw problem
    }
  }

  const cluster = await openEmbeddedCluster({
    objects,
    pastObjects: async moment => objectsOf(await past.at(moment), owner),
    serviceRange: serviceRangeOf(row),
    version: row.version,
    endpoint,
    certificateAuthorityPem,
    authenticate,
    accessPolicies: async (user, attributes) => {
      const opinion = await decideAccess(user, attributes, row.id, directory)
      await told({ webhook: 'access-review', user, attributes, ...opinion }, [user, attributes])
      return opinion.allowed ? opinion : { allowed: false, reason: '' }
    },
    issuer: async () => (row.issuerUrl === '' ? undefined : { url: row.issuerUrl, keys: await issuerKeys.publishedKeys(row.id, now()) }),
    async mintToken({ namespace, serviceAccount, serviceAccountUid, audiences, expirationSeconds, pod }) {
      const at = now()
      // A retired key is published for as long as its last token is good: no token may be good for longer.
      const lifetimeSeconds = Math.min(expirationSeconds, parts.podTokenSeconds, longestTokenSeconds)
      const token = await mintServiceAccountToken(
        {
          issuer: row.issuerUrl,
          audiences,
          namespace,
          serviceAccount: { name: serviceAccount, uid: serviceAccountUid },
          ...(pod && { pod }),
          lifetimeSeconds,
          now: at,
          tokenId: random.uuid(),
        },
        await issuerKeys.signingKey(row.id, at),
      )
      return { token, expiresAt: at + lifetimeSeconds * 1000 }
    },
    async mutatePod(pod, serviceAccount) {
      const { namespace = '', name = '' } = serviceAccount.metadata
      const account = await serviceAccountForPods(store, row.id, { namespace, name }, serviceAccount.metadata)
      const { pod: mutated, patch, warning } = await admitted(pod as Pod, account, { namespace, serviceAccount: name })
      if (patch.length > 0 || warning !== undefined)
        await tell({ ...aboutPod(pod as Pod, namespace, name), mutated: patch.length > 0, warning })
      if (warning !== undefined)
        log.warn({ cluster: row.name, namespace: textOf(pod.metadata.namespace), reason: warning }, 'pod gets no credentials')
      return mutated as KubernetesObject
    },
    now,
    uuid: random.uuid,
  })
  return running
}
