import { account, allow, deny, otherAccount, policy, role, root, type StatementInput, to, user } from '../support.ts'
import { type Example, isDenied, may, mayNot, testExamples } from './example.ts'

// AWS KMS Developer Guide, "Key policies in AWS KMS", "Troubleshooting key access", "Condition keys for AWS KMS", "ABAC for AWS KMS".

const key = `arn:aws:kms:eu-west-1:${account}:key/0123abcd-01ab-23cd-45ef-0123456789ab`
const theirs = key.replace(account, otherAccount)
const owner = `arn:aws:iam::${account}:root`
const other = `arn:aws:iam::${otherAccount}:root`
const stranger = {
  ...user,
  account: otherAccount,
  arn: `arn:aws:iam::${otherAccount}:user/bob`,
  userId: 'AIDABOBEXAMPLEEXAMPL',
  userName: 'bob',
}
const use = ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey']
const grants = ['kms:CreateGrant', 'kms:ListGrants', 'kms:RevokeGrant']
const names = (aws: string, action: string | string[], condition?: StatementInput): StatementInput => ({
  ...allow(action, { Principal: { AWS: aws } }),
  ...(condition && { Condition: condition }),
})
const on = { on: key }
const forService = { Bool: { 'kms:GrantIsForAWSResource': true } }

const defaults: Example[] = [
  {
    source: 'Default key policy: allows access to the AWS account and enables IAM policies',
    kind: 'resource',
    mustAllow: true,
    statements: to(owner, 'kms:*'),
    claims: [
      may('the root user', 'kms:PutKeyPolicy', { ...on, who: root }),
      may('a user whose own policy allows', 'kms:Encrypt', { ...on, administrator: true }),
      mayNot('it does not itself give users permission', 'kms:Encrypt', { ...on, by: 'identity' }),
      mayNot('another account', 'kms:Encrypt', { ...on, who: stranger, administrator: true }),
    ],
  },
  {
    source: 'Default key policy: without the statement IAM policies that allow are ineffective, and those that deny are not',
    kind: 'resource',
    mustAllow: true,
    statements: to(user.arn, 'kms:*'),
    claims: [
      may('the user who is named, without a policy of its own', 'kms:Encrypt', on),
      isDenied('a Deny of its own', 'kms:Encrypt', {
        ...on,
        policies: { identity: [policy(deny('kms:Encrypt'))] },
        by: 'identity',
      }),
      mayNot('a role whose policy allows', 'kms:Encrypt', { ...on, who: role, administrator: true }),
      mayNot('the root user', 'kms:PutKeyPolicy', { ...on, who: root }),
    ],
  },
  {
    source: 'Default key policy: key administrators',
    kind: 'resource',
    mustAllow: true,
    statements: [
      names(user.arn, [
        ...['Create', 'Describe', 'Enable', 'List', 'Put', 'Update', 'Revoke', 'Disable', 'Get', 'Delete'].map(verb => `kms:${verb}*`),
        'kms:TagResource',
        'kms:UntagResource',
        'kms:ScheduleKeyDeletion',
        'kms:CancelKeyDeletion',
      ]),
    ],
    claims: [
      may('change the policy', 'kms:PutKeyPolicy', on),
      may('delete the key', 'kms:ScheduleKeyDeletion', on),
      may('an operation with the verb', 'kms:UpdatePrimaryRegion', on),
      mayNot('do not use the key', 'kms:Decrypt', on),
      mayNot('do not import material', 'kms:ImportKeyMaterial', on),
    ],
  },
  {
    source: 'Default key policy: key users',
    kind: 'resource',
    mustAllow: true,
    statements: [user.arn, role.roleArn, other].flatMap(aws => [names(aws, use), names(aws, grants, forService)]),
    claims: [
      may('a user', 'kms:GenerateDataKeyPair', on),
      may('a role', 'kms:ReEncryptFrom', { ...on, who: role }),
      may("another account's user, with its own policy", 'kms:Decrypt', { ...on, who: stranger, administrator: true }),
      mayNot("another account's user, without", 'kms:Decrypt', { ...on, who: stranger, by: 'identity' }),
      may('a grant by a service', 'kms:CreateGrant', { ...on, context: { 'kms:GrantIsForAWSResource': true } }),
      mayNot('a grant of the own', 'kms:CreateGrant', { ...on, context: { 'kms:GrantIsForAWSResource': false } }),
      mayNot('nothing said', 'kms:CreateGrant', on),
      mayNot('administration', 'kms:PutKeyPolicy', on),
    ],
  },
]

