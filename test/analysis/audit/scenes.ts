import type {
  AccountSettings,
  ClusterSettings,
  Snapshot,
  SnapshotCluster,
  SnapshotCredentials,
} from '../../../src/analysis/graph/snapshot.ts'
import { clusterAdminPolicyArn } from '../../../src/catalogue/access-policies.ts'
import {
  account,
  administratorAccess,
  allow,
  cluster,
  iamArn,
  policyOf,
  role,
  roleArn,
  trusts,
  user,
  userArn,
  world,
} from '../graph/world.ts'

export const now = Date.parse('2026-06-01T00:00:00Z')
const daysAgo = (days: number) => now - days * 86_400_000

const settings = (account: AccountSettings): Snapshot => world({ account })
const row = (parts: Partial<SnapshotCredentials>): Snapshot =>
  settings({ credentials: [{ user: 'alice', hasPassword: false, hasMfa: false, keys: [], ...parts }] })
const root = (parts: Partial<SnapshotCredentials>) => row({ user: '<root_account>', hasPassword: true, hasMfa: true, ...parts })
const trail = (parts: { isMultiRegion?: boolean; validatesLogs?: boolean }) =>
  settings({ trails: [{ name: 'main', isMultiRegion: true, validatesLogs: true, ...parts }] })

const ec2 = trusts({ Service: 'ec2.amazonaws.com' })
const holding = (...policies: readonly object[]) => world({ roles: [role('app', ec2, { policies })] })
const trusting = (trust: string) => world({ roles: [role('app', trust)] })
const managed = (...statements: readonly object[]) =>
  world({ managedPolicies: [{ arn: iamArn('policy/team'), defaultVersion: 'v1', versions: { v1: policyOf(...statements) } }] })
const provider = 'oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF'
const federated = (conditions: { readonly [suffix: string]: string }) => {
  const condition = Object.fromEntries(Object.entries(conditions).map(([suffix, value]) => [`${provider}:${suffix}`, value]))
  const trust = { Federated: iamArn(`oidc-provider/${provider}`) }
  return trusting(trusts(trust, { StringLike: condition }, 'sts:AssumeRoleWithWebIdentity'))
}
const used = (usedAt: number) => world({ roles: [{ ...role('app', ec2), createdAt: daysAgo(400), usedAt }] })

const within = (parts: Partial<SnapshotCluster>, more: Partial<Snapshot> = {}) => world({ clusters: [cluster(parts)], ...more })
const configured = (parts: Partial<ClusterSettings>) =>
  within({
    settings: {
      publicCidrs: [],
      hasPrivateEndpoint: true,
      logs: ['audit', 'authenticator'],
      encryptsSecrets: true,
      creatorIsAdmin: false,
      ...parts,
    },
  })
const mapped = (name: string, group: string) =>
  within(
    { awsAuth: { mapRoles: `- rolearn: ${roleArn(name)}\n  username: someone\n  groups: [${group}]\n` } },
    { roles: [role('ops', ec2)] },
  )
const entry = (name: string, policyArn?: string) =>
  within(
    {
      accessEntries: [
        {
          principalArn: roleArn(name),
          type: 'STANDARD',
          username: name,
          groups: [],
          policies: policyArn === undefined ? [] : [{ policyArn, scope: 'cluster', namespaces: [] }],
        },
      ],
    },
    { roles: [role('ops', ec2)] },
  )
/** A cluster whose creator became its administrator, with an access entry that may be left of that. */
const createdBy = (name: string, policyArn?: string): Snapshot => {
  const { settings } = configured({ creatorIsAdmin: true }).clusters[0] as SnapshotCluster
  const snapshot = entry(name, policyArn)
  return { ...snapshot, clusters: snapshot.clusters.map(each => ({ ...each, ...(settings && { settings }) })) }
}
const roles = (attached: readonly string[]) => ({ roles: [role('app', ec2, { attached })] })
const irsa = (attached: readonly string[]) =>
  within({ serviceAccounts: [{ namespace: 'shop', name: 'cart', roleArn: roleArn('app') }] }, roles(attached))
const podIdentity = (attached: readonly string[]) =>
  within({ associations: [{ namespace: 'shop', serviceAccount: 'cart', roleArn: roleArn('app') }] }, roles(attached))
