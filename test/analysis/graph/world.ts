import type { AwsEscalation } from '../../../src/analysis/graph/escalations/aws-escalation.ts'
import {
  type Snapshot,
  type SnapshotCluster,
  snapshotFormat,
  type SnapshotRole,
  type SnapshotUser,
} from '../../../src/analysis/graph/snapshot.ts'

export const account = '111122223333'
export const iamArn = (resource: string) => `arn:aws:iam::${account}:${resource}`
export const userArn = (name: string) => iamArn(`user/${name}`)
export const roleArn = (name: string) => iamArn(`role/${name}`)
export const administratorAccess = 'arn:aws:iam::aws:policy/AdministratorAccess'
export const admin = `administrator of account ${account}`

/** One statement as a policy. */
export const policyOf = (...statements: readonly object[]): string => JSON.stringify({ Version: '2012-10-17', Statement: statements })
export const allow = (actions: readonly string[] | string, resource: readonly string[] | string = '*', condition?: object) => ({
  Effect: 'Allow',
  Action: actions,
  Resource: resource,
  ...(condition && { Condition: condition }),
})
export const deny = (actions: readonly string[] | string, resource = '*') => ({ Effect: 'Deny', Action: actions, Resource: resource })
export const trusts = (principal: object, condition?: object, action: readonly string[] | string = 'sts:AssumeRole') =>
  policyOf({ Effect: 'Allow', Principal: principal, Action: action, ...(condition && { Condition: condition }) })

interface Holding {
  readonly policies?: readonly object[]
  readonly attached?: readonly string[]
  readonly boundary?: string
  readonly tags?: { readonly [key: string]: string }
}

const holder = (arn: string, { policies = [], attached = [], boundary, tags = {} }: Holding) => ({
  arn,
  name: arn.slice(arn.lastIndexOf('/') + 1),
  inline: policies.length > 0 ? [{ name: 'rights', document: policyOf(...policies) }] : [],
  attached,
  ...(boundary !== undefined && { boundary }),
  tags,
})

export const user = (name: string, { groups = [], ...holding }: Holding & { readonly groups?: readonly string[] } = {}): SnapshotUser => ({
  ...holder(userArn(name), holding),
  id: `AIDA${name
    .toUpperCase()
    .replaceAll(/[^A-Z]/g, '')
    .padEnd(17, 'X')}`,
  groups,
})

export const role = (
  name: string,
  trust: string,
  { profiles = [], ...holding }: Holding & { readonly profiles?: readonly string[] } = {},
): SnapshotRole => ({
  ...holder(roleArn(name), holding),
  id: `AROA${name
    .toUpperCase()
    .replaceAll(/[^A-Z]/g, '')
    .padEnd(17, 'X')}`,
  trust,
  instanceProfiles: profiles,
})

export const group = (name: string, holding: Holding = {}) => {
  const { boundary: _boundary, tags: _tags, ...rest } = holder(iamArn(`group/${name}`), holding)
  return rest
}

/** A world of which only some parts matter. */
export const world = (parts: Partial<Snapshot>): Snapshot => ({
  format: snapshotFormat,
  users: [],
  groups: [],
  roles: [],
  managedPolicies: [],
  resourcePolicies: [],
  instances: [],
  clusters: [],
  gaps: [],
  ...parts,
})

export const clusterArn = `arn:aws:eks:us-east-1:${account}:cluster/demo`

export const cluster = (parts: Partial<SnapshotCluster> = {}): SnapshotCluster => ({
  arn: clusterArn,
  name: 'demo',
  authenticationMode: 'API_AND_CONFIG_MAP',
  accessEntries: [],
  associations: [],
  nodeRoles: [],
  clusterRoles: { 'cluster-admin': [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }] },
  roles: {},
  clusterRoleBindings: [],
  roleBindings: [],
  namespaces: [],
  serviceAccounts: [],
  pods: [],
  nodes: [],
  ...parts,
})

/** What else must be there for a rule, who takes its way, and where it leads. */
export interface Scene {
  readonly snapshot: Snapshot
  readonly from: string
  readonly to: string
}

const bystander = 'arn:aws:iam::aws:policy/IAMUserChangePassword'
const harmless = { arn: iamArn('policy/own'), defaultVersion: 'v1', versions: { v1: policyOf(allow('s3:ListAllMyBuckets')) } }
const denier = (actions: readonly string[]) => ({
  arn: iamArn('policy/denier'),
  defaultVersion: 'v1',
  versions: { v1: policyOf({ Effect: 'Deny', NotAction: actions.length > 0 ? actions : ['s3:ListAllMyBuckets'], Resource: '*' }) },
})

/**
 * The smallest world in which a rule leads somewhere.
 * @param actions  those of the rule's needs that its caller may do: with all of them there is a way, without one there is none
 */
