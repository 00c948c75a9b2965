import { account, allow, deny, role, user } from '../support.ts'
import { type Example, isDenied, may, mayNot, testExamples } from './example.ts'

// IAM User Guide, "Example IAM identity-based policies": those about all of AWS.

const at = (time: string) => ({ 'aws:CurrentTime': new Date(time) })
const mfa = { 'aws:MultiFactorAuthPresent': true }
const withoutMfa = { 'aws:MultiFactorAuthPresent': false }
const from = (address: string) => ({ 'aws:SourceIp': address, 'aws:ViaAWSService': false })
const own = `arn:aws:iam::${account}:user/ann`
const ownDevice = `arn:aws:iam::${account}:mfa/ann`
const others = `arn:aws:iam::${account}:user/bob`
const ownUser = 'arn:aws:iam::*:user/${aws:username}'
const ownMfa = 'arn:aws:iam::*:mfa/${aws:username}'
const period = {
  DateGreaterThan: { 'aws:CurrentTime': '2017-07-01T00:00:00Z' },
  DateLessThan: { 'aws:CurrentTime': '2017-12-31T23:59:59Z' },
}
const unlessMfa = (NotAction: string[]) => ({
  Effect: 'Deny',
  NotAction,
  Resource: '*',
  Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
})
const manageOwnMfa = [
  allow(['iam:CreateVirtualMFADevice', 'iam:DeleteVirtualMFADevice'], { Resource: ownMfa }),
  allow(['iam:DeactivateMFADevice', 'iam:EnableMFADevice', 'iam:GetUser', 'iam:ListMFADevices', 'iam:ResyncMFADevice'], {
    Resource: ownUser,
  }),
]
const ownCredentials = [
  allow(['iam:GetAccountPasswordPolicy', 'iam:GetAccountSummary', 'iam:ListVirtualMFADevices']),
  allow(['iam:ChangePassword', 'iam:GetUser'], { Resource: ownUser }),
  allow(['iam:CreateAccessKey', 'iam:DeleteAccessKey', 'iam:ListAccessKeys', 'iam:UpdateAccessKey'], { Resource: ownUser }),
  allow(['iam:UploadSigningCertificate', 'iam:DeleteSigningCertificate'], { Resource: ownUser }),
  allow(['iam:UploadSSHPublicKey', 'iam:ListSSHPublicKeys'], { Resource: ownUser }),
  allow(['iam:CreateServiceSpecificCredential', 'iam:ResetServiceSpecificCredential'], { Resource: ownUser }),
]
const neededForMfa = [
  'iam:CreateVirtualMFADevice',
  'iam:EnableMFADevice',
  'iam:GetUser',
  'iam:ListMFADevices',
  'iam:ListVirtualMFADevices',
  'iam:ResyncMFADevice',
  'sts:GetSessionToken',
]