const pod = { namespace: 'shop', name: 'web', serviceAccount: 'cart', hostNetwork: false, node: 'n1' }
const onNode = (hopLimit: number) =>
  within(
    { pods: [pod], nodes: [{ name: 'n1', instanceId: 'i-1' }], nodeRoles: [roleArn('node')] },
    {
      roles: [role('node', ec2)],
      instances: [{ arn: `arn:aws:ec2:us-east-1:${account}:instance/i-1`, hopLimit, tokensRequired: true }],
    },
  )

const cart = { kind: 'ServiceAccount', namespace: 'shop', name: 'cart' }
const rule = (verb: string, resource: string, apiGroup = '') =>
  within({
    roles: { 'shop/r': [{ verbs: [verb], apiGroups: [apiGroup], resources: [resource] }] },
    roleBindings: [{ name: 'b', namespace: 'shop', subjects: [cart], roleRef: { kind: 'Role', name: 'r' } }],
  })
const bound = (subject: { readonly kind: string; readonly name: string; readonly namespace?: string }, roleName = 'view') =>
  within({ clusterRoleBindings: [{ name: 'b', subjects: [subject], roleRef: { kind: 'ClusterRole', name: roleName } }] })

/** Of each check a world in which it finds something, and the same world mended. */
export const scenes: { readonly [check: string]: readonly [found: Snapshot, mended: Snapshot] } = {
  'root-access-key': [root({ keys: [{}] }), root({})],
  'root-without-mfa': [root({ hasMfa: false }), root({})],
  'root-used': [root({ passwordUsedAt: daysAgo(3) }), root({ passwordUsedAt: daysAgo(300) })],
  'user-without-mfa': [row({ hasPassword: true }), row({ hasPassword: true, hasMfa: true })],
  'key-old': [row({ keys: [{ rotatedAt: daysAgo(91) }] }), row({ keys: [{ rotatedAt: daysAgo(90) }] })],
  'key-unused': [
    row({ keys: [{ rotatedAt: daysAgo(200), usedAt: daysAgo(91) }] }),
    row({ keys: [{ rotatedAt: daysAgo(200), usedAt: daysAgo(1) }] }),
  ],
  'several-keys': [row({ keys: [{}, {}] }), row({ keys: [{}] })],
  'password-unused': [row({ hasPassword: true, passwordUsedAt: daysAgo(91) }), row({ hasPassword: true, passwordUsedAt: daysAgo(9) })],
  'password-policy-missing': [
    settings({ passwordPolicy: 'none' }),
    settings({ passwordPolicy: { minimumLength: 14, reusePrevention: 24 } }),
  ],
  'password-policy-weak': [
    settings({ passwordPolicy: { minimumLength: 8, reusePrevention: 24 } }),
    settings({ passwordPolicy: { minimumLength: 14, reusePrevention: 24 } }),
  ],
  'no-analyzer': [settings({ analyzers: [] }), settings({ analyzers: ['account'] })],
  'no-trail': [settings({ trails: [] }), trail({})],
  'no-multi-region-trail': [trail({ isMultiRegion: false }), trail({})],
  'trail-without-validation': [trail({ validatesLogs: false }), trail({})],
  'inline-full-admin': [holding(allow('*')), holding(allow('*', 'arn:aws:s3:::b'))],
  'managed-full-admin': [managed(allow('*')), managed(allow('s3:*'))],
  'pass-any-role': [
    holding(allow('iam:PassRole')),
    holding(allow('iam:PassRole', '*', { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } })),
  ],
  'user-administrator': [
    world({ users: [user('alice', { attached: [administratorAccess] })] }),
    world({ users: [user('alice', { policies: [allow('s3:*')] })] }),
  ],
  'trust-anyone': [trusting(trusts({ AWS: '*' })), trusting(trusts({ AWS: userArn('alice') }))],
  'trust-without-external-id': [
    trusting(trusts({ AWS: 'arn:aws:iam::444455556666:root' })),
    trusting(trusts({ AWS: 'arn:aws:iam::444455556666:root' }, { StringEquals: { 'sts:ExternalId': 'x' } })),
  ],
  'oidc-without-sub': [
    federated({ aud: 'sts.amazonaws.com' }),
    federated({ aud: 'sts.amazonaws.com', sub: 'system:serviceaccount:shop:cart' }),
  ],
  'oidc-wildcard-sub': [federated({ sub: 'system:serviceaccount:*:*' }), federated({ sub: 'system:serviceaccount:shop:cart' })],
  'oidc-without-aud': [
    federated({ sub: 'system:serviceaccount:shop:cart' }),
    federated({ aud: 'sts.amazonaws.com', sub: 'system:serviceaccount:shop:cart' }),
  ],
  'role-unused': [used(daysAgo(91)), used(daysAgo(2))],
  'escalation-path': [
    world({ users: [user('alice', { policies: [allow('iam:PutUserPolicy')] })] }),
    world({ users: [user('alice', { policies: [allow('iam:GetUserPolicy')] })] }),
  ],
  'eks-config-map-mode': [within({ authenticationMode: 'CONFIG_MAP' }), within({ authenticationMode: 'API' })],
  'eks-public-endpoint': [configured({ publicCidrs: ['0.0.0.0/0'] }), configured({ publicCidrs: ['192.0.2.0/24'] })],
  'eks-no-private-endpoint': [configured({ hasPrivateEndpoint: false }), configured({})],
  'eks-audit-log-off': [configured({ logs: ['authenticator'] }), configured({})],
  'eks-authenticator-log-off': [configured({ logs: ['audit'] }), configured({})],
  'eks-secrets-unencrypted': [configured({ encryptsSecrets: false }), configured({})],
  'eks-creator-admin': [createdBy('ops', clusterAdminPolicyArn), createdBy('ops')],
  'eks-aws-auth-gone': [mapped('gone', 'devs'), mapped('ops', 'devs')],
  'eks-access-entry-gone': [entry('gone'), entry('ops')],
  'eks-cluster-admin-entry': [entry('ops', clusterAdminPolicyArn), entry('ops')],
  'eks-masters-mapping': [mapped('ops', 'system:masters'), mapped('ops', 'devs')],
  'eks-account-mapping': [within({ awsAuth: { mapAccounts: `- "${account}"\n` } }), within({ awsAuth: {} })],
  'irsa-admin': [irsa([administratorAccess]), irsa([])],
  'pod-identity-admin': [podIdentity([administratorAccess]), podIdentity([])],
  'node-role-in-pods': [onNode(2), onNode(1)],
  'rbac-wildcard-verbs': [rule('*', 'pods'), rule('get', 'pods')],
  'rbac-wildcard-resources': [rule('get', '*'), rule('get', 'pods')],
  'rbac-anonymous': [bound({ kind: 'User', name: 'system:anonymous' }), bound({ kind: 'User', name: 'jane' })],
  'rbac-authenticated': [bound({ kind: 'Group', name: 'system:authenticated' }), bound({ kind: 'Group', name: 'devs' })],
  'rbac-cluster-admin': [bound({ kind: 'User', name: 'jane' }, 'cluster-admin'), bound({ kind: 'User', name: 'jane' })],
  'rbac-secrets': [rule('list', 'secrets'), rule('create', 'secrets')],
  'rbac-escalate': [rule('bind', 'roles', 'rbac.authorization.k8s.io'), rule('get', 'roles', 'rbac.authorization.k8s.io')],
  'rbac-create-pods': [rule('create', 'pods'), rule('get', 'pods')],
  'rbac-exec': [rule('create', 'pods/exec'), rule('get', 'pods/log')],
  'rbac-token-request': [rule('create', 'serviceaccounts/token'), rule('create', 'serviceaccounts')],
  'rbac-node-proxy': [rule('get', 'nodes/proxy'), rule('get', 'nodes')],
  'default-service-account-used': [within({ pods: [{ ...pod, serviceAccount: 'default' }] }), within({ pods: [pod] })],
  'default-service-account-bound': [bound({ kind: 'ServiceAccount', namespace: 'shop', name: 'default' }), bound(cart)],
  'token-mounted-without-use': [
    within({ pods: [pod] }),
    within({ pods: [pod], serviceAccounts: [{ namespace: 'shop', name: 'cart', mountsToken: false }] }),
  ],
}
