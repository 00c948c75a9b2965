import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { judge } from '../../../src/analysis/access-tests/judge.ts'
import { parseAccessTests } from '../../../src/analysis/access-tests/parse.ts'
import { Estate } from '../../../src/analysis/graph/estate.ts'
import { Graph } from '../../../src/analysis/graph/graph.ts'
import type { Snapshot } from '../../../src/analysis/graph/snapshot.ts'
import { withPlannedFile } from '../../../src/cli/planned-files.ts'
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

const folder = mkdtempSync(join(tmpdir(), 'planned-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = (name: string, content: string | object): string => {
  writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content))
  return join(folder, name)
}

const pods = trusts({ Service: 'pods.eks.amazonaws.com' }, undefined, ['sts:AssumeRole', 'sts:TagSession'])
const before = world({
  users: [user('alice', { policies: [allow('s3:GetObject')] }), user('bob')],
  roles: [role('ops', trusts({ AWS: userArn('alice') }), { attached: [administratorAccess] })],
  clusters: [cluster({ namespaces: [{ name: 'shop' }], serviceAccounts: [{ namespace: 'shop', name: 'cart' }], accessEntries: [] })],
})

/** What a test says of a world: `holds`, or the problem. */
function said(yaml: string, snapshot: Snapshot): string {
  const graph = new Graph(new Estate(snapshot))
  const [judged] = parseAccessTests(`tests:\n  - ${yaml}`, 'access.yaml').map(each => judge(graph, each))
  return judged?.failures[0]?.problem ?? 'holds'
}

const change = (type: string, name: string, actions: readonly string[], values: { before?: object; after?: object; unknown?: object }) => ({
  address: `${type}.${name}`,
  mode: 'managed',
  type,
  name,
  change: { actions, before: values.before ?? null, after: values.after ?? null, after_unknown: values.unknown ?? {} },
})
const declared = (address: string, expressions: object) => ({ address, mode: 'managed', expressions })
const refer = (...references: string[]) => ({ references })

/** As Terraform prints it: ARNs of what is not made yet are unknown, and the configuration says where they come from. */
const plan = {
  format_version: '1.2',
  resource_changes: [
    change('aws_iam_role', 'cart', ['create'], {
      after: { name: 'cart', path: '/apps/', assume_role_policy: pods, inline_policy: [] },
      unknown: { arn: true, id: true, managed_policy_arns: true },
    }),
    change('aws_iam_policy', 'tables', ['create'], {
      after: { name: 'tables', path: '/', policy: policyOf(allow('dynamodb:GetItem')) },
      unknown: { arn: true },
    }),
    change('aws_iam_role_policy_attachment', 'tables', ['create'], { after: { role: 'cart' }, unknown: { policy_arn: true } }),
    change('aws_iam_role_policy', 'queue', ['create'], { after: { role: 'cart', name: 'queue' }, unknown: { policy: true } }),
    change('aws_eks_access_entry', 'bob', ['create'], {
      after: { cluster_name: 'demo', principal_arn: userArn('bob'), type: 'STANDARD' },
      unknown: { user_name: true, kubernetes_groups: true },
    }),
    change('aws_eks_access_policy_association', 'bob', ['create'], {
      after: {
        cluster_name: 'demo',
        principal_arn: userArn('bob'),
        policy_arn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy',
        access_scope: [{ type: 'namespace', namespaces: ['shop'] }],
      },
    }),
    change('aws_eks_pod_identity_association', 'cart', ['create'], {
      after: { cluster_name: 'demo', namespace: 'shop', service_account: 'cart' },
      unknown: { role_arn: true },
    }),
    change('aws_iam_user_policy', 'alice', ['delete'], { before: { user: 'alice', name: 'rights', policy: '{}' } }),
    change('aws_iam_role', 'ops', ['update'], {
      before: { name: 'ops', path: '/', assume_role_policy: trusts({ AWS: userArn('alice') }) },
      after: { name: 'ops', path: '/', assume_role_policy: trusts({ AWS: userArn('bob') }) },
    }),
  ],
  configuration: {
    root_module: {
      resources: [
        declared('aws_iam_role_policy_attachment.tables', { policy_arn: refer('aws_iam_policy.tables.arn', 'aws_iam_policy.tables') }),
        declared('aws_iam_role_policy.queue', { policy: refer('aws_sqs_queue.q.arn', 'aws_sqs_queue.q') }),
        declared('aws_eks_pod_identity_association.cart', { role_arn: refer('aws_iam_role.cart.arn', 'aws_iam_role.cart') }),
      ],
    },
  },
}

