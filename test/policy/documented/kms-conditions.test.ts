import { account, allow, deny, otherAccount, type StatementInput, to, user } from '../support.ts'
import { type Example, isDenied, may, mayNot, testExamples } from './example.ts'

// AWS KMS Developer Guide, "AWS KMS condition keys", "ABAC for AWS KMS", "Controlling access to tags", "Examples of IAM policies".

const key = `arn:aws:kms:eu-west-1:${account}:key/0123abcd-01ab-23cd-45ef-0123456789ab`
const keys = `arn:aws:kms:*:${account}:key/*`
const on = { on: key }
const names = (action: string | string[], condition: StatementInput): StatementInput => ({
  ...to(user.arn),
  Action: action,
  Condition: condition,
})
/** A request with pairs of encryption context. */
const encrypted = (pairs: Record<string, string>) => ({
  ...on,
  context: {
    ...Object.fromEntries(Object.entries(pairs).map(([name, value]) => [`kms:EncryptionContext:${name}`, value])),
    'kms:EncryptionContextKeys': Object.keys(pairs),
  },
})
const generate = 'kms:GenerateDataKey'
const app = { 'kms:EncryptionContext:AppName': 'shop' }
const aliases = (...names: string[]) => ({ ...on, context: { 'kms:ResourceAliases': names } })

