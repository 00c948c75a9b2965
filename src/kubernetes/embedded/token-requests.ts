import type { JsonObject } from '../../types/json.ts'
import { listOf, objectOf, textOf, timestamp } from './objects.ts'
import type { ResourceRequest } from './requests.ts'
import { findType, type ResourceType } from './resource-types.ts'
import { invalid, notFound } from './status.ts'

/** The audience of tokens made without naming one: the API server's own, as on EKS. */
export const apiAudience = 'https://kubernetes.default.svc'

const shortestSeconds = 600
const longestSeconds = 2 ** 32
const defaultSeconds = 3_600
const podType = findType('', 'v1', 'pods') as ResourceType

/** TokenRequest: a token of a service account. Kubernetes API, authentication.k8s.io/v1 TokenRequest. */
export async function requestToken({ parts, type, namespace, name, dryRun }: ResourceRequest, body: JsonObject): Promise<JsonObject> {
  const account = await parts.objects.read(tx => tx.get(type, { namespace, name }))
  if (!account) throw notFound(type, name)
  const spec = objectOf(body['spec'])
  const named = listOf(spec['audiences'])
    .map(textOf)
    .filter(audience => audience !== '')
  const audiences = named.length > 0 ? named : [apiAudience]
  const expirationSeconds = typeof spec['expirationSeconds'] === 'number' ? spec['expirationSeconds'] : defaultSeconds
  if (expirationSeconds < shortestSeconds)
    throw invalid('TokenRequest', 'authentication.k8s.io', '', [
      {
        reason: 'FieldValueInvalid',
        field: 'spec.expirationSeconds',
        message: `Invalid value: ${expirationSeconds}: may not specify a duration less than 10 minutes`,
      },
    ])
  if (expirationSeconds > longestSeconds)
    throw invalid('TokenRequest', 'authentication.k8s.io', '', [
      {
        reason: 'FieldValueInvalid',
        field: 'spec.expirationSeconds',
        message: `Invalid value: ${expirationSeconds}: may not specify a duration larger than 2^32 seconds`,
      },
    ])
  const pod = await boundPod(parts, namespace, objectOf(spec['boundObjectRef']))
  const minted = dryRun
    ? { token: '', expiresAt: parts.now() + expirationSeconds * 1000 }
    : await parts.mintToken({
        namespace,
        serviceAccount: name,
        serviceAccountUid: account.metadata.uid ?? '',
        audiences,
        expirationSeconds,
        ...(pod && { pod }),
      })
  return {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: {
      name,
      namespace,
      uid: account.metadata.uid,
      creationTimestamp: timestamp(parts.now()),
    },
    spec: { ...spec, audiences, expirationSeconds, boundObjectRef: spec['boundObjectRef'] ?? null },
    status: { token: minted.token, expirationTimestamp: timestamp(minted.expiresAt) },
  }
}

async function boundPod(parts: ResourceRequest['parts'], namespace: string, ref: JsonObject) {
  if (textOf(ref['kind']) !== 'Pod') return undefined
  const name = textOf(ref['name'])
  const pod = await parts.objects.read(tx => tx.get(podType, { namespace, name }))
  if (!pod) throw notFound(podType, name)
  return { name, uid: pod.metadata.uid ?? '' }
}