const examples: Example[] = [
  {
    source: 'AWS: Allows access based on date and time',
    kind: 'identity',
    statements: allow('eks:ListClusters', { Condition: period }),
    claims: [
      may('within the dates', 'eks:ListClusters', { context: at('2017-10-01T12:00:00Z') }),
      mayNot('before them', 'eks:ListClusters', { context: at('2017-06-30T23:59:59Z') }),
      mayNot('after them', 'eks:ListClusters', { context: at('2018-01-01T00:00:00Z') }),
      mayNot('at the very second, which is not greater', 'eks:ListClusters', { context: at('2017-07-01T00:00:00Z') }),
    ],
  },
  {
    source: 'AWS: Allows specific access using MFA within specific dates',
    kind: 'identity',
    statements: allow(['s3:*', 'eks:ListClusters'], { Condition: { Bool: { 'aws:MultiFactorAuthPresent': true }, ...period } }),
    claims: [
      may('with MFA within the dates', 's3:ListBucket', { context: { ...mfa, ...at('2017-08-01T00:00:00Z') } }),
      mayNot('conditions are joined by AND: without MFA', 's3:ListBucket', { context: { ...withoutMfa, ...at('2017-08-01T00:00:00Z') } }),
      mayNot('with MFA after the dates', 'eks:ListClusters', { context: { ...mfa, ...at('2018-08-01T00:00:00Z') } }),
      mayNot('with long-term credentials, which have no MFA key', 's3:ListBucket', { context: at('2017-08-01T00:00:00Z') }),
    ],
  },
  {
    source: 'AWS: Denies access to AWS based on the source IP',
    kind: 'identity',
    administrator: true,
    statements: deny('*', {
      Condition: { NotIpAddress: { 'aws:SourceIp': ['192.0.2.0/24', '203.0.113.0/24'] }, Bool: { 'aws:ViaAWSService': 'false' } },
    }),
    claims: [
      may('from the first range', 'iam:ListUsers', { context: from('192.0.2.200') }),
      may('from the second range', 'iam:ListUsers', { context: from('203.0.113.1') }),
      isDenied('from elsewhere', 'iam:ListUsers', { context: from('198.51.100.1') }),
      may("through a service, whose address is not the principal's", 's3:GetObject', {
        context: { 'aws:SourceIp': '198.51.100.1', 'aws:ViaAWSService': true },
      }),
    ],
  },
  {
    source: 'AWS: Denies access to AWS based on the source IP: as it was before aws:ViaAWSService',
    kind: 'identity',
    administrator: true,
    statements: deny('*', { Condition: { NotIpAddress: { 'aws:SourceIp': ['192.0.2.0/24', '203.0.113.0/24'] } } }),
    claims: [
      may('from a range', 'iam:ListUsers', { context: from('192.0.2.1') }),
      isDenied("a service that calls with the principal's credentials", 's3:GetObject', { context: from('198.51.100.1') }),
      isDenied('through a VPC endpoint there is no aws:SourceIp, and a negated operator matches', 's3:GetObject'),
    ],
  },
  {
    source: 'AWS: Denies access to AWS based on the requested Region',
    kind: 'identity',
    administrator: true,
    statements: {
      Effect: 'Deny',
      NotAction: ['cloudfront:*', 'iam:*', 'organizations:*', 'route53:*', 'support:*'],
      Resource: '*',
      Condition: { StringNotEquals: { 'aws:RequestedRegion': ['eu-central-1', 'eu-west-1', 'eu-west-2', 'eu-west-3'] } },
    },
    claims: [
      may('in one of the Regions', 'ec2:RunInstances', { context: { 'aws:RequestedRegion': 'eu-west-1' } }),
      isDenied('in another', 'ec2:RunInstances', { context: { 'aws:RequestedRegion': 'us-east-1' } }),
      may('a global service whose endpoint is elsewhere', 'iam:CreateUser', { context: { 'aws:RequestedRegion': 'us-east-1' } }),
    ],
  },
  {
    source: 'AWS: Allows IAM users to manage their own password, access keys, and SSH public keys on the Security credentials page',
    kind: 'identity',
    statements: ownCredentials,
    claims: [
      may('the own access key', 'iam:CreateAccessKey', { on: own }),
      may('account information', 'iam:GetAccountSummary'),
      mayNot("another user's access key", 'iam:CreateAccessKey', { on: others }),
      mayNot('a role has no aws:username', 'iam:CreateAccessKey', { on: own, who: role }),
      mayNot('the Users page', 'iam:ListUsers'),
    ],
  },
  {
    source: 'AWS: Allows MFA-authenticated IAM users to manage their own credentials on the Security credentials page',
    kind: 'identity',
    statements: [...ownCredentials, ...manageOwnMfa, unlessMfa(neededForMfa)],
    claims: [
      may('the own password with MFA', 'iam:ChangePassword', { on: own, context: mfa }),
      isDenied('the own password without MFA', 'iam:ChangePassword', { on: own, context: withoutMfa }),
      isDenied('with long-term credentials: the key is missing and IfExists makes it true', 'iam:CreateAccessKey', { on: own }),
      may('what is needed to set up MFA, without MFA', 'iam:EnableMFADevice', { on: own, context: withoutMfa }),
      may('the own device', 'iam:CreateVirtualMFADevice', { on: ownDevice }),
      mayNot('a device of another name', 'iam:CreateVirtualMFADevice', { on: `arn:aws:iam::${account}:mfa/other` }),
      isDenied('deleting the device without MFA', 'iam:DeleteVirtualMFADevice', { on: ownDevice, context: withoutMfa }),
      may('deleting it with MFA', 'iam:DeleteVirtualMFADevice', { on: ownDevice, context: mfa }),
      isDenied('other services without MFA, whatever else allows them', 's3:GetObject', { administrator: true, context: withoutMfa }),
      may('other services with MFA, when another policy allows them', 's3:GetObject', { administrator: true, context: mfa }),
    ],
  },
  {
    source: 'AWS: Allows MFA-authenticated IAM users to manage their own MFA device on the Security credentials page',
    kind: 'identity',
    statements: [allow('iam:ListVirtualMFADevices'), ...manageOwnMfa, unlessMfa([...neededForMfa, 'iam:ChangePassword'])],
    claims: [
      may('listing devices', 'iam:ListVirtualMFADevices'),
      may('deactivating with MFA', 'iam:DeactivateMFADevice', { on: own, context: mfa }),
      isDenied('deactivating without', 'iam:DeactivateMFADevice', { on: own, context: withoutMfa }),
      mayNot('the listed actions are not allowed by the Deny statement', 'iam:ChangePassword', { on: own }),
      mayNot("another user's device", 'iam:ListMFADevices', { on: others, context: mfa }),
    ],
  },
  {
    source: 'AWS: Allows IAM users to change their own console password on the Security credentials page',
    kind: 'identity',
    statements: [allow('iam:GetAccountPasswordPolicy'), allow('iam:ChangePassword', { Resource: ownUser })],
    claims: [
      may('the own password', 'iam:ChangePassword', { on: own }),
      mayNot("another user's", 'iam:ChangePassword', { on: others }),
      may('the variable holds the name, not the path', 'iam:ChangePassword', {
        on: `arn:aws:iam::${account}:user/zoe`,
        who: { ...user, userName: 'zoe', arn: `arn:aws:iam::${account}:user/staff/zoe` },
      }),
    ],
  },
  {
    source: 'IAM: Allows IAM users to self-manage an MFA device',
    kind: 'identity',
    statements: [
      allow(['iam:ListUsers', 'iam:ListVirtualMFADevices']),
      allow('iam:ListMFADevices', { Resource: ['arn:aws:iam::*:mfa/*', ownUser] }),
      allow(['iam:CreateVirtualMFADevice'], { Resource: 'arn:aws:iam::*:mfa/*' }),
      allow(['iam:EnableMFADevice', 'iam:ResyncMFADevice'], { Resource: ownUser }),
      allow('iam:DeactivateMFADevice', { Resource: ownUser, Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } }),
      unlessMfa(['iam:CreateVirtualMFADevice', 'iam:EnableMFADevice', 'iam:ListMFADevices', 'iam:ListUsers', 'iam:ListVirtualMFADevices']),
    ],
    claims: [
      may('enabling the own device without MFA', 'iam:EnableMFADevice', { on: own }),
      isDenied('deactivating it without', 'iam:DeactivateMFADevice', { on: own, context: withoutMfa }),
      may('deactivating it with MFA', 'iam:DeactivateMFADevice', { on: own, context: mfa }),
      mayNot("enabling another user's", 'iam:EnableMFADevice', { on: others, context: mfa }),
    ],
  },
  {
    source: 'AWS: Deny access to resources outside your account except AWS managed IAM policies',
    kind: 'identity',
    administrator: true,
    statements: {
      Effect: 'Deny',
      NotAction: ['iam:GetPolicy', 'iam:GetPolicyVersion', 'iam:ListEntitiesForPolicy', 'iam:ListPolicies'],
      Resource: '*',
      Condition: { StringNotEquals: { 'aws:ResourceAccount': [account] } },
    },
    claims: [
      may('an AWS managed policy', 'iam:GetPolicy', { on: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }),
      isDenied('which the account does not own', 'iam:ListPolicyVersions', { on: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }),
      may("the account's own policy", 'iam:ListPolicyVersions', { on: `arn:aws:iam::${account}:policy/P` }),
      isDenied("another account's resource", 's3:GetObject', { on: 'arn:aws:s3:::theirs/x', owner: '999999999999' }),
    ],
  },
  {
    source: 'AWS: Deny access to Amazon S3 resources outside your account except AWS Data Exchange',
    kind: 'identity',
    administrator: true,
    statements: [
      {
        Effect: 'Deny',
        NotAction: ['s3:GetObject', 's3:PutObject', 's3:PutObjectAcl'],
        Resource: '*',
        Condition: { StringNotEquals: { 'aws:ResourceAccount': [account] } },
      },
      deny(['s3:GetObject', 's3:PutObject', 's3:PutObjectAcl'], {
        Condition: {
          StringNotEquals: { 'aws:ResourceAccount': [account] },
          'ForAllValues:StringNotEquals': { 'aws:CalledVia': ['dataexchange.amazonaws.com'] },
        },
      }),
    ],
    claims: [
      may('in the account', 's3:GetObject', { on: 'arn:aws:s3:::mine/x', owner: account }),
      isDenied('outside of it, called directly: no aws:CalledVia', 's3:GetObject', { on: 'arn:aws:s3:::theirs/x', owner: '999999999999' }),
      isDenied('outside, via another service', 's3:GetObject', {
        on: 'arn:aws:s3:::theirs/x',
        owner: '999999999999',
        context: { 'aws:CalledVia': ['athena.amazonaws.com'] },
      }),
      mayNot('outside, via Data Exchange: not denied here, so its resource policy decides', 's3:GetObject', {
        on: 'arn:aws:s3:::theirs/x',
        owner: '999999999999',
        context: { 'aws:CalledVia': ['dataexchange.amazonaws.com'] },
        by: 'resource',
      }),
      isDenied('another action outside', 's3:DeleteObject', {
        on: 'arn:aws:s3:::theirs/x',
        owner: '999999999999',
        context: { 'aws:CalledVia': ['dataexchange.amazonaws.com'] },
      }),
    ],
  },
]

testExamples(examples)
