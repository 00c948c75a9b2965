/** A type of object that an embedded cluster serves. */
export interface ResourceType {
  readonly group: string
  readonly version: string
  /** Plural, as in paths. */
  readonly resource: string
  readonly singular: string
  readonly kind: string
  readonly namespaced: boolean
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
  readonly subresources?: readonly string[]
  /** Not served as a collection to delete. */
  readonly deletedOneByOne?: true
  /** An update makes the object that is not there. The strategies' AllowCreateOnUpdate of kube-apiserver. */
  readonly createdByUpdate?: true
  /** Only creation is served: reviews. */
  readonly createOnly?: true
}

const core = { group: '', version: 'v1' }
const apps = { group: 'apps', version: 'v1' }
const batch = { group: 'batch', version: 'v1' }
const networking = { group: 'networking.k8s.io', version: 'v1' }
const rbac = { group: 'rbac.authorization.k8s.io', version: 'v1' }
const authentication = { group: 'authentication.k8s.io', version: 'v1' }
const authorization = { group: 'authorization.k8s.io', version: 'v1' }

/** Every type that is served, in the order of discovery. */
export const resourceTypes: readonly ResourceType[] = [
  { ...core, resource: 'configmaps', singular: 'configmap', kind: 'ConfigMap', namespaced: true, shortNames: ['cm'] },
  { ...core, resource: 'events', singular: 'event', kind: 'Event', namespaced: true, shortNames: ['ev'], createdByUpdate: true },
  {
    ...core,
    resource: 'namespaces',
    singular: 'namespace',
    kind: 'Namespace',
    namespaced: false,
    shortNames: ['ns'],
    subresources: ['status', 'finalize'],
    deletedOneByOne: true,
  },
  { ...core, resource: 'nodes', singular: 'node', kind: 'Node', namespaced: false, shortNames: ['no'], subresources: ['status'] },
  {
    ...core,
    resource: 'pods',
    singular: 'pod',
    kind: 'Pod',
    namespaced: true,
    shortNames: ['po'],
    categories: ['all'],
    subresources: ['status', 'log', 'exec', 'attach', 'portforward', 'eviction'],
  },
  { ...core, resource: 'secrets', singular: 'secret', kind: 'Secret', namespaced: true },
  {
    ...core,
    resource: 'serviceaccounts',
    singular: 'serviceaccount',
    kind: 'ServiceAccount',
    namespaced: true,
    shortNames: ['sa'],
    subresources: ['token'],
  },
  {
    ...core,
    resource: 'services',
    singular: 'service',
    kind: 'Service',
    createdByUpdate: true,
    namespaced: true,
    shortNames: ['svc'],
    categories: ['all'],
    subresources: ['status'],
  },
  { ...apps, resource: 'controllerrevisions', singular: 'controllerrevision', kind: 'ControllerRevision', namespaced: true },
  {
    ...apps,
    resource: 'daemonsets',
    singular: 'daemonset',
    kind: 'DaemonSet',
    namespaced: true,
    shortNames: ['ds'],
    categories: ['all'],
    subresources: ['status'],
  },
  {
    ...apps,
    resource: 'deployments',
    singular: 'deployment',
    kind: 'Deployment',
    namespaced: true,
    shortNames: ['deploy'],
    categories: ['all'],
    subresources: ['status', 'scale'],
  },
  {
    ...apps,
    resource: 'replicasets',
    singular: 'replicaset',
    kind: 'ReplicaSet',
    namespaced: true,
    shortNames: ['rs'],
    categories: ['all'],
    subresources: ['status', 'scale'],
  },
  {
    ...apps,
    resource: 'statefulsets',
    singular: 'statefulset',
    kind: 'StatefulSet',
    namespaced: true,
    shortNames: ['sts'],
    categories: ['all'],
    subresources: ['status', 'scale'],
  },
  {
    ...batch,
    resource: 'cronjobs',
    singular: 'cronjob',
    kind: 'CronJob',
    namespaced: true,
    shortNames: ['cj'],
    categories: ['all'],
    subresources: ['status'],
  },
  {
    ...batch,
    resource: 'jobs',
    singular: 'job',
    kind: 'Job',
    namespaced: true,
    categories: ['all'],
    subresources: ['status'],
  },
  {
    ...networking,
    resource: 'networkpolicies',
    singular: 'networkpolicy',
    kind: 'NetworkPolicy',
    namespaced: true,
    shortNames: ['netpol'],
  },
  {
    ...rbac,
    resource: 'clusterrolebindings',
    singular: 'clusterrolebinding',
    kind: 'ClusterRoleBinding',
    namespaced: false,
    createdByUpdate: true,
  },
  { ...rbac, resource: 'clusterroles', singular: 'clusterrole', kind: 'ClusterRole', namespaced: false, createdByUpdate: true },
  { ...rbac, resource: 'rolebindings', singular: 'rolebinding', kind: 'RoleBinding', namespaced: true, createdByUpdate: true },
  { ...rbac, resource: 'roles', singular: 'role', kind: 'Role', namespaced: true, createdByUpdate: true },
  {
    ...authentication,
    resource: 'selfsubjectreviews',
    singular: 'selfsubjectreview',
    kind: 'SelfSubjectReview',
    namespaced: false,
    createOnly: true,
  },
  { ...authentication, resource: 'tokenreviews', singular: 'tokenreview', kind: 'TokenReview', namespaced: false, createOnly: true },
  {
    ...authorization,
    resource: 'localsubjectaccessreviews',
    singular: 'localsubjectaccessreview',
    kind: 'LocalSubjectAccessReview',
    namespaced: true,
    createOnly: true,
  },
  {
    ...authorization,
    resource: 'selfsubjectaccessreviews',
    singular: 'selfsubjectaccessreview',
    kind: 'SelfSubjectAccessReview',
    namespaced: false,
    createOnly: true,
  },
  {
    ...authorization,
    resource: 'selfsubjectrulesreviews',
    singular: 'selfsubjectrulesreview',
    kind: 'SelfSubjectRulesReview',
    namespaced: false,
    createOnly: true,
  },
  {
    ...authorization,
    resource: 'subjectaccessreviews',
    singular: 'subjectaccessreview',
    kind: 'SubjectAccessReview',
    namespaced: false,
    createOnly: true,
  },
]

export const findType = (group: string, version: string, resource: string): ResourceType | undefined =>
  resourceTypes.find(type => type.group === group && type.version === version && type.resource === resource)

/** As objects name it: `v1`, `apps/v1`. */
export const apiVersionOf = ({ group, version }: Pick<ResourceType, 'group' | 'version'>) =>
  group === '' ? version : `${group}/${version}`

/** The key under which the store keeps a type. */
export const storageKey = ({ group, resource }: ResourceType) => `${group}/${resource}`
