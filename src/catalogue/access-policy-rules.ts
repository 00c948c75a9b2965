import type { AccessPolicyRule } from './access-policy-rule.ts'

// Transcribed on 2026-11-24 from the EKS User Guide, "Review access policy permissions" (its newest entry in "Access policy
// updates" is of 2025-11-06), and, for Region switch, from the Application Recovery Controller guide, "Amazon EKS resource
// scaling execution block". Each rule here is a row of a table there; facts only, none of its text.

const read = ['get', 'list', 'watch']
const write = ['create', 'delete', 'deletecollection', 'patch', 'update']

const rule = (apiGroup: string, resources: string, verbs: readonly string[]): AccessPolicyRule => ({
  apiGroups: [apiGroup],
  resources: resources.split(' '),
  verbs,
})

const core = ''

const viewCore: readonly AccessPolicyRule[] = [
  rule(
    core,
    'configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status',
    read,
  ),
  rule(
    core,
    'bindings events limitranges namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas resourcequotas/status',
    read,
  ),
  rule(core, 'namespaces', read),
]

const view: readonly AccessPolicyRule[] = [
  rule(
    'apps',
    'controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status replicasets replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status',
    read,
  ),
  rule('autoscaling', 'horizontalpodautoscalers horizontalpodautoscalers/status', read),
  rule('batch', 'cronjobs cronjobs/status jobs jobs/status', read),
  rule('discovery.k8s.io', 'endpointslices', read),
  rule(
    'extensions',
    'daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses ingresses/status networkpolicies replicasets replicasets/scale replicasets/status replicationcontrollers/scale',
    read,
  ),
  rule('networking.k8s.io', 'ingresses ingresses/status networkpolicies', read),
  rule('policy', 'poddisruptionbudgets poddisruptionbudgets/status', read),
  ...viewCore,
]

const edit: readonly AccessPolicyRule[] = [
  ...view,
  rule(
    'apps',
    'daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale',
    write,
  ),
  rule('autoscaling', 'horizontalpodautoscalers', write),
  rule('batch', 'cronjobs jobs', write),
  rule(
    'extensions',
    'daemonsets deployments deployments/rollback deployments/scale ingresses networkpolicies replicasets replicasets/scale replicationcontrollers/scale',
    write,
  ),
  rule('networking.k8s.io', 'ingresses networkpolicies', write),
  rule('policy', 'poddisruptionbudgets', write),
  rule(core, 'pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy', read),
  rule(core, 'serviceaccounts', ['impersonate']),
  rule(core, 'pods pods/attach pods/exec pods/portforward pods/proxy', write),
  rule(
    core,
    'configmaps events persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets serviceaccounts services services/proxy',
    write,
  ),
]

