import { type ClusterEscalation, need, named } from './cluster-escalation.ts'

const rbac = 'rbac.authorization.k8s.io'

/** Rights that are given or borrowed. Kubernetes documentation, "Using RBAC Authorization", "Privilege escalation prevention and bootstrapping", and "User impersonation". */
export const rbacRules: readonly ClusterEscalation[] = [
  {
    id: 'kubernetes-bind-cluster-role',
    title: 'binds a cluster role with all rights to itself',
    over: 'cluster',
    needs: [
      need('create', `clusterrolebindings.${rbac}`, 'cluster'),
      need('bind', `clusterroles.${rbac}`, 'cluster', { name: { name: 'cluster-admin' } }),
    ],
    performed: 'embedded',
  },
  {
    id: 'kubernetes-bind-role',
    title: 'binds a role with all rights in a namespace to itself',
    over: 'service accounts of a namespace',
    needs: [
      need('create', `rolebindings.${rbac}`, 'target'),
      need('bind', `clusterroles.${rbac}`, 'target', { name: { name: 'cluster-admin' } }),
    ],
    performed: 'embedded',
  },
  {
    id: 'kubernetes-escalate-cluster-role',
    title: 'gives a cluster role that it is bound to all rights',
    over: 'cluster',
    needs: [need('update', `clusterroles.${rbac}`, 'cluster'), need('escalate', `clusterroles.${rbac}`, 'cluster')],
    assuming: 'a cluster role is bound to it in the whole cluster',
    performed: 'embedded',
  },
  {
    id: 'kubernetes-escalate-role',
    title: 'gives a role that it is bound to all rights in a namespace',
    over: 'service accounts of a namespace',
    needs: [need('update', `roles.${rbac}`, 'target'), need('escalate', `roles.${rbac}`, 'target')],
    assuming: 'a role of the namespace is bound to it',
    performed: 'embedded',
  },
  {
    id: 'kubernetes-impersonate-masters',
    title: 'impersonates a member of system:masters',
    over: 'cluster',
    needs: [need('impersonate', 'users', 'cluster'), need('impersonate', 'groups', 'cluster', { name: { name: 'system:masters' } })],
    performed: 'embedded',
  },
  {
    id: 'kubernetes-impersonate-user',
    title: 'impersonates the user',
    over: 'user',
    needs: [need('impersonate', 'users', 'cluster', named)],
    performed: 'embedded',
  },
  {
    id: 'kubernetes-impersonate-group',
    title: 'impersonates a member of the group',
    over: 'group',
    needs: [need('impersonate', 'users', 'cluster'), need('impersonate', 'groups', 'cluster', named)],
    performed: 'embedded',
  },
  {
    id: 'kubernetes-impersonate-service-account',
    title: 'impersonates the service account',
    over: 'service account',
    needs: [need('impersonate', 'serviceaccounts', 'target', named)],
    performed: 'embedded',
  },
]
