import { describe, expect, test } from 'vitest'
import { Estate } from '../../../src/analysis/graph/estate.ts'
import { Graph } from '../../../src/analysis/graph/graph.ts'
import { SnapshotBuilder } from '../../../src/analysis/graph/import/builder.ts'
import { makeSnapshot } from '../../../src/analysis/graph/import/make-snapshot.ts'
import { readText } from '../../../src/analysis/graph/import/read-documents.ts'
import { Escalations, pathBetween } from '../../../src/analysis/graph/paths.ts'
import type { Snapshot } from '../../../src/analysis/graph/snapshot.ts'
import { whoCan } from '../../../src/analysis/graph/who-can.ts'
import { whoCanInCluster } from '../../../src/analysis/graph/who-can-cluster.ts'
import { account, administratorAccess, allow, iamArn, policyOf, role, roleArn, trusts, user, userArn, world } from './world.ts'

type Files = { readonly [source: string]: unknown }

/** Reads documents by their files' names; `demo=x.json` is of cluster demo. */
function imported(files: Files): Snapshot {
  const builder = new SnapshotBuilder()
  for (const [name, content] of Object.entries(files)) {
    const [, subject, source = name] = /^((?:arn:[^=]+|[a-z0-9-]+))=(.+)$/.exec(name) ?? []
    readText(typeof content === 'string' ? content : JSON.stringify(content), builder, { source, subject })
  }
  return makeSnapshot(builder)
}

const gapsOf = ({ gaps }: Snapshot) => gaps.map(({ what }) => what)
const object = (text: string) => JSON.parse(text) as object

/** As `aws iam get-account-authorization-details` prints: documents are objects. */
const details = {
  UserDetailList: [
    {
      Path: '/',
      UserName: 'alice',
      UserId: 'AIDAAAAAAAAAAAAAAAAAA',
      Arn: userArn('alice'),
      CreateDate: '2026-01-01T00:00:00+00:00',
      UserPolicyList: [{ PolicyName: 'own', PolicyDocument: object(policyOf(allow('s3:GetObject', 'arn:aws:s3:::b/*'))) }],
      GroupList: ['devs'],
      AttachedManagedPolicies: [{ PolicyName: 'team', PolicyArn: iamArn('policy/team') }],
      Tags: [{ Key: 'team', Value: 'red' }],
    },
  ],
  GroupDetailList: [
    {
      GroupName: 'devs',
      Arn: iamArn('group/devs'),
      GroupPolicyList: [],
      AttachedManagedPolicies: [{ PolicyName: 'IAMUserChangePassword', PolicyArn: 'arn:aws:iam::aws:policy/IAMUserChangePassword' }],
    },
  ],
  RoleDetailList: [
    {
      RoleName: 'node',
      RoleId: 'AROANNNNNNNNNNNNNNNNN',
      Arn: roleArn('node'),
      AssumeRolePolicyDocument: object(trusts({ Service: 'ec2.amazonaws.com' })),
      InstanceProfileList: [{ InstanceProfileName: 'node', Arn: iamArn('instance-profile/node') }],
      RolePolicyList: [],
      AttachedManagedPolicies: [{ PolicyName: 'AdministratorAccess', PolicyArn: administratorAccess }],
      PermissionsBoundary: { PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: iamArn('policy/limit') },
    },
  ],
  Policies: [
    {
      Arn: iamArn('policy/team'),
      DefaultVersionId: 'v2',
      PolicyVersionList: [
        { VersionId: 'v2', IsDefaultVersion: true, Document: object(policyOf(allow('sqs:*'))) },
        { VersionId: 'v1', IsDefaultVersion: false, Document: object(policyOf(allow('*'))) },
      ],
    },
  ],
}

const cluster = {
  cluster: {
    name: 'demo',
    arn: `arn:aws:eks:eu-west-1:${account}:cluster/demo`,
    identity: { oidc: { issuer: 'https://oidc.eks.eu-west-1.amazonaws.com/id/AAAA' } },
    accessConfig: { authenticationMode: 'API_AND_CONFIG_MAP' },
  },
}