describe('a Terraform plan as a planned change', () => {
  const after = withPlannedFile(before, file('plan.json', plan), {})
  const table = '"arn:aws:dynamodb:us-east-1:111122223333:table/t"'
  test.each([
    [`{principals: "demo:serviceaccount:shop/cart", may become: "${iamArn('role/apps/cart')}"}`, 'there is no'],
    ['{principals: bob, may: "sts:AssumeRole", on: "arn:aws:iam::111122223333:role/ops"}', 'is denied'],
    ['{principals: alice, may not: "s3:GetObject", on: "arn:aws:s3:::b/x"}', 'is allowed'],
    ['{principals: bob, may: delete, on: pods, namespace: shop}', 'is denied'],
  ])('%s holds after it, not before', (yaml, problem) => {
    expect(said(yaml, before)).toContain(problem)
    expect(said(yaml, { ...after, gaps: [] })).toBe('holds')
  })
  test('a policy that refers to another resource of the plan is attached', () =>
    expect(said(`{principals: cart, may: "dynamodb:GetItem", on: ${table}}`, { ...after, gaps: [] })).toBe('holds'))
  test('what is known after apply alone makes what depends on it undetermined, and names it', () => {
    const told = said('{principals: cart, may not: "sqs:SendMessage"}', after)
    expect(told).toMatch(/aws_iam_role_policy\.queue of .*plan\.json: .* known after apply/)
    expect(said('{principals: alice, may not: "sqs:SendMessage"}', after)).toBe('holds')
  })
  test('of an account that cannot be told is a mistake', () => {
    const two = { ...before, users: [...before.users, { ...user('eve'), arn: 'arn:aws:iam::444455556666:user/eve' }] }
    expect(() => withPlannedFile(two, file('plan.json', plan), {})).toThrow('give it as --with ACCOUNT=')
    const given = withPlannedFile(two, `${account}=${file('plan.json', plan)}`, {})
    expect(given.roles.map(({ arn }) => arn)).toContain(iamArn('role/apps/cart'))
  })
  test('values go through modules by their variables and outputs', () => {
    const modules = {
      resource_changes: [
        {
          ...change('aws_iam_role', 'this', ['create'], {
            after: { name: 'worker', path: '/', assume_role_policy: pods },
            unknown: { arn: true },
          }),
          module_address: 'module.role',
          address: 'module.role.aws_iam_role.this',
        },
        {
          ...change('aws_eks_pod_identity_association', 'this', ['create'], {
            after: { cluster_name: 'demo', namespace: 'shop', service_account: 'cart' },
            unknown: { role_arn: true },
          }),
          module_address: 'module.link',
          address: 'module.link.aws_eks_pod_identity_association.this',
        },
      ],
      configuration: {
        root_module: {
          module_calls: {
            role: { module: { outputs: { arn: { expression: refer('aws_iam_role.this.arn', 'aws_iam_role.this') } }, resources: [] } },
            link: {
              expressions: { role: refer('module.role.arn', 'module.role') },
              module: { resources: [declared('aws_eks_pod_identity_association.this', { role_arn: refer('var.role') })] },
            },
          },
        },
      },
    }
    const [demo] = withPlannedFile(before, file('modules.json', modules), {}).clusters
    expect(demo?.associations).toEqual([{ namespace: 'shop', serviceAccount: 'cart', roleArn: roleArn('worker') }])
  })
  test('one that tells its planned values alone is one too', () => {
    const values = {
      planned_values: {
        root_module: { resources: [{ address: 'aws_iam_user.eve', type: 'aws_iam_user', name: 'eve', values: { name: 'eve' } }] },
      },
    }
    expect(withPlannedFile(before, file('values.json', values), {}).users.map(({ name }) => name)).toContain('eve')
  })
})

const template = `
Parameters:
  Cluster: {Type: String}
Conditions:
  IsDemo: !Equals [!Ref Cluster, demo]
Resources:
  Cart:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: ${pods}
      ManagedPolicyArns: [!Ref Tables]
  Tables:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      ManagedPolicyName: !Sub "\${Cluster}-tables"
      PolicyDocument: ${policyOf(allow('dynamodb:GetItem'))}
  Queue:
    Type: AWS::IAM::RolePolicy
    Properties:
      RoleName: ops
      PolicyName: queue
      PolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Deny, Action: "s3:*", Resource: !GetAtt Other.Thing}]}
  Other: {Type: "AWS::CloudWatch::Alarm"}
  Link:
    Type: AWS::EKS::PodIdentityAssociation
    Condition: IsDemo
    Properties: {ClusterName: !Ref Cluster, Namespace: shop, ServiceAccount: cart, RoleArn: !GetAtt Cart.Arn}
  Bob:
    Type: AWS::EKS::AccessEntry
    Properties:
      ClusterName: !Ref Cluster
      PrincipalArn: !Sub "arn:aws:iam::\${AWS::AccountId}:user/bob"
      AccessPolicies:
        - PolicyArn: arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy
          AccessScope: {Type: namespace, Namespaces: [shop]}
`

describe('a CloudFormation template as a planned change', () => {
  const name = file('template.yaml', template)
  const after = withPlannedFile(before, name, { Cluster: 'demo' })
  test.each([
    [`{principals: "demo:serviceaccount:shop/cart", may become: "${roleArn('Cart')}"}`, 'there is no'],
    ['{principals: bob, may: get, on: pods, namespace: shop}', 'is denied'],
  ])('%s holds after it, not before', (yaml, problem) => {
    expect(said(yaml, before)).toContain(problem)
    expect(said(yaml, { ...after, gaps: [] })).toBe('holds')
  })
  test('its roles hold its policies', () => expect(said('{principals: Cart, may: "dynamodb:GetItem"}', after)).toBe('holds'))
  test('a function that only the deployment answers makes what depends on it undetermined', () =>
    expect(said('{principals: ops, may: "s3:GetObject", on: "arn:aws:s3:::b/x"}', after)).toMatch(
      /Queue of .*known after the deployment alone/,
    ))
  test('without a value of a parameter is a mistake', () =>
    expect(() => withPlannedFile(before, name, {})).toThrow('Parameters: [Cluster] must have values'))
})