const troubleshooting: Example[] = [
  {
    source: 'Troubleshooting key access: a user who assumes a role with permission to use a key of another account: the key policy',
    kind: 'resource',
    mustAllow: true,
    statements: [to(other, 'kms:*'), names(owner, ['kms:Encrypt', 'kms:Decrypt', 'kms:GenerateDataKey'])],
    claims: [
      may('the role, whose policy allows it', 'kms:Decrypt', { on: theirs, who: role, administrator: true }),
      mayNot('whose policy does not', 'kms:Decrypt', { on: theirs, who: role, by: 'identity' }),
      mayNot('what the key policy did not give to the account', 'kms:DisableKey', { on: theirs, who: role, administrator: true }),
    ],
  },
  {
    source: 'Troubleshooting key access: the policy of the role',
    kind: 'identity',
    statements: allow(['kms:Encrypt', 'kms:Decrypt', 'kms:GenerateDataKey'], { Resource: theirs }),
    claims: [
      mayNot('without the key policy', 'kms:Decrypt', { on: theirs, who: role, by: 'resource' }),
      mayNot('a key that is not named', 'kms:Decrypt', { on: key, who: role }),
      mayNot('an action that is not named', 'kms:DescribeKey', { on: key, who: role }),
    ],
  },
]

const conditions: Example[] = [
  {
    source: 'kms:CallerAccount, kms:ViaService: the key of Amazon EBS',
    kind: 'resource',
    mustAllow: true,
    statements: names('*', use, { StringEquals: { 'kms:CallerAccount': account, 'kms:ViaService': 'ec2.eu-west-1.amazonaws.com' } }),
    claims: [
      may('everyone of the account, by EBS', 'kms:Decrypt', {
        ...on,
        context: { 'kms:CallerAccount': account, 'kms:ViaService': 'ec2.eu-west-1.amazonaws.com' },
      }),
      mayNot('by another service', 'kms:Decrypt', {
        ...on,
        context: { 'kms:CallerAccount': account, 'kms:ViaService': 'rds.eu-west-1.amazonaws.com' },
      }),
      mayNot('directly', 'kms:Decrypt', { ...on, context: { 'kms:CallerAccount': account } }),
      mayNot('of another account', 'kms:Decrypt', {
        ...on,
        who: stranger,
        administrator: true,
        context: { 'kms:CallerAccount': otherAccount, 'kms:ViaService': 'ec2.eu-west-1.amazonaws.com' },
      }),
    ],
  },
  {
    source: 'kms:BypassPolicyLockoutSafetyCheck: a Deny',
    kind: 'identity',
    administrator: true,
    statements: deny(['kms:CreateKey', 'kms:PutKeyPolicy'], { Condition: { Bool: { 'kms:BypassPolicyLockoutSafetyCheck': true } } }),
    claims: [
      isDenied('bypassing', 'kms:CreateKey', { context: { 'kms:BypassPolicyLockoutSafetyCheck': true } }),
      may('not bypassing', 'kms:CreateKey', { context: { 'kms:BypassPolicyLockoutSafetyCheck': false } }),
      may('without the parameter', 'kms:PutKeyPolicy', on),
    ],
  },
  {
    source: 'kms:BypassPolicyLockoutSafetyCheck: Null in an Allow',
    kind: 'resource',
    mustAllow: true,
    statements: names(user.arn, 'kms:PutKeyPolicy', { Null: { 'kms:BypassPolicyLockoutSafetyCheck': true } }),
    claims: [
      may('without the parameter', 'kms:PutKeyPolicy', on),
      mayNot('with it', 'kms:PutKeyPolicy', { ...on, context: { 'kms:BypassPolicyLockoutSafetyCheck': true } }),
    ],
  },
  {
    source: 'kms:DataKeyPairSpec',
    kind: 'resource',
    mustAllow: true,
    statements: names(user.arn, ['kms:GenerateDataKeyPair'], { StringLike: { 'kms:DataKeyPairSpec': 'RSA*' } }),
    claims: [
      may('RSA', 'kms:GenerateDataKeyPair', { ...on, context: { 'kms:DataKeyPairSpec': 'RSA_3072' } }),
      mayNot('an elliptic curve', 'kms:GenerateDataKeyPair', { ...on, context: { 'kms:DataKeyPairSpec': 'ECC_NIST_P384' } }),
    ],
  },
  {
    source: 'kms:EncryptionAlgorithm: a double negative prevents other policies',
    kind: 'resource',
    administrator: true,
    mustAllow: true,
    statements: [
      to(owner, 'kms:*'),
      {
        ...deny(['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*'], {
          Condition: { StringNotEquals: { 'kms:EncryptionAlgorithm': 'RSAES_OAEP_SHA_256' } },
        }),
        Principal: { AWS: role.roleArn },
      },
    ],
    claims: [
      may('the algorithm', 'kms:Encrypt', { ...on, who: role, context: { 'kms:EncryptionAlgorithm': 'RSAES_OAEP_SHA_256' } }),
      isDenied('another', 'kms:Encrypt', { ...on, who: role, context: { 'kms:EncryptionAlgorithm': 'RSAES_OAEP_SHA_1' } }),
      may('another, by who is not named', 'kms:Encrypt', { ...on, context: { 'kms:EncryptionAlgorithm': 'RSAES_OAEP_SHA_1' } }),
      may('other operations', 'kms:DescribeKey', { ...on, who: role }),
    ],
  },
  {
    source: 'kms:KeyOrigin, kms:KeySpec, kms:KeyUsage, kms:MultiRegion: what may be created',
    kind: 'identity',
    statements: [
      allow('kms:CreateKey', {
        Condition: {
          StringEquals: { 'kms:KeyOrigin': 'AWS_KMS', 'kms:KeyUsage': 'ENCRYPT_DECRYPT' },
          StringLike: { 'kms:KeySpec': 'RSA_*' },
          Bool: { 'kms:MultiRegion': false },
        },
      }),
    ],
    claims: [
      may('all as wanted', 'kms:CreateKey', { context: keyOf('RSA_4096', false) }),
      mayNot('another spec', 'kms:CreateKey', { context: keyOf('SYMMETRIC_DEFAULT', false) }),
      mayNot('in many Regions', 'kms:CreateKey', { context: keyOf('RSA_4096', true) }),
    ],
  },
  {
    source: 'kms:MultiRegionKeyType',
    kind: 'identity',
    statements: allow(['kms:ScheduleKeyDeletion', 'kms:CancelKeyDeletion'], {
      Resource: `arn:aws:kms:*:${account}:key/*`,
      Condition: { StringEquals: { 'kms:MultiRegionKeyType': 'REPLICA' } },
    }),
    claims: [
      may('a replica', 'kms:ScheduleKeyDeletion', { ...on, context: { 'kms:MultiRegionKeyType': 'REPLICA' } }),
      mayNot('a primary key', 'kms:ScheduleKeyDeletion', { ...on, context: { 'kms:MultiRegionKeyType': 'PRIMARY' } }),
      mayNot('a key of one Region has no such property', 'kms:CancelKeyDeletion', on),
    ],
  },
]

function keyOf(spec: string, multiRegion: boolean) {
  return { 'kms:KeyOrigin': 'AWS_KMS', 'kms:KeyUsage': 'ENCRYPT_DECRYPT', 'kms:KeySpec': spec, 'kms:MultiRegion': multiRegion }
}

testExamples([...defaults, ...troubleshooting])
testExamples(conditions)