const encryptionContext: Example[] = [
  {
    source: 'kms:EncryptionContext: a pair is required, others are permitted',
    kind: 'resource',
    mustAllow: true,
    statements: names(generate, { StringEquals: app }),
    claims: [
      may('the pair', generate, encrypted({ AppName: 'shop' })),
      may('and another', generate, encrypted({ AppName: 'shop', Stage: 'test' })),
      may('the key has no case', generate, encrypted({ APPNAME: 'shop' })),
      mayNot('the value has', generate, encrypted({ AppName: 'Shop' })),
      mayNot('no encryption context', generate, on),
    ],
  },
  {
    source: 'kms:EncryptionContext: a pair is required, all others are forbidden',
    kind: 'resource',
    mustAllow: true,
    statements: names(generate, { StringEquals: app, 'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['AppName'] } }),
    claims: [
      may('the pair', generate, encrypted({ AppName: 'shop' })),
      mayNot('and another', generate, encrypted({ AppName: 'shop', Stage: 'test' })),
      mayNot('no encryption context', generate, on),
    ],
  },
  {
    source: 'kms:EncryptionContext: ForAllValues with a single-valued key: requests without the context are allowed, which KMS warns of',
    kind: 'resource',
    mustAllow: true,
    statements: names(generate, { 'ForAllValues:StringEquals': app }),
    findings: ['FORALLVALUES_WITH_SINGLE_VALUED_KEY'],
    claims: [
      may('the pair', generate, encrypted({ AppName: 'shop' })),
      may('no encryption context', generate, on),
      may('an unspecified one', generate, encrypted({ Stage: 'Restricted' })),
    ],
  },
  {
    source: 'kms:EncryptionContext: one of two values is forbidden',
    kind: 'resource',
    mustAllow: true,
    statements: [
      names(generate, { Null: { 'kms:EncryptionContextKeys': 'false' } }),
      { ...names(generate, { StringEquals: { 'kms:EncryptionContext:Stage': ['Restricted', 'Production'] } }), Effect: 'Deny' },
    ],
    claims: [
      isDenied('the first', generate, encrypted({ Stage: 'Restricted' })),
      isDenied('the other', generate, encrypted({ Stage: 'Production', AppName: 'shop' })),
      may('another value', generate, encrypted({ Stage: 'Test' })),
      may('another pair', generate, encrypted({ AppName: 'shop' })),
      mayNot('none', generate, on),
    ],
  },
  {
    source: 'kms:EncryptionContext: two pairs are required, and one or another',
    kind: 'resource',
    mustAllow: true,
    statements: [
      names('kms:Decrypt', { StringEquals: { 'kms:EncryptionContext:Department': 'IT', 'kms:EncryptionContext:Project': 'Alpha' } }),
      names(generate, { StringEquals: { 'kms:EncryptionContext:Department': 'IT' } }),
      names(generate, { StringEquals: { 'kms:EncryptionContext:Project': 'Alpha' } }),
    ],
    claims: [
      may('both', 'kms:Decrypt', encrypted({ Department: 'IT', Project: 'Alpha' })),
      mayNot('one of both', 'kms:Decrypt', encrypted({ Department: 'IT' })),
      may('one or another', generate, encrypted({ Project: 'Alpha', Department: 'HR' })),
      mayNot('none', generate, encrypted({ Project: 'Beta' })),
    ],
  },
  {
    source: 'kms:EncryptionContextKeys: a key whose case counts',
    kind: 'resource',
    mustAllow: true,
    statements: names(['kms:Encrypt', 'kms:GenerateDataKey*'], { 'ForAnyValue:StringEquals': { 'kms:EncryptionContextKeys': 'AppName' } }),
    claims: [
      may('among others', generate, encrypted({ AppName: 'Helper', Project: 'Alpha' })),
      mayNot('another case', generate, encrypted({ Appname: 'Helper' })),
      mayNot('another', generate, encrypted({ Project: 'Alpha' })),
      mayNot('none', generate, on),
    ],
  },
  {
    source: 'kms:EncryptionContext: the user name of the caller',
    kind: 'resource',
    mustAllow: true,
    statements: names(['kms:Decrypt', 'kms:Encrypt'], { StringEquals: { 'kms:EncryptionContext:user': '${aws:username}' } }),
    claims: [
      may('the own name', 'kms:Decrypt', encrypted({ user: 'ann' })),
      mayNot('another', 'kms:Decrypt', encrypted({ user: 'bob' })),
      mayNot('none', 'kms:Encrypt', on),
    ],
  },
]

const granting: Example[] = [
  {
    source: 'kms:GrantOperations, kms:GranteePrincipal, kms:RetiringPrincipal, kms:GrantConstraintType',
    kind: 'resource',
    mustAllow: true,
    statements: names('kms:CreateGrant', {
      'ForAllValues:StringEquals': { 'kms:GrantOperations': ['Encrypt', 'ReEncryptTo'] },
      StringEquals: {
        'kms:GranteePrincipal': `arn:aws:iam::${account}:role/limited`,
        'kms:RetiringPrincipal': [`arn:aws:iam::${account}:role/limited`, `arn:aws:iam::${account}:user/ops`],
        'kms:GrantConstraintType': 'EncryptionContextEquals',
      },
    }),
    claims: [
      may('one of the operations', 'kms:CreateGrant', grantOf(['Encrypt'])),
      may('both', 'kms:CreateGrant', grantOf(['Encrypt', 'ReEncryptTo'])),
      mayNot('another beside', 'kms:CreateGrant', grantOf(['Encrypt', 'Decrypt'])),
      mayNot('another grantee', 'kms:CreateGrant', grantOf(['Encrypt'], 'admin')),
    ],
  },
  {
    source: 'kms:MacAlgorithm, kms:SigningAlgorithm, kms:MessageType, kms:ReEncryptOnSameKey, kms:ReplicaRegion',
    kind: 'resource',
    mustAllow: true,
    statements: [
      names(['kms:GenerateMac', 'kms:VerifyMac'], { StringEquals: { 'kms:MacAlgorithm': 'HMAC_SHA_384' } }),
      names(['kms:GenerateMac', 'kms:VerifyMac'], { StringEquals: { 'kms:MacAlgorithm': 'HMAC_SHA_512' } }),
      names('kms:Sign', { StringLike: { 'kms:SigningAlgorithm': 'RSASSA_PSS*' }, StringEquals: { 'kms:MessageType': 'RAW' } }),
      names('kms:ReEncrypt*', { Bool: { 'kms:ReEncryptOnSameKey': true } }),
      names('kms:ReplicateKey', { StringEquals: { 'kms:ReplicaRegion': ['us-east-1', 'eu-west-3'] } }),
    ],
    claims: [
      may('either algorithm', 'kms:VerifyMac', { ...on, context: { 'kms:MacAlgorithm': 'HMAC_SHA_512' } }),
      mayNot('another', 'kms:VerifyMac', { ...on, context: { 'kms:MacAlgorithm': 'HMAC_SHA_224' } }),
      may('sign a message', 'kms:Sign', { ...on, context: { 'kms:SigningAlgorithm': 'RSASSA_PSS_SHA_512', 'kms:MessageType': 'RAW' } }),
      mayNot('a digest', 'kms:Sign', { ...on, context: { 'kms:SigningAlgorithm': 'RSASSA_PSS_SHA_512', 'kms:MessageType': 'DIGEST' } }),
      may('to the same key', 'kms:ReEncryptTo', { ...on, context: { 'kms:ReEncryptOnSameKey': true } }),
      mayNot('to another', 'kms:ReEncryptFrom', { ...on, context: { 'kms:ReEncryptOnSameKey': false } }),
      may('a Region of the list', 'kms:ReplicateKey', { ...on, context: { 'kms:ReplicaRegion': 'eu-west-3' } }),
      mayNot('another Region', 'kms:ReplicateKey', { ...on, context: { 'kms:ReplicaRegion': 'eu-west-1' } }),
    ],
  },
  {
    source: 'kms:ValidTo, kms:ExpirationModel',
    kind: 'resource',
    mustAllow: true,
    statements: [
      names('kms:ImportKeyMaterial', { NumericLessThanEquals: { 'kms:ValidTo': '1893455999.0' }, Null: { 'kms:ExpirationModel': 'true' } }),
    ],
    claims: [
      may('until then', 'kms:ImportKeyMaterial', { ...on, context: { 'kms:ValidTo': 1893455999 } }),
      mayNot('later', 'kms:ImportKeyMaterial', { ...on, context: { 'kms:ValidTo': 1893456000 } }),
      mayNot('with a model', 'kms:ImportKeyMaterial', {
        ...on,
        context: { 'kms:ValidTo': 1893455999, 'kms:ExpirationModel': 'KEY_MATERIAL_DOES_NOT_EXPIRE' },
      }),
    ],
  },
]

const attributes: Example[] = [
  {
    source: 'kms:ResourceAliases: one of the aliases',
    kind: 'identity',
    statements: allow(generate, {
      Resource: [keys, keys.replace(account, otherAccount)],
      Condition: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/finance' } },
    }),
    claims: [
      may('among others', generate, aliases('alias/finance', 'alias/x')),
      mayNot('others only', generate, aliases('alias/x')),
      mayNot('a key without alias', generate, on),
    ],
  },
  {
    source: 'kms:ResourceAliases: all aliases, and at least one',
    kind: 'identity',
    statements: allow(['kms:EnableKey', 'kms:DisableKey'], {
      Resource: keys,
      Condition: {
        'ForAllValues:StringLike': { 'kms:ResourceAliases': ['alias/*Test*'] },
        'ForAnyValue:StringLike': { 'kms:ResourceAliases': ['alias/*Test*'] },
      },
    }),
    claims: [
      may('all', 'kms:EnableKey', aliases('alias/aTestb', 'alias/Test')),
      mayNot('not all', 'kms:EnableKey', aliases('alias/Test', 'alias/live')),
      mayNot('a key without alias', 'kms:DisableKey', on),
    ],
  },
  {
    source: 'kms:RequestAlias: only who asks by the alias',
    kind: 'resource',
    mustAllow: true,
    statements: names(['kms:Decrypt', 'kms:GenerateDataKey*', 'kms:DescribeKey'], { StringLike: { 'kms:RequestAlias': 'alias/*alpha*' } }),
    claims: [
      may('by an alias', 'kms:DescribeKey', { ...on, context: { 'kms:RequestAlias': 'alias/project-alpha' } }),
      mayNot('by another', 'kms:DescribeKey', { ...on, context: { 'kms:RequestAlias': 'alias/beta' } }),
      mayNot('by its id', 'kms:Decrypt', on),
    ],
  },
  {
    source: 'ABAC for AWS KMS: the tag of a key',
    kind: 'identity',
    statements: allow(['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:DescribeKey'], {
      Resource: keys,
      Condition: { StringEquals: { 'aws:ResourceTag/Purpose': 'Test' } },
    }),
    claims: [
      may('with the tag', 'kms:Decrypt', { ...on, context: { 'aws:ResourceTag/Purpose': 'Test' } }),
      mayNot('the value changed', 'kms:Decrypt', { ...on, context: { 'aws:ResourceTag/Purpose': 'Live' } }),
      mayNot('the tag was deleted', 'kms:Decrypt', on),
      mayNot('the alias as resource is not the key', 'kms:Decrypt', {
        on: `arn:aws:kms:eu-west-1:${account}:alias/x`,
        context: { 'aws:ResourceTag/Purpose': 'Test' },
      }),
    ],
  },
  {
    source: 'Controlling access to tags: only tags with one key',
    kind: 'identity',
    statements: [
      allow('kms:CreateKey'),
      allow('kms:ListResourceTags', { Resource: keys }),
      allow(['kms:TagResource', 'kms:UntagResource'], {
        Resource: keys,
        Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': 'Project' } },
      }),
    ],
    claims: [
      may('the key', 'kms:TagResource', { ...on, context: { 'aws:TagKeys': ['Project'] } }),
      mayNot('and another', 'kms:UntagResource', { ...on, context: { 'aws:TagKeys': ['Project', 'Owner'] } }),
      may('read all', 'kms:ListResourceTags', on),
      may('create keys', 'kms:CreateKey'),
    ],
  },
  {
    source: 'Examples of IAM policies: keys of one Region; nobody disables or deletes',
    kind: 'identity',
    statements: [
      allow(['kms:Encrypt', 'kms:Decrypt', 'kms:DisableKey'], { Resource: keys.replace('*', 'eu-west-1') }),
      deny(['kms:DisableKey', 'kms:ScheduleKeyDeletion']),
    ],
    claims: [
      may('the Region', 'kms:Encrypt', on),
      mayNot('another Region', 'kms:Encrypt', { on: key.replace('eu-west-1', 'us-east-1') }),
      isDenied('although another policy allows it', 'kms:ScheduleKeyDeletion', { ...on, administrator: true }),
      isDenied('although another statement does', 'kms:DisableKey', on),
    ],
  },
]

function grantOf(operations: string[], grantee = 'limited') {
  return {
    ...on,
    context: {
      'kms:GrantOperations': operations,
      'kms:GranteePrincipal': `arn:aws:iam::${account}:role/${grantee}`,
      'kms:RetiringPrincipal': `arn:aws:iam::${account}:user/ops`,
      'kms:GrantConstraintType': 'EncryptionContextEquals',
    },
  }
}

testExamples(encryptionContext)
testExamples([...granting, ...attributes])
