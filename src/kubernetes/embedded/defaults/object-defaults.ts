import type { JsonObject } from '../../../types/json.ts'
import { listOf, objectOf, textOf } from '../objects.ts'
import type { Fill } from './fill.ts'

const rbacGroup = 'rbac.authorization.k8s.io'

/** Bindings name the group of roles, and of users and groups. */
const binding: Fill = given => ({
  ...given,
  roleRef: { ...objectOf(given['roleRef']), apiGroup: textOf(objectOf(given['roleRef'])['apiGroup']) || rbacGroup },
})

function subject(given: JsonObject): JsonObject {
  if (given['kind'] !== 'User' && given['kind'] !== 'Group') return given
  return { ...given, apiGroup: textOf(given['apiGroup']) || rbacGroup }
}

/** stringData is for writing only: it goes into data. */
function secret(given: JsonObject): JsonObject {
  const { data, stringData, ...rest } = given
  const encoded = Object.entries(objectOf(stringData)).map(([key, value]) => [key, Buffer.from(textOf(value)).toString('base64')])
  const all = { ...objectOf(data), ...(Object.fromEntries(encoded) as JsonObject) }
  return { ...rest, ...((data !== undefined || encoded.length > 0) && { data: all }), type: given['type'] ?? 'Opaque' }
}

const isOutside = (type: string) => type === 'NodePort' || type === 'LoadBalancer'

function serviceSpec(spec: JsonObject): JsonObject {
  const type = textOf(spec['type']) || 'ClusterIP'
  const affinity = textOf(spec['sessionAffinity']) || 'None'
  const { sessionAffinityConfig, ...rest } = spec
  const seconds = { timeoutSeconds: 10_800, ...objectOf(objectOf(sessionAffinityConfig)['clientIP']) }
  const external = isOutside(type) || (type === 'ClusterIP' && listOf(spec['externalIPs']).length > 0)
  return {
    ...(external && { externalTrafficPolicy: 'Cluster' }),
    ...(type !== 'ExternalName' && { internalTrafficPolicy: 'Cluster' }),
    ...(type === 'LoadBalancer' && { allocateLoadBalancerNodePorts: true }),
    ...rest,
    type,
    sessionAffinity: affinity,
    ...(affinity === 'ClientIP' && { sessionAffinityConfig: { clientIP: seconds } }),
  }
}

/** A service's port leads to the same one unless another is named. */
const servicePort: Fill = given => ({
  protocol: 'TCP',
  ...given,
  ...((given['targetPort'] === undefined || given['targetPort'] === 0 || given['targetPort'] === '') &&
    given['port'] !== undefined && { targetPort: given['port'] }),
})

/** A policy is of what comes in, and of what goes out when it has rules for that. */
const networkPolicySpec: Fill = spec => ({
  ...spec,
  podSelector: spec['podSelector'] ?? {},
  policyTypes: spec['policyTypes'] ?? ['Ingress', ...(listOf(spec['egress']).length > 0 ? ['Egress'] : [])],
})

/** Defaults of other objects by the name of the type. Kubernetes API reference, and the files defaults.go of kube-apiserver's packages. */
export const objectDefaults: { readonly [typeName: string]: Fill } = {
  RoleBinding: binding,
  ClusterRoleBinding: binding,
  Subject: subject,
  Secret: secret,
  Service: given => ({ ...given, spec: objectOf(given['spec']) }),
  ServiceSpec: serviceSpec,
  ServicePort: servicePort,
  NetworkPolicySpec: networkPolicySpec,
  NetworkPolicyPort: given => ({ protocol: 'TCP', ...given }),
}
