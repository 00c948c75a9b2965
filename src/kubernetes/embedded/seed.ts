import type { JsonObject } from '../../types/json.ts'
import { bootstrapBindings, bootstrapRoles } from '../../cluster-access/bootstrap.ts'
import { fillDefaults } from './defaults/fill-defaults.ts'
import type { ObjectStore, ObjectTransaction } from './object-store.ts'
import { type KubernetesObject, timestamp } from './objects.ts'
import { apiVersionOf, findType, type ResourceType } from './resource-types.ts'
import { allocated, apiServerAddress } from './services.ts'

interface SeedParts {
  readonly certificateAuthorityPem: string
  readonly serviceRange: string
  now(): number
  uuid(): string
}

const type = (group: string, resource: string) => findType(group, 'v1', resource) as ResourceType
const rbacGroup = 'rbac.authorization.k8s.io'
const initialNamespaces = ['default', 'kube-node-lease', 'kube-public', 'kube-system']
const bootstrapLabels = { 'kubernetes.io/bootstrapping': 'rbac-defaults' }

/** Makes what every cluster has from its first moment, where it is not there yet. */
export async function seedCluster(objects: ObjectStore, parts: SeedParts): Promise<void> {
  await objects.write(async tx => {
    for (const name of initialNamespaces) await makeNamespace(tx, name, {}, parts)
    if (!(await tx.get(type('', 'services'), apiServerName)))
      await makeIfAbsent(tx, type('', 'services'), parts, await apiServerService(tx, parts))
    for (const role of bootstrapRoles)
      await makeIfAbsent(tx, type(rbacGroup, 'clusterroles'), parts, {
        metadata: { name: role.name, labels: { ...bootstrapLabels, ...role.labels } },
        rules: JSON.parse(JSON.stringify(role.rules)) as JsonObject[],
        ...(role.aggregates !== undefined && {
          aggregationRule: {
            clusterRoleSelectors: [{ matchLabels: { [`rbac.authorization.k8s.io/aggregate-to-${role.aggregates}`]: 'true' } }],
          },
        }),
      })
    for (const { name, role, groups } of bootstrapBindings)
      await makeIfAbsent(tx, type(rbacGroup, 'clusterrolebindings'), parts, {
        metadata: { name, labels: { ...bootstrapLabels } },
        subjects: groups.map(group => ({ kind: 'Group', apiGroup: rbacGroup, name: group })),
        roleRef: { apiGroup: rbacGroup, kind: 'ClusterRole', name: role },
      })
  })
}

const apiServerName = { name: 'kubernetes', namespace: 'default' }

/** The service of the API server itself. Kubernetes documentation, "Accessing the Kubernetes API from a Pod". */
const apiServerService = (tx: ObjectTransaction, { serviceRange, uuid }: SeedParts): Promise<KubernetesObject> =>
  allocated(
    fillDefaults(type('', 'services'), {
      metadata: { ...apiServerName, labels: { component: 'apiserver', provider: 'kubernetes' } },
      spec: { clusterIP: apiServerAddress(serviceRange), ports: [{ name: 'https', port: 443, targetPort: 443 }] },
      status: { loadBalancer: {} },
    }),
    { tx, range: serviceRange, uuid },
  )

/** A namespace with what controllers put into each: the default service account and the cluster's certificate authority. */
export async function makeNamespace(
  tx: ObjectTransaction,
  name: string,
  given: Partial<KubernetesObject>,
  parts: SeedParts,
): Promise<KubernetesObject> {
  const labels = { ...given.metadata?.labels, 'kubernetes.io/metadata.name': name }
  const namespace = await makeIfAbsent(tx, type('', 'namespaces'), parts, {
    ...given,
    metadata: { ...given.metadata, name, labels },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  })
  await makeIfAbsent(tx, type('', 'serviceaccounts'), parts, { metadata: { name: 'default', namespace: name } })
  await makeIfAbsent(tx, type('', 'configmaps'), parts, {
    metadata: { name: 'kube-root-ca.crt', namespace: name },
    data: { 'ca.crt': parts.certificateAuthorityPem },
  })
  return namespace
}

async function makeIfAbsent(
  tx: ObjectTransaction,
  resourceType: ResourceType,
  parts: SeedParts,
  object: KubernetesObject,
): Promise<KubernetesObject> {
  const { name = '', namespace = '' } = object.metadata
  const existing = await tx.get(resourceType, { name, namespace })
  if (existing) return existing
  return tx.put(
    resourceType,
    {
      kind: resourceType.kind,
      apiVersion: apiVersionOf(resourceType),
      ...object,
      metadata: { ...object.metadata, uid: parts.uuid(), creationTimestamp: timestamp(parts.now()) },
    },
    'ADDED',
  )
}