const rbac = (kind: string, name: string, more: object, namespace?: string) => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind,
  metadata: { name, ...(namespace && { namespace }) },
  ...more,
})

const objects = {
  apiVersion: 'v1',
  kind: 'List',
  items: [
    rbac('ClusterRole', 'secret-reader', { rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }] }),
    { ...rbac('ClusterRole', 'all', { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { part: 'all' } }] }, rules: null }) },
    rbac('ClusterRole', 'some', {
      aggregationRule: { clusterRoleSelectors: [{ matchExpressions: [{ key: 'part', operator: 'In', values: ['all', 'other'] }] }] },
    }),
    rbac('ClusterRole', 'rest', {
      aggregationRule: { clusterRoleSelectors: [{ matchExpressions: [{ key: 'part', operator: 'NotIn', values: ['all'] }] }] },
    }),
    {
      ...rbac('ClusterRole', 'part', { rules: [{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['create'] }] }),
      metadata: { name: 'part', labels: { part: 'all' } },
    },
    rbac('ClusterRoleBinding', 'ops', {
      subjects: [{ kind: 'Group', name: 'ops' }],
      roleRef: { kind: 'ClusterRole', name: 'secret-reader' },
    }),
    rbac('Role', 'r', { rules: [{ apiGroups: [''], resources: ['pods/exec'], verbs: ['create'] }] }, 'shop'),
    rbac(
      'RoleBinding',
      'b',
      { subjects: [{ kind: 'ServiceAccount', name: 'ci', namespace: 'build' }], roleRef: { kind: 'Role', name: 'r' } },
      'shop',
    ),
    rbac('RoleBinding', 'a', { subjects: [{ kind: 'User', name: 'jo' }], roleRef: { kind: 'ClusterRole', name: 'all' } }, 'shop'),
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'ci', namespace: 'build' } },
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'web', namespace: 'shop', annotations: { 'eks.amazonaws.com/role-arn': roleArn('web') } },
    },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web-1', namespace: 'shop' },
      spec: { serviceAccountName: 'web', nodeName: 'ip-10-0-0-1', hostNetwork: true },
    },
    { apiVersion: 'v1', kind: 'Node', metadata: { name: 'ip-10-0-0-1' }, spec: { providerID: 'aws:///eu-west-1a/i-0123456789abcdef0' } },
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'aws-auth', namespace: 'kube-system' },
      data: { mapUsers: `- userarn: ${userArn('alice')}\n  username: alice\n  groups: [ops]\n` },
    },
  ],
}

const instances = {
  Reservations: [
    {
      OwnerId: account,
      Instances: [
        {
          InstanceId: 'i-0123456789abcdef0',
          IamInstanceProfile: { Arn: iamArn('instance-profile/node') },
          Placement: { AvailabilityZone: 'eu-west-1a' },
          MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
        },
      ],
    },
  ],
}

const limit = {
  Policies: [
    {
      Arn: iamArn('policy/limit'),
      DefaultVersionId: 'v1',
      PolicyVersionList: [{ VersionId: 'v1', IsDefaultVersion: true, Document: object(policyOf(allow('*'))) }],
    },
  ],
  UserDetailList: [],
}
const noEntries = { accessEntries: [userArn('alice')] }
const entry = {
  accessEntry: { clusterName: 'demo', principalArn: userArn('alice'), username: 'alice', kubernetesGroups: ['ops'], type: 'STANDARD' },
}
const grants = { clusterName: 'demo', principalArn: userArn('alice'), associatedAccessPolicies: [] }
const whole: Files = {
  'details.json': details,
  'limit.json': limit,
  'cluster.json': cluster,
  'demo=entries.json': noEntries,
  'entry.json': entry,
  'grants.json': grants,
  'objects.json': objects,
  'ec2.json': instances,
  'demo=associations.json': { associations: [] },
  'demo=networkpolicies.json': { apiVersion: 'v1', kind: 'List', items: [] },
}