/** Policies whose every rule is published. */
export const tabledRules: { readonly [name: string]: readonly AccessPolicyRule[] } = {
  AmazonEKSClusterAdminPolicy: [
    { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
    { nonResourceURLs: ['*'], verbs: ['*'] },
  ],
  AmazonEKSAdminPolicy: [
    ...edit,
    rule('authorization.k8s.io', 'localsubjectaccessreviews', ['create']),
    rule('rbac.authorization.k8s.io', 'rolebindings roles', [...write, ...read]),
  ],
  AmazonEKSAdminViewPolicy: [rule('*', '*', read)],
  AmazonEKSEditPolicy: edit,
  AmazonEKSViewPolicy: view,
  AmazonEKSSecretReaderPolicy: [rule(core, 'secrets', read)],
  AmazonEKSHybridPolicy: [rule('*', 'nodes', ['list'])],
  AmazonARCRegionSwitchScalingPolicy: [
    rule('*', '*/scale', ['get', 'update']),
    rule('*', '*/status', ['get']),
    rule('autoscaling', 'horizontalpodautoscalers', ['get', 'patch']),
  ],
}

const crds = 'apiextensions.k8s.io'
const eksGroup = 'eks.amazonaws.com'
const named = (apiGroup: string, resource: string, resourceNames: readonly string[], verbs: readonly string[]): AccessPolicyRule => ({
  apiGroups: [apiGroup],
  resources: [resource],
  resourceNames,
  verbs,
})

/** Policies whose rules are published as prose: what it says of named resources with named verbs. "Read" is get, list and watch. */
export const descriptiveRules: { readonly [name: string]: readonly AccessPolicyRule[] } = {
  AmazonEKSAutoNodePolicy: [
    rule(core, 'endpoints services nodes pods', read),
    rule('discovery.k8s.io', 'endpointslices', read),
    rule(core, 'events', ['create', 'patch', 'update']),
    rule('events.k8s.io', 'events', ['create', 'patch', 'update']),
    rule(core, 'persistentvolumes persistentvolumeclaims', read),
    rule('storage.k8s.io', 'csinodes storageclasses volumeattachments', read),
    rule(eksGroup, 'cninodes nodediagnostics', read),
  ],
  AmazonEKSComputePolicy: [rule('coordination.k8s.io', 'leases', ['get', 'watch'])],
  AmazonEKSBlockStorageClusterPolicy: [
    rule(core, 'persistentvolumes', ['list', 'watch', 'create', 'update', 'patch', 'delete']),
    rule(core, 'persistentvolumeclaims', ['list', 'watch', 'update']),
    rule(core, 'persistentvolumeclaims/status', ['patch']),
    rule(core, 'nodes pods', read),
    rule('storage.k8s.io', 'storageclasses csinodes volumeattributesclasses', read),
    rule('storage.k8s.io', 'volumeattachments volumeattachments/status', ['list', 'watch', 'patch', 'update']),
  ],
  AmazonEKSComputeClusterPolicy: [
    rule('karpenter.sh', 'nodepools nodeclaims nodepools/status nodeclaims/status', ['create', 'update', 'delete', ...read]),
    rule(eksGroup, 'nodeclasses', ['create', 'update', 'patch', 'delete']),
    rule(core, 'pods nodes persistentvolumes persistentvolumeclaims replicationcontrollers namespaces', read),
    rule('storage.k8s.io', 'storageclasses csinodes volumeattachments', read),
    rule('apps', 'deployments daemonsets replicasets statefulsets', ['list', 'watch']),
    rule('policy', 'poddisruptionbudgets', read),
    rule(core, 'events', ['create', ...read]),
    rule(core, 'nodes', ['update', 'patch', 'delete']),
    rule(core, 'pods/eviction', ['create']),
    rule(core, 'pods', ['delete']),
    rule(crds, 'customresourcedefinitions', ['create']),
  ],
  AmazonEKSLoadBalancingClusterPolicy: [
    rule(core, 'events', ['create', 'patch']),
    rule(core, 'pods nodes endpoints namespaces', read),
    rule(core, 'pods/status', ['patch', 'update']),
    rule(core, 'services services/status', [...write, ...read]),
    rule('networking.k8s.io', 'ingresses ingresses/status', [...write, ...read]),
    rule('discovery.k8s.io', 'endpointslices', read),
    rule('networking.k8s.io', 'ingressclasses', read),
    rule(eksGroup, 'targetgroupbindings targetgroupbindings/status', ['create', 'patch', 'update']),
    rule(eksGroup, 'ingressclassparams', read),
    rule(crds, 'customresourcedefinitions', ['create', ...read]),
    rule('admissionregistration.k8s.io', 'mutatingwebhookconfigurations validatingwebhookconfigurations', ['create', ...read]),
  ],
  AmazonEKSNetworkingClusterPolicy: [
    rule(eksGroup, 'nodeclasses nodeclasses/status', read),
    rule('karpenter.sh', 'nodeclaims nodeclaims/status', read),
    rule(core, 'pods', read),
    rule(eksGroup, 'cninodes cninodes/status', ['create', 'update', 'delete', 'patch', ...read]),
    rule(crds, 'customresourcedefinitions', ['create', ...read]),
    named(crds, 'customresourcedefinitions', ['cninodes.eks.amazonaws.com'], ['update', 'patch', 'delete']),
    rule(core, 'events', ['create', 'patch']),
  ],
  AmazonEKSClusterInsightsPolicy: [rule(core, 'nodes nodes/status', ['get', 'list']), named('apps', 'daemonsets', ['kube-proxy'], ['get'])],
}
