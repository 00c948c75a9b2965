import { account, allow, deny } from '../support.ts'
import { type Example, isDenied, may, mayNot, testExamples } from './example.ts'

// IAM User Guide, "Single-valued vs. multivalued context keys", "Set operators for multivalued context keys", "Multivalued context key examples", and the
// multivalued keys of "AWS global condition context keys".

const table = { on: `arn:aws:dynamodb:eu-west-1:${account}:table/Thread` }
const attributes = (...names: string[]) => ({ context: { 'dynamodb:Attributes': names } })
const keys = (...names: string[]) => ({ on: `arn:aws:iam::${account}:role/app`, context: { 'aws:TagKeys': names } })
const noKeys = { on: `arn:aws:iam::${account}:role/app` }
const tagging = ['iam:Tag*', 'iam:UnTag*']
const kmsKey = { on: `arn:aws:kms:eu-west-1:${account}:key/1` }
const via = (...services: string[]) => ({
  ...kmsKey,
  context: { 'aws:CalledVia': services, 'aws:CalledViaFirst': services[0], 'aws:CalledViaLast': services.at(-1) },
})
const kmsUse = ['kms:Encrypt', 'kms:Decrypt', 'kms:GenerateDataKey']

const examples: Example[] = [
  {
    source: 'Set operators for multivalued context keys: ForAllValues',
    kind: 'identity',
    statements: allow('dynamodb:GetItem', {
      Resource: table.on,
      Condition: { 'ForAllValues:StringLike': { 'dynamodb:Attributes': ['PostDateTime', 'Message', 'Tags'] } },
    }),
    claims: [
      may('every attribute is on the list', 'dynamodb:GetItem', { ...table, ...attributes('PostDateTime', 'Message') }),
      mayNot('one is not', 'dynamodb:GetItem', { ...table, ...attributes('PostDateTime', 'ID') }),
      may('none is asked for', 'dynamodb:GetItem', table),
      may('an empty list', 'dynamodb:GetItem', { ...table, ...attributes() }),
    ],
  },
  {
    source: 'Set operators for multivalued context keys: ForAnyValue under a Deny',
    kind: 'identity',
    administrator: true,
    statements: deny('dynamodb:PutItem', {
      Resource: table.on,
      Condition: { 'ForAnyValue:StringLike': { 'dynamodb:Attributes': ['ID', 'PostDateTime'] } },
    }),
    claims: [
      isDenied('one of the attributes is on the list', 'dynamodb:PutItem', {
        ...table,
        ...attributes('UserName', 'Message', 'PostDateTime'),
      }),
      may('none is', 'dynamodb:PutItem', { ...table, ...attributes('UserName') }),
      may('an empty list', 'dynamodb:PutItem', { ...table, ...attributes() }),
      may('no list', 'dynamodb:PutItem', table),
    ],
  },
  {
    source: 'Multivalued context key examples: Deny with ForAllValues, one value',
    kind: 'identity',
    administrator: true,
    statements: deny(tagging, { Condition: { 'ForAllValues:StringNotLike': { 'aws:TagKeys': 'key1*' } } }),
    claims: [
      may('a key that begins so', 'iam:TagRole', keys('key1:legal')),
      may('several that do', 'iam:TagRole', keys('key1:hr', 'key1:personnel')),
      isDenied('one that does not', 'iam:TagRole', keys('key2:audit')),
      isDenied('no keys: ForAllValues is true', 'iam:TagRole', noKeys),
    ],
  },
  {
    source: 'Multivalued context key examples: Deny with ForAllValues, several values',
    kind: 'identity',
    administrator: true,
    statements: deny(tagging, { Condition: { 'ForAllValues:StringNotLike': { 'aws:TagKeys': ['key1*', 'key2*'] } } }),
    claims: [
      may('the first beginning', 'iam:UntagRole', keys('key1:legal')),
      may('both', 'iam:UntagRole', keys('key1:hr', 'key2:business')),
      may('one of them beside another key: not all are unlike', 'iam:UntagRole', keys('key1:legal', 'key3:personnel')),
      isDenied('neither', 'iam:UntagRole', keys('key3:business', 'key4:audit')),
    ],
  },
  {
    source: 'Multivalued context key examples: Deny with ForAllValues and Null, so that there must be keys',
    kind: 'identity',
    administrator: true,
    statements: deny(tagging, {
      Condition: { 'ForAllValues:StringNotLike': { 'aws:TagKeys': 'key1*' }, Null: { 'aws:TagKeys': 'false' } },
    }),
    claims: [
      isDenied('other keys', 'iam:TagRole', keys('key2:audit')),
      may('no keys', 'iam:TagRole', noKeys),
      may('an empty list of keys is null', 'iam:TagRole', keys()),
    ],
  },
  {
    source: 'Multivalued context key examples: Deny with ForAnyValue',
    kind: 'identity',
    administrator: true,
    statements: deny(['ec2:CreateSnapshot', 'ec2:CreateTags'], {
      Condition: { 'ForAnyValue:StringEquals': { 'aws:TagKeys': 'webserver' } },
    }),
    claims: [
      isDenied('the key', 'ec2:CreateSnapshot', { context: { 'aws:TagKeys': ['webserver'] } }),
      isDenied('the key among others', 'ec2:CreateSnapshot', { context: { 'aws:TagKeys': ['environment', 'webserver'] } }),
      may('others', 'ec2:CreateSnapshot', { context: { 'aws:TagKeys': ['environment', 'Webserver'] } }),
      may('none', 'ec2:CreateSnapshot'),
    ],
  },
  {
    source: 'Multivalued context key examples: Deny with ForAnyValue, several values',
    kind: 'identity',
    administrator: true,
    statements: deny(['ec2:CreateSnapshot', 'ec2:CreateTags'], {
      Condition: { 'ForAnyValue:StringEquals': { 'aws:TagKeys': ['environment', 'webserver', 'test'] } },
    }),
    claims: [
      isDenied('one of them', 'ec2:CreateTags', { context: { 'aws:TagKeys': ['test'] } }),
      isDenied('one of them beside another', 'ec2:CreateTags', { context: { 'aws:TagKeys': ['test', 'other'] } }),
      may('another', 'ec2:CreateTags', { context: { 'aws:TagKeys': ['other'] } }),
    ],
  },
  {
    source: 'Controlling access to AWS resources using tags: tag keys',
    kind: 'identity',
    statements: allow(['secretsmanager:CreateSecret', 'secretsmanager:TagResource'], {
      Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['environment', 'cost-center'] } },
    }),
    claims: [
      may('one of the keys', 'secretsmanager:CreateSecret', { context: { 'aws:TagKeys': ['environment'] } }),
      mayNot('another', 'secretsmanager:CreateSecret', { context: { 'aws:TagKeys': ['environment', 'owner'] } }),
      mayNot('one in another case', 'secretsmanager:CreateSecret', { context: { 'aws:TagKeys': ['Environment'] } }),
    ],
  },
  {
    source: 'Controlling access to AWS resources using tags: tag keys, none of them left out',
    kind: 'identity',
    statements: allow(['secretsmanager:CreateSecret', 'secretsmanager:TagResource'], {
      Condition: {
        'ForAllValues:StringEquals': { 'aws:TagKeys': ['environment', 'cost-center'] },
        Null: { 'aws:RequestTag/environment': 'false' },
      },
    }),
    claims: [
      may('the tag', 'secretsmanager:CreateSecret', { context: { 'aws:TagKeys': ['environment'], 'aws:RequestTag/environment': 'test' } }),
      mayNot('no tag', 'secretsmanager:CreateSecret'),
    ],
  },
  {
    source: 'AWS global condition context keys: aws:CalledVia',
    kind: 'identity',
    statements: allow(kmsUse, {
      Resource: kmsKey.on,
      Condition: { 'ForAnyValue:StringEquals': { 'aws:CalledVia': ['dynamodb.amazonaws.com'] } },
    }),
    claims: [
      may('through the service', 'kms:Decrypt', via('dynamodb.amazonaws.com')),
      may('through a chain that it is in', 'kms:Decrypt', via('cloudformation.amazonaws.com', 'dynamodb.amazonaws.com')),
      mayNot('through another', 'kms:Decrypt', via('athena.amazonaws.com')),
      mayNot('directly', 'kms:Decrypt', kmsKey),
    ],
  },
  {
    source: 'AWS global condition context keys: aws:CalledViaFirst and aws:CalledViaLast',
    kind: 'identity',
    statements: allow(kmsUse, {
      Resource: kmsKey.on,
      Condition: {
        StringEquals: { 'aws:CalledViaFirst': 'cloudformation.amazonaws.com', 'aws:CalledViaLast': 'dynamodb.amazonaws.com' },
      },
    }),
    claims: [
      may('first the one, last the other', 'kms:Decrypt', via('cloudformation.amazonaws.com', 'x.amazonaws.com', 'dynamodb.amazonaws.com')),
      mayNot('one that is both', 'kms:Decrypt', via('dynamodb.amazonaws.com')),
      mayNot('the other way round', 'kms:Decrypt', via('dynamodb.amazonaws.com', 'cloudformation.amazonaws.com')),
    ],
  },
]

testExamples(examples)
