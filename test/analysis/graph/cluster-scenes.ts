import type { PolicyRule } from '../../../src/cluster-access/rules.ts'
import type { ClusterEscalation, ClusterNeed, ClusterOver } from '../../../src/analysis/graph/escalations/cluster-escalation.ts'
import { account, administratorAccess, cluster, iamArn, role, roleArn, type Scene, trusts, user, userArn, world } from './world.ts'

/** The rule of a role that allows one request and no more. */
export function ruleFor({ verb, apiGroup, resource, subresource, name }: ClusterNeed, target: string): PolicyRule {
  const named = name === 'target' ? target : name?.name
  return {
    verbs: [verb],
    apiGroups: [apiGroup],
    resources: [subresource === undefined ? resource : `${resource}/${subresource}`],
    ...(named !== undefined && { resourceNames: [named] }),
  }
}

export const issuer = 'oidc.eks.us-east-1.amazonaws.com/id/D539D4633E53DE1B71EB1B2C3D4E5F60'

const targetNames: Readonly<Record<ClusterOver, string>> = {
  'service accounts of a namespace': 'strong',
  'service account': 'strong',
  'role of a service account': 'strong',
  pod: 'strong-pod',
  'nodes from a namespace': '',
  nodes: '',
  cluster: '',
  'IAM principal in cluster': '',
  user: 'jane',
  group: 'wheel',
}

const goals: Readonly<Record<ClusterOver, string>> = {
  'service accounts of a namespace': 'demo:serviceaccount:shop/strong',
  'service account': 'demo:serviceaccount:shop/strong',
  'role of a service account': roleArn('strong'),
  pod: 'demo:pod:shop/strong-pod',
  'nodes from a namespace': 'demo:node:node-1',
  nodes: 'demo:node:node-1',
  cluster: 'administrator of cluster demo',
  'IAM principal in cluster': 'administrator of cluster demo',
  user: 'demo:user:jane',
  group: 'demo:group:wheel',
}

/**
 * The smallest cluster in which a rule leads somewhere: mallory, an IAM user with an access entry, is bound to roles that allow exactly the given needs; those
 * of a namespace only there.
 */
export function clusterSceneOf({ over }: ClusterEscalation, needs: readonly ClusterNeed[]): Scene {
  const rules = (test: (need: ClusterNeed) => boolean) => needs.filter(test).map(need => ruleFor(need, targetNames[over]))
  const kubeSystem = (need: ClusterNeed) => typeof need.namespace === 'object'
  const group = [{ kind: 'Group', name: 'attackers' }]
  const own = { principalArn: userArn('mallory'), type: 'STANDARD', username: 'mallory', groups: ['attackers'], policies: [] }
  const bind = (name: string, kind: string, namespace?: string) => ({
    name,
    subjects: group,
    roleRef: { kind, name },
    ...(namespace !== undefined && { namespace }),
  })
  const toAdmin = (kind: string, name: string) => ({
    name: `admin-${kind}`,
    subjects: [{ kind, name }],
    roleRef: { kind: 'ClusterRole', name: 'cluster-admin' },
  })
  const trust = trusts(
    { Federated: iamArn(`oidc-provider/${issuer}`) },
    { StringEquals: { [`${issuer}:sub`]: 'system:serviceaccount:shop:strong' } },
    'sts:AssumeRoleWithWebIdentity',
  )
  return {
    snapshot: world({
      users: [user('mallory')],
      roles: [
        role('strong', trust, { attached: [administratorAccess] }),
        role('node', trusts({ Service: 'ec2.amazonaws.com' }), { profiles: [iamArn('instance-profile/node')] }),
      ],
      instances: [{ arn: `arn:aws:ec2:us-east-1:${account}:instance/i-0123456789abcdef0`, profile: iamArn('instance-profile/node') }],
      clusters: [
        cluster({
          issuer: `https://${issuer}`,
          accessEntries: [own],
          clusterRoles: {
            'cluster-admin': [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
            wide: rules(({ namespace }) => namespace === 'cluster'),
          },
          roles: { 'shop/narrow': rules(({ namespace }) => namespace === 'target'), 'kube-system/narrow': rules(kubeSystem) },
          clusterRoleBindings: [bind('wide', 'ClusterRole'), toAdmin('User', 'jane'), toAdmin('Group', 'wheel')],
          roleBindings: [bind('narrow', 'Role', 'shop'), bind('narrow', 'Role', 'kube-system')],
          namespaces: [{ name: 'shop' }, { name: 'kube-system' }],
          serviceAccounts: [{ namespace: 'shop', name: 'strong' }],
          pods: [{ namespace: 'shop', name: 'strong-pod', serviceAccount: 'strong', node: 'node-1', hostNetwork: false }],
          nodes: [{ name: 'node-1', instanceId: 'i-0123456789abcdef0' }],
        }),
      ],
    }),
    from: `demo:iam:${userArn('mallory')}`,
    to: goals[over],
  }
}