export function sceneOf({ over, service = '' }: AwsEscalation, actions: readonly string[]): Scene {
  const policies = actions.length > 0 ? [allow(actions)] : []
  const mallory = user('mallory', { policies })
  const victim = role('victim', trusts({ Service: service === '' ? 'ec2.amazonaws.com' : service }), { attached: [administratorAccess] })
  const from = userArn('mallory')
  const simple = (parts: Partial<Snapshot>, to: string): Scene => ({ snapshot: world({ users: [mallory], ...parts }), from, to })
  const asRole = (holding: Holding, to: string, more: Partial<Snapshot> = {}): Scene => ({
    snapshot: world({ roles: [role('mallory', trusts({ Service: 'ec2.amazonaws.com' }), holding)], ...more }),
    from: roleArn('mallory'),
    to,
  })
  switch (over) {
    case 'itself as user':
    case 'new user':
    case 'new role':
    case 'identity center':
      return simple({}, admin)
    case 'itself as role':
      return asRole({ policies }, admin)
    case 'own group':
      return simple({ users: [user('mallory', { policies, groups: ['team'] })], groups: [group('team')] }, admin)
    case 'other group':
    case 'new user in group':
      return simple({ groups: [group('admins', { attached: [administratorAccess] })] }, iamArn('group/admins'))
    case 'own policy':
      return simple({ users: [user('mallory', { policies, attached: [harmless.arn] })], managedPolicies: [harmless] }, admin)
    case 'older version of own policy': {
      const versions = { v1: policyOf(allow('*')), v2: policyOf(allow('s3:ListAllMyBuckets')) }
      const own = { arn: harmless.arn, defaultVersion: 'v2', versions }
      return simple(
        { users: [user('mallory', { policies, attached: [own.arn] })], managedPolicies: [own] },
        `${from} with version v1 of ${own.arn}`,
      )
    }
    case 'denying policy of user': {
      const inline = { Effect: 'Deny', NotAction: actions.length > 0 ? actions : ['s3:ListAllMyBuckets'], Resource: '*' }
      const own = user('mallory', { attached: [administratorAccess, iamArn('policy/denier')], policies: [inline] })
      return simple({ users: [own], managedPolicies: [denier(actions)] }, `${from} without what denies`)
    }
    case 'denying policy of role': {
      const inline = { Effect: 'Deny', NotAction: actions.length > 0 ? actions : ['s3:ListAllMyBuckets'], Resource: '*' }
      const holding = { attached: [administratorAccess, iamArn('policy/denier')], policies: [inline] }
      return asRole(holding, `${roleArn('mallory')} without what denies`, { managedPolicies: [denier(actions)] })
    }
    case 'denying policy of own group': {
      const parts = { groups: [group('limited', { attached: [iamArn('policy/denier')] })], managedPolicies: [denier(actions)] }
      const own = user('mallory', { attached: [administratorAccess], groups: ['limited'] })
      return simple({ ...parts, users: [own] }, `${from} without group ${iamArn('group/limited')}`)
    }
    case 'own boundary of user': {
      const boundary = {
        arn: iamArn('policy/limit'),
        defaultVersion: 'v1',
        versions: { v1: policyOf(allow([...actions, 's3:ListAllMyBuckets'])) },
      }
      const own = user('mallory', { attached: [administratorAccess], boundary: boundary.arn })
      return simple({ users: [own], managedPolicies: [boundary] }, `${from} without its permissions boundary`)
    }
    case 'own boundary of role': {
      const boundary = {
        arn: iamArn('policy/limit'),
        defaultVersion: 'v1',
        versions: { v1: policyOf(allow([...actions, 's3:ListAllMyBuckets'])) },
      }
      const to = `${roleArn('mallory')} without its permissions boundary`
      return asRole({ attached: [administratorAccess], boundary: boundary.arn }, to, { managedPolicies: [boundary] })
    }
    case 'other user':
      return simple({ users: [mallory, user('victim', { attached: [administratorAccess] })] }, userArn('victim'))
    case 'other role':
    case 'passed role':
    case 'role of a service':
      return simple({ roles: [victim] }, roleArn('victim'))
    case 'assumable role':
      return simple({ roles: [role('helper', trusts({ AWS: from }), { attached: [bystander] })] }, admin)
    case 'role of an OpenID Connect provider': {
      const federated = trusts({ Federated: iamArn('oidc-provider/idp.example.com') }, undefined, 'sts:AssumeRoleWithWebIdentity')
      return simple({ roles: [role('victim', federated)] }, roleArn('victim'))
    }
    case 'role of a SAML provider': {
      const federated = trusts({ Federated: iamArn('saml-provider/example') }, undefined, 'sts:AssumeRoleWithSAML')
      return simple({ roles: [role('victim', federated)] }, roleArn('victim'))
    }
    case 'instance': {
      const profile = iamArn('instance-profile/web')
      const web = role('victim', trusts({ Service: 'ec2.amazonaws.com' }), { profiles: [profile] })
      const instances = [{ arn: `arn:aws:ec2:us-east-1:${account}:instance/i-0123456789abcdef0`, profile }]
      return simple({ roles: [web], instances }, roleArn('victim'))
    }
    case 'member account': {
      const organization = {
        id: 'o-a1b2c3d4e5',
        managementAccount: account,
        parents: { [account]: ['r-ab12'], '444455556666': ['r-ab12'] },
        policies: [],
        attachments: [],
      }
      return simple({ organization }, 'administrator of account 444455556666')
    }
    case 'cluster':
      return simple({ clusters: [cluster()] }, 'administrator of cluster demo')
    case 'own access entry': {
      const entry = { principalArn: from, type: 'STANDARD', username: 'mallory', groups: [], policies: [] }
      return simple({ clusters: [cluster({ accessEntries: [entry] })] }, 'administrator of cluster demo')
    }
  }
}
