import type { ResourceAttributes } from '../../cluster-access/rules.ts'

/** API groups of the resources that every cluster has; others are named with their group, as `volumes.example.com`. Kubernetes API Reference. */
const groups: Readonly<Record<string, string>> = {
  ...ofGroup(
    '',
    'bindings configmaps endpoints events limitranges namespaces nodes persistentvolumeclaims persistentvolumes pods podtemplates replicationcontrollers resourcequotas secrets serviceaccounts services users groups',
  ),
  ...ofGroup('apps', 'controllerrevisions daemonsets deployments replicasets statefulsets'),
  ...ofGroup('batch', 'cronjobs jobs'),
  ...ofGroup('autoscaling', 'horizontalpodautoscalers'),
  ...ofGroup('networking.k8s.io', 'ingressclasses ingresses networkpolicies'),
  ...ofGroup('policy', 'poddisruptionbudgets'),
  ...ofGroup('rbac.authorization.k8s.io', 'clusterrolebindings clusterroles rolebindings roles'),
  ...ofGroup(
    'admissionregistration.k8s.io',
    'mutatingwebhookconfigurations validatingadmissionpolicies validatingadmissionpolicybindings validatingwebhookconfigurations',
  ),
  ...ofGroup('apiextensions.k8s.io', 'customresourcedefinitions'),
  ...ofGroup('apiregistration.k8s.io', 'apiservices'),
  ...ofGroup('authentication.k8s.io', 'selfsubjectreviews tokenreviews uids userextras'),
  ...ofGroup('authorization.k8s.io', 'localsubjectaccessreviews selfsubjectaccessreviews selfsubjectrulesreviews subjectaccessreviews'),
  ...ofGroup('certificates.k8s.io', 'certificatesigningrequests signers'),
  ...ofGroup('coordination.k8s.io', 'leases'),
  ...ofGroup('discovery.k8s.io', 'endpointslices'),
  ...ofGroup('storage.k8s.io', 'csidrivers csinodes storageclasses volumeattachments'),
}

function ofGroup(group: string, resources: string): Record<string, string> {
  return Object.fromEntries(resources.split(' ').map(resource => [resource, group]))
}

/**
 * A verb and a resource as people write them: `pods`, `pods/exec`, `secrets/db` with a name, `deployments.apps`, as kubectl takes them. What follows a slash
 * is a subresource where the resource has such a one.
 * @returns undefined when the resource's group is not known
 */
export function attributesOf(
  verb: string,
  resource: string,
  {
    namespace,
    name,
    subresource,
  }: { readonly namespace?: string | undefined; readonly name?: string | undefined; readonly subresource?: string | undefined },
): ResourceAttributes | undefined {
  const [type = '', ...rest] = resource.split('/')
  const after = rest.join('/')
  const isSubresource = subresources.has(after)
  const dot = type.indexOf('.')
  const plural = dot === -1 ? type : type.slice(0, dot)
  const apiGroup = plural === '*' ? '*' : dot === -1 ? groups[plural] : type.slice(dot + 1)
  if (apiGroup === undefined) return undefined
  const [asked, named] = [subresource ?? (isSubresource ? after : undefined), name ?? (after !== '' && !isSubresource ? after : undefined)]
  return {
    kind: 'resource',
    verb,
    apiGroup,
    resource: plural,
    ...(asked !== undefined && { subresource: asked }),
    ...(namespace !== undefined && { namespace }),
    ...(named !== undefined && { name: named }),
  }
}

const subresources = new Set(
  'approval attach binding ephemeralcontainers eviction exec finalize log portforward proxy resize rollback scale status token'.split(' '),
)