describe('an import of exports as the AWS CLI and kubectl print them', () => {
  test('lacks nothing when all is there', () => {
    expect(gapsOf(imported(whole))).toEqual([])
  })

  test('answers questions about the account', () => {
    const estate = new Estate(imported(whole))
    const readers = whoCan(estate, { action: 's3:GetObject', resource: 'arn:aws:s3:::b/key' }).access
    expect(readers.map(({ who }) => who).sort()).toEqual([`arn:aws:iam::${account}:root`, roleArn('node'), userArn('alice')].sort())
    expect(readers.find(({ who }) => who === userArn('alice'))?.because.statements).toEqual(['own, statement 1'])
  })

  test('answers questions about the cluster: RBAC, and principals by access entry', () => {
    const graph = new Graph(new Estate(imported(whole)))
    const [view] = graph.views
    if (!view) throw new Error('no cluster')
    const may = (verb: string, apiGroup: string, resource: string, more: object = {}) =>
      whoCanInCluster(graph.estate, view, { kind: 'resource', verb, apiGroup, resource, ...more }).access.map(
        ({ kind, who }) => `${kind} ${who}`,
      )
    expect(may('get', '', 'secrets', { name: 'db' })).toEqual(['group system:masters', 'group ops', `IAM principal ${userArn('alice')}`])
    expect(may('create', '', 'pods', { subresource: 'exec', namespace: 'shop' })).toEqual([
      'group system:masters',
      'service account build/ci',
    ])
    expect(may('create', 'apps', 'deployments', { namespace: 'shop' })).toEqual(['group system:masters', 'user jo'])
  })

  test('makes one graph of both: from a service account into a pod on the network of its node, and so to the role of the node', () => {
    const graph = new Graph(new Estate(imported(whole)))
    const steps = pathBetween(graph, 'demo:serviceaccount:build/ci', node => node === roleArn('node'))
    expect(steps?.map(({ how, to }) => [how, to])).toEqual([
      ['kubernetes-exec', 'demo:pod:shop/web-1'],
      ['imds', roleArn('node')],
    ])
    const { escalations } = new Escalations(graph)
    expect(escalations.map(({ from }) => from)).toContain('demo:serviceaccount:build/ci')
  })

  test('no pod gets the role of a node whose metadata endpoint is disabled', () => {
    const disabled = JSON.parse(JSON.stringify(instances).replace('"HttpTokens"', '"HttpEndpoint":"disabled","HttpTokens"')) as object
    const reaches = (files: Files) =>
      pathBetween(new Graph(new Estate(imported(files))), 'demo:pod:shop/web-1', node => node === roleArn('node')) !== undefined
    expect([reaches(whole), reaches({ ...whole, 'ec2.json': disabled })]).toEqual([true, false])
  })

  test('who is bound to everything by an access entry is an administrator of the cluster, and no finding', () => {
    const all = {
      ...grants,
      associatedAccessPolicies: [
        { policyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy', accessScope: { type: 'cluster' } },
      ],
    }
    const { administrators, escalations } = new Escalations(new Graph(new Estate(imported({ ...whole, 'grants.json': all }))))
    expect(administrators).toContain(userArn('alice'))
    expect(escalations.map(({ from }) => from)).not.toContain(userArn('alice'))
  })

  test('keeps pods from the role of a node whose metadata is out of their reach', () => {
    const inside = {
      ...objects,
      items: objects.items.map(item =>
        item.kind === 'Pod' ? { ...item, spec: { serviceAccountName: 'web', nodeName: 'ip-10-0-0-1' } } : item,
      ),
    }
    const graph = new Graph(new Estate(imported({ ...whole, 'objects.json': inside })))
    expect(graph.linksOf('demo:pod:shop/web-1').map(({ how }) => how)).toEqual(['pod-service-account'])
  })

  test('reads organizations: their policies decide by level, and not for the management account', () => {
    const organization = {
      'org.json': { Organization: { Id: 'o-a1b2c3d4e5', MasterAccountId: '999988887777' } },
      'roots.json': { Roots: [{ Id: 'r-ab12' }] },
      'accounts-r-ab12.json': { Accounts: [{ Id: account, Arn: `arn:aws:organizations::999988887777:account/o-a1b2c3d4e5/${account}` }] },
      'no-s3.json': {
        Policy: {
          PolicySummary: {
            Id: 'p-nos3nos3',
            Arn: 'arn:aws:organizations::999988887777:policy/o-a1b2c3d4e5/service_control_policy/p-nos3nos3',
            Type: 'SERVICE_CONTROL_POLICY',
          },
          Content: policyOf({ Effect: 'Deny', Action: 's3:*', Resource: '*' }),
        },
      },
      'targets-p-nos3nos3.json': { Targets: [{ TargetId: account }] },
      'targets-p-FullAWSAccess.json': { Targets: [{ TargetId: account }, { TargetId: 'r-ab12' }] },
    }
    const snapshot = imported({ ...whole, ...organization })
    expect(gapsOf(snapshot)).toEqual([])
    const estate = new Estate(snapshot)
    expect(whoCan(estate, { action: 's3:GetObject', resource: 'arn:aws:s3:::b/key' }).access).toEqual([])
    expect(whoCan(estate, { action: 'sqs:ListQueues', resource: '*' }).access.map(({ who }) => who)).toContain(userArn('alice'))
  })

  test.each([
    [
      'a bucket by what its policy names',
      'bucket.json',
      { Policy: policyOf({ Effect: 'Allow', Principal: { AWS: '444455556666' }, Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/*' }) },
      'arn:aws:s3:::b/key',
      's3:GetObject',
    ],
    [
      'a queue by its attributes',
      'queue.json',
      {
        Attributes: {
          QueueArn: `arn:aws:sqs:us-east-1:${account}:q`,
          Policy: policyOf({ Effect: 'Allow', Principal: { AWS: '444455556666' }, Action: 'sqs:SendMessage', Resource: '*' }),
        },
      },
      `arn:aws:sqs:us-east-1:${account}:q`,
      'sqs:SendMessage',
    ],
    [
      'a secret by its ARN',
      'secret.json',
      {
        ARN: `arn:aws:secretsmanager:us-east-1:${account}:secret:s-AbCdEf`,
        ResourcePolicy: policyOf({
          Effect: 'Allow',
          Principal: { AWS: '444455556666' },
          Action: 'secretsmanager:GetSecretValue',
          Resource: '*',
        }),
      },
      `arn:aws:secretsmanager:us-east-1:${account}:secret:s-AbCdEf`,
      'secretsmanager:GetSecretValue',
    ],
    [
      'a key by what the person says',
      `arn:aws:kms:us-east-1:${account}:key/k=key.json`,
      { Policy: policyOf({ Effect: 'Allow', Principal: { AWS: '444455556666' }, Action: 'kms:Decrypt', Resource: '*' }) },
      `arn:aws:kms:us-east-1:${account}:key/k`,
      'kms:Decrypt',
    ],
  ])('reads the policy of %s, and tells whom outside it lets in', (_, name, document, resource, action) => {
    const estate = new Estate(imported({ ...whole, [name]: document }))
    const outside = whoCan(estate, { action, resource }).access.filter(({ kind }) => kind === 'outside')
    expect(outside.map(({ who }) => who)).toContain('arn:aws:iam::444455556666:root')
    for (const { because } of outside) expect(because.statements).toEqual([expect.stringMatching(/policy of .*, statement 1$/)])
  })

  test('reads several documents of one file, as a loop of a shell appends them', () => {
    const appended = `${JSON.stringify(entry)}\n${JSON.stringify(grants, undefined, 2)}\n`
    const { 'entry.json': _entry, 'grants.json': _grants, ...rest } = whole
    expect(gapsOf(imported({ ...rest, 'appended.json': appended }))).toEqual([])
  })
})

describe('what is missing is named, and answers that depend on it say so', () => {
  test.each([
    ['the boundary of a role', { 'limit.json': undefined }, `the text of permissions boundary ${iamArn('policy/limit')}`],
    ['the description of a cluster', { 'cluster.json': undefined }, 'the description (aws eks describe-cluster) of cluster demo'],
    [
      'an access entry that is listed',
      { 'entry.json': undefined },
      `the access entry of ${userArn('alice')} (aws eks describe-access-entry) of cluster demo`,
    ],
    [
      'access policies',
      { 'grants.json': undefined },
      `the access policies of ${userArn('alice')} (aws eks list-associated-access-policies) of cluster demo`,
    ],
    [
      'pod identity',
      { 'demo=associations.json': undefined },
      'the pod identity associations (aws eks list-pod-identity-associations) of cluster demo',
    ],
    [
      'network policies',
      { 'demo=networkpolicies.json': undefined },
      'the objects of kind NetworkPolicy (kubectl get -A -o json) of cluster demo',
    ],
    [
      'namespaces',
      { 'objects.json': { ...objects, items: objects.items.filter(({ kind }) => kind !== 'Namespace') } },
      'the objects of kind Namespace (kubectl get -A -o json) of cluster demo',
    ],
    [
      'the instance of a node',
      { 'ec2.json': undefined },
      'instance i-0123456789abcdef0 of node ip-10-0-0-1 (aws ec2 describe-instances) of cluster demo',
    ],
    [
      'accounts of the organization',
      { 'organization.json': { Organization: { Id: 'o-a1b2c3d4e5', MasterAccountId: account } } },
      'the accounts of the organization (aws organizations list-accounts)',
    ],
    [
      'policies of the organization',
      { 'organization.json': { Organization: { Id: 'o-a1b2c3d4e5', MasterAccountId: account } } },
      'the policies of the organization (aws organizations list-policies)',
    ],
    [
      'all of the account',
      { 'details.json': undefined, 'limit.json': undefined },
      'no users and roles were read (aws iam get-account-authorization-details)',
    ],
  ])('%s', (_, without, what) => {
    const files = Object.fromEntries(Object.entries({ ...whole, ...without }).filter(([, content]) => content !== undefined))
    expect(gapsOf(imported(files))).toContain(what)
  })

  test.each([
    [
      'a file that is cut',
      { 'details.json': JSON.stringify(details).slice(0, 300) },
      'details.json:1: a document is cut off; what comes after was not read',
    ],
    ['a file that is no JSON', { 'details.json': 'hello' }, 'details.json:1: a document is cut off; what comes after was not read'],
    ['a document of another kind', { 'other.json': { hello: 1 } }, 'other.json has a document of no known kind'],
    [
      'one page of several',
      { 'details.json': { ...details, IsTruncated: true, Marker: 'x' } },
      'details.json is one page of several: read the others too (Marker, or --no-paginate left out)',
    ],
    [
      'a user without ARN',
      { 'more.json': { UserDetailList: [{ UserName: 'x' }] } },
      'more.json has a user without a usable Arn: {"UserName":"x"}',
    ],
    [
      'a policy of nobody knows what',
      { 'key.json': { Policy: policyOf(allow('kms:*')) } },
      'key.json does not say whose policy it is: give it as ARN=key.json',
    ],
    [
      'an association without its role',
      { 'associations.json': { associations: [{ clusterName: 'demo', associationId: 'a-1', namespace: 'x', serviceAccount: 'y' }] } },
      'the role of pod identity association a-1 (aws eks describe-pod-identity-association) of cluster demo',
    ],
  ])('%s', (_, more, what) => {
    expect(gapsOf(imported({ ...whole, ...more }))).toContain(what)
  })

  test('a missing policy is told with the answers of whom it may change, and not with those of others', () => {
    const { Policies: _, ...without } = details
    const estate = new Estate(imported({ ...whole, 'details.json': { ...without, Policies: [] } }))
    const what = `the text of policy ${iamArn('policy/team')}`
    const readers = whoCan(estate, { action: 's3:GetObject', resource: 'arn:aws:s3:::b/key' })
    expect(readers.access.find(({ who }) => who === userArn('alice'))?.dependsOn).toEqual([what])
    expect(readers.access.find(({ who }) => who === roleArn('node'))?.dependsOn).toEqual([])
    expect(whoCan(estate, { action: 'sqs:SendMessage', resource: `arn:aws:sqs:us-east-1:${account}:q` }).unsure).toEqual([
      { who: userArn('alice'), dependsOn: [what] },
    ])
  })

  test('a binding to a role that is not there gives nothing, whatever its name', () => {
    const dangling = rbac('ClusterRoleBinding', 'odd', {
      subjects: [{ kind: 'User', name: 'eve' }],
      roleRef: { kind: 'ClusterRole', name: 'constructor' },
    })
    const graph = new Graph(new Estate(imported({ ...whole, 'objects.json': { ...objects, items: [...objects.items, dangling] } })))
    const [view] = graph.views
    if (!view) throw new Error('no cluster')
    const { access } = whoCanInCluster(graph.estate, view, { kind: 'resource', verb: 'get', apiGroup: '', resource: 'secrets' })
    expect(access.map(({ who }) => who)).not.toContain('eve')
    expect(new Escalations(graph).escalations.map(({ from }) => from)).not.toContain('demo:user:eve')
  })

  test('a policy that cannot be read allows nothing, and is told', () => {
    const broken = {
      ...details,
      UserDetailList: [
        {
          ...details.UserDetailList[0],
          UserPolicyList: [
            {
              PolicyName: 'own',
              PolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Perhaps', Action: '*', Resource: '*' }] },
            },
          ],
        },
      ],
    }
    const estate = new Estate(imported({ ...whole, 'details.json': broken }))
    const { unsure } = whoCan(estate, { action: 's3:GetObject', resource: 'arn:aws:s3:::b/key' })
    expect(unsure).toEqual([{ who: userArn('alice'), dependsOn: [`a policy that can be read: own of ${userArn('alice')} cannot`] }])
  })
})

test.each([
  ['resource', { resourcePolicies: [{ resource: 'arn:aws:s3:::b', document: '{}' }] }, 's3:GetObject', 'arn:aws:s3:::b/key'],
  ['trust', { roles: [role('ops', '{"Version":1}')] }, 'sts:AssumeRole', roleArn('ops')],
])('a %s policy that cannot be read lets nobody in, and is told', (_, parts, action, resource) => {
  const estate = new Estate(world({ users: [user('al', { policies: [allow('*')] })], ...parts }))
  const { access, unsure, dependsOn } = whoCan(estate, { action, resource })
  expect(access).toEqual([])
  expect([...unsure.flatMap(each => each.dependsOn), ...dependsOn].join()).toContain('a policy that can be read')
})

test.each([
  ['an SCP', 'scp' as const],
  ['an RCP', 'rcp' as const],
])('%s that cannot be read lets nobody do anything', (_, type) => {
  const policy = { id: 'p-x', arn: `arn:aws:organizations::${account}:policy/o-x/${type}/p-x`, type, document: '{' }
  const organization = {
    id: 'o-a1b2c3d4e5',
    managementAccount: '999988887777',
    parents: { [account]: ['r-ab12'] },
    policies: [policy],
    attachments: [{ policyId: 'p-x', targetId: 'r-ab12' }],
  }
  const estate = new Estate(world({ users: [user('al', { policies: [allow('*')] })], organization }))
  const found = whoCan(estate, { action: 's3:GetObject', resource: 'arn:aws:s3:::b/key' })
  expect(found.access).toEqual([])
})

test('what a resource’s own policy says is missing unless it was exported', () => {
  const resource = 'arn:aws:s3:::b/key'
  const missing = (files: Files) =>
    whoCan(new Estate({ ...imported(files), chosenResourcePolicies: true }), { action: 's3:GetObject', resource }).dependsOn
  expect(missing(whole)).toEqual(['the policy of arn:aws:s3:::b, if it has one (aws s3api get-bucket-policy)'])
  expect(
    missing({
      ...whole,
      'arn:aws:s3:::b=policy.json': { Policy: policyOf({ ...allow('s3:PutObject', resource), Principal: { AWS: account } }) },
    }),
  ).toEqual([])
})

test('an empty file, as a call that failed leaves it, is named as missing', () => {
  for (const text of ['', ' \n']) expect(gapsOf(imported({ 'roles.json': text, 'details.json': details }))).toContain('roles.json is empty')
})
