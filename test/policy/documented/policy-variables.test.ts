import { allow, anonymous, deny, role, user } from '../support.ts'
import { type Example, isDenied, may, mayNot, testExamples } from './example.ts'

// IAM User Guide, "IAM policy elements: Variables and tags": "Policy variables with no value", "Specify default values".

const bucket = 'arn:aws:s3:::projects'
const on = (key: string) => ({ on: `${bucket}/${key}` })
const teamOf = (principal?: string, object?: string) => ({
  ...on('plan'),
  context: {
    ...(principal !== undefined && { 'aws:PrincipalTag/Team': principal }),
    ...(object !== undefined && { 's3:ExistingObjectTag/Team': object }),
  },
})
const team = '${aws:PrincipalTag/Team}'

const withoutValue: Example[] = [
  {
    source: 'Policy variables with no value: the Deny of the page',
    kind: 'identity',
    administrator: true,
    statements: deny('s3:GetObject', {
      Resource: `${bucket}/*`,
      Condition: { StringNotEquals: { 's3:ExistingObjectTag/Team': team } },
    }),
    claims: [
      may('the same team', 's3:GetObject', teamOf('red', 'red')),
      isDenied('another team', 's3:GetObject', teamOf('red', 'blue')),
      isDenied('the principal has no team', 's3:GetObject', teamOf(undefined, 'red')),
      isDenied('the object has no team', 's3:GetObject', teamOf('red')),
      isDenied('neither has one', 's3:GetObject', teamOf()),
    ],
  },
  {
    source: 'Policy variables with no value: positive operators do not match',
    kind: 'identity',
    statements: [
      allow('s3:GetObject', { Resource: `${bucket}/*`, Condition: { StringEquals: { 's3:ExistingObjectTag/Team': team } } }),
      allow('s3:GetObjectTagging', { Resource: `${bucket}/*`, Condition: { StringLike: { 's3:ExistingObjectTag/Team': `${team}*` } } }),
    ],
    claims: [
      may('StringEquals: the same team', 's3:GetObject', teamOf('red', 'red')),
      mayNot('StringEquals: no team', 's3:GetObject', teamOf(undefined, 'red')),
      mayNot('StringEquals: not even with an empty one', 's3:GetObject', teamOf(undefined, '')),
      may('StringLike: the same team', 's3:GetObjectTagging', teamOf('red', 'redder')),
      mayNot('StringLike: no team', 's3:GetObjectTagging', teamOf(undefined, 'red')),
    ],
  },
  {
    source: 'Policy variables with no value: inverted operators match, in an Allow too',
    kind: 'identity',
    statements: [
      allow('s3:GetObject', { Resource: `${bucket}/*`, Condition: { StringNotEquals: { 's3:ExistingObjectTag/Team': team } } }),
      allow('s3:GetObjectTagging', { Resource: `${bucket}/*`, Condition: { StringNotLike: { 's3:ExistingObjectTag/Team': `${team}*` } } }),
    ],
    claims: [
      mayNot('StringNotEquals: the same team', 's3:GetObject', teamOf('red', 'red')),
      may('StringNotEquals: another team', 's3:GetObject', teamOf('red', 'blue')),
      may('StringNotEquals: no team', 's3:GetObject', teamOf(undefined, 'blue')),
      mayNot('StringNotLike: the same team', 's3:GetObjectTagging', teamOf('red', 'redder')),
      may('StringNotLike: no team', 's3:GetObjectTagging', teamOf(undefined, 'red')),
    ],
  },
  {
    source: 'Policy variables with no value: an entry of Resource matches no resource',
    kind: 'identity',
    statements: allow('s3:GetObject', { Resource: [`${bucket}/${team}/*`, `${bucket}/common/*`] }),
    claims: [
      may("the own team's", 's3:GetObject', { ...on('red/x'), context: { 'aws:PrincipalTag/Team': 'red' } }),
      mayNot("nobody's", 's3:GetObject', on('/x')),
      mayNot('the name of the variable', 's3:GetObject', on(`${team}/x`)),
      may('other entries still match', 's3:GetObject', on('common/x')),
    ],
  },
  {
    source: 'Policy variables with no value: an entry of NotResource excludes no resource',
    kind: 'identity',
    administrator: true,
    statements: deny('s3:GetObject', { Resource: undefined, NotResource: `${bucket}/${team}/*` }),
    claims: [
      may("the own team's", 's3:GetObject', { ...on('red/x'), context: { 'aws:PrincipalTag/Team': 'red' } }),
      isDenied("another team's", 's3:GetObject', { ...on('blue/x'), context: { 'aws:PrincipalTag/Team': 'red' } }),
      isDenied('without a team everything', 's3:GetObject', on('red/x')),
    ],
  },
  {
    source: 'Policy variables with no value: NotResource in an Allow',
    kind: 'identity',
    statements: allow('s3:GetObject', { Resource: undefined, NotResource: [`${bucket}/${team}/*`, `${bucket}/secret/*`] }),
    claims: [
      mayNot("the own team's", 's3:GetObject', { ...on('red/x'), context: { 'aws:PrincipalTag/Team': 'red' } }),
      may('without a team', 's3:GetObject', on('red/x')),
      mayNot('other entries still exclude', 's3:GetObject', on('secret/x')),
    ],
  },
]

const defaults: Example[] = [
  {
    source: 'Specify default values: the bucket of the whole company',
    kind: 'identity',
    statements: allow('s3:ListBucket', { Resource: "arn:aws:s3:::bucket-${aws:PrincipalTag/team, 'company-wide'}" }),
    claims: [
      may('without a team', 's3:ListBucket', { on: 'arn:aws:s3:::bucket-company-wide' }),
      may("the team's", 's3:ListBucket', { on: 'arn:aws:s3:::bucket-red', context: { 'aws:PrincipalTag/team': 'red' } }),
      mayNot('with a team not the common one', 's3:ListBucket', {
        on: 'arn:aws:s3:::bucket-company-wide',
        context: { 'aws:PrincipalTag/team': 'red' },
      }),
    ],
  },
  {
    source: 'Specify default values: in a condition',
    kind: 'identity',
    statements: allow('s3:GetObject', {
      Condition: { StringEquals: { 's3:ExistingObjectTag/Team': "${aws:PrincipalTag/Team, 'common'}" } },
    }),
    claims: [
      may('without a team', 's3:GetObject', teamOf(undefined, 'common')),
      may('with a team', 's3:GetObject', teamOf('red', 'red')),
      mayNot('with a team not the default', 's3:GetObject', teamOf('red', 'common')),
    ],
  },
]

const whoHasNames: Example[] = [
  {
    source: 'Principal key values: who has a user name',
    kind: 'resource',
    statements: { ...allow('s3:GetObject', { Resource: `${bucket}/\${aws:username}/*` }), Principal: '*' },
    claims: [
      may('a user', 's3:GetObject', { ...on('ann/x'), who: user }),
      mayNot('a role has none', 's3:GetObject', { ...on('ann/x'), who: role, by: 'identity' }),
      mayNot('an anonymous request has none', 's3:GetObject', { ...on('ann/x'), who: anonymous }),
    ],
  },
]

testExamples(withoutValue)
testExamples([...defaults, ...whoHasNames])
