import { type Snapshot, snapshotFormat, type SnapshotCluster, type SnapshotRole } from '../../src/analysis/graph/snapshot.ts'
import { managedPolicies } from '../../src/catalogue/managed-policies.ts'

const account = '111122223333'
const roleArn = (name: string) => `arn:aws:iam::${account}:role/${name}`

/** Numbers that look random and are the same in every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const policyOf = (...statements: readonly object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements })
const services = ['ec2.amazonaws.com', 'lambda.amazonaws.com', 'ecs-tasks.amazonaws.com', 'glue.amazonaws.com', 'pods.eks.amazonaws.com']
const resourcesOf = (random: (below: number) => number) =>
  ['*', `arn:aws:s3:::bucket-${random(500)}/*`, `arn:aws:dynamodb:*:${account}:table/t-${random(500)}`, roleArn(`r-${random(10_000)}`)][
    random(4)
  ] as string
const actionsOf = (random: (below: number) => number) =>
  [
    ['s3:GetObject', 's3:PutObject'],
    ['dynamodb:*'],
    ['sqs:SendMessage', 'sqs:ReceiveMessage'],
    ['logs:*'],
    ['iam:PassRole'],
    ['sts:AssumeRole'],
    ['lambda:InvokeFunction'],
  ][random(7)] as string[]
const conditionsOf = (random: (below: number) => number) =>
  random(5) > 0
    ? {}
    : {
        Condition: [
          { StringEquals: { 'aws:PrincipalTag/team': 'red' } },
          { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
          { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } },
        ][random(3)],
      }

/**
 * An account of roles that hold five policies each: two of AWS's at random, two of 500 of the customer's, one inline of its own. Of a hundred roles one may pass
 * any role and one may write policies or trust.
 */
export function accountOf(roles: number): Snapshot {
  const random = numbers(42)
  const aws = [...managedPolicies().keys()].filter(arn => !/Administrator|FullAccess|PowerUser/.test(arn))
  const statement = () => ({
    Effect: random(12) === 0 ? 'Deny' : 'Allow',
    Action: actionsOf(random),
    Resource: resourcesOf(random),
    ...conditionsOf(random),
  })
  const own = Array.from({ length: 500 }, (_, i) => ({
    arn: `arn:aws:iam::${account}:policy/p-${i}`,
    defaultVersion: 'v1',
    versions: { v1: policyOf(...Array.from({ length: 4 }, statement)) },
  }))
  const trustOf = () => {
    const kind = random(20)
    const principal =
      kind < 12
        ? { Service: services[random(services.length)] }
        : kind < 19
          ? { AWS: `arn:aws:iam::${account}:root` }
          : { AWS: roleArn(`r-${random(roles)}`) }
    return policyOf({ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' })
  }
  const danger = (i: number) =>
    i % 100 === 0
      ? [{ Effect: 'Allow', Action: ['iam:PassRole', 'lambda:*', 'ec2:RunInstances'], Resource: '*' }]
      : i % 100 === 50
        ? [
            {
              Effect: 'Allow',
              Action: ['iam:UpdateAssumeRolePolicy', 'iam:PutRolePolicy'],
              Resource: `arn:aws:iam::${account}:role/r-${i % 10}*`,
            },
          ]
        : []
  const all = Array.from(
    { length: roles },
    (_, i): SnapshotRole => ({
      arn: roleArn(`r-${i}`),
      name: `r-${i}`,
      id: `AROA${String(i).padStart(17, '2')}`,
      trust: trustOf(),
      inline: [
        {
          name: 'own',
          document: policyOf({ Effect: 'Allow', Action: ['s3:GetObject'], Resource: `arn:aws:s3:::bucket-${i}/*` }, ...danger(i)),
        },
      ],
      attached: [
        aws[random(aws.length)] as string,
        aws[random(aws.length)] as string,
        own[random(own.length)]?.arn as string,
        own[random(own.length)]?.arn as string,
        ...(i % 1000 === 7 ? ['arn:aws:iam::aws:policy/AdministratorAccess'] : []),
      ],
      tags: random(3) === 0 ? { team: 'red' } : {},
      instanceProfiles: [],
    }),
  )
  return {
    format: snapshotFormat,
    users: [],
    groups: [],
    roles: all,
    managedPolicies: own,
    resourcePolicies: [],
    instances: [],
    clusters: [],
    gaps: [],
  }
}

/** A cluster of namespaces with bindings of users, groups and service accounts to roles of their own and of the cluster. */
export function clusterOf(namespaces: number, bindings: number): SnapshotCluster {
  const random = numbers(7)
  const names = Array.from({ length: namespaces }, (_, i) => `ns-${i}`)
  const rule = (resources: string[], verbs: string[], apiGroups = ['']) => ({ apiGroups, resources, verbs })
  const clusterRoles = {
    'cluster-admin': [rule(['*'], ['*'], ['*'])],
    view: [rule(['pods', 'services', 'configmaps'], ['get', 'list', 'watch'])],
    edit: [
      rule(['pods', 'services', 'configmaps', 'secrets'], ['get', 'list', 'create', 'update', 'patch', 'delete']),
      rule(['deployments'], ['create', 'patch'], ['apps']),
    ],
    deployer: [rule(['deployments'], ['get', 'create', 'patch'], ['apps'])],
    secrets: [rule(['secrets'], ['get'])],
  }
  const roleNames = ['view', 'view', 'view', 'edit', 'deployer', 'secrets']
  const subject = (namespace: string) =>
    [
      { kind: 'User', name: `user-${random(2_000)}` },
      { kind: 'Group', name: `team-${random(200)}` },
      { kind: 'ServiceAccount', name: `sa-${random(5)}`, namespace },
    ][random(3)] as { kind: string; name: string }
  const roleBindings = Array.from({ length: bindings - 100 }, (_, i) => {
    const namespace = names[i % namespaces] as string
    return {
      name: `b-${i}`,
      namespace,
      subjects: [subject(namespace)],
      roleRef: { kind: 'ClusterRole', name: roleNames[random(roleNames.length)] as string },
    }
  })
  const clusterRoleBindings = Array.from({ length: 100 }, (_, i) => ({
    name: `c-${i}`,
    subjects: [subject('kube-system')],
    roleRef: { kind: 'ClusterRole', name: i === 0 ? 'cluster-admin' : (roleNames[random(3)] as string) },
  }))
  return {
    arn: `arn:aws:eks:us-east-1:${account}:cluster/demo`,
    name: 'demo',
    authenticationMode: 'API',
    accessEntries: Array.from({ length: 200 }, (_, i) => ({
      principalArn: roleArn(`r-${i}`),
      type: 'STANDARD',
      username: `r-${i}`,
      groups: [`team-${i}`],
      policies: [],
    })),
    associations: [],
    nodeRoles: [],
    clusterRoles,
    roles: {},
    clusterRoleBindings,
    roleBindings,
    namespaces: names.map(name => ({ name })),
    serviceAccounts: names.flatMap(namespace => Array.from({ length: 5 }, (_, i) => ({ namespace, name: `sa-${i}` }))),
    pods: names.map((namespace, i) => ({ namespace, name: 'web', serviceAccount: 'sa-0', node: `node-${i % 50}`, hostNetwork: false })),
    nodes: [],
  }
}
