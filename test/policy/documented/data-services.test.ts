import { account, allow, deny, role, user } from '../support.ts'
import { type Example, isDenied, may, mayNot, testExamples } from './example.ts'

// IAM User Guide, "Example IAM identity-based policies": DynamoDB, RDS, Data Pipeline, CodeCommit; "Tutorial: Define permissions to access AWS resources based on
// tags".

const table = (name: string) => `arn:aws:dynamodb:eu-west-1:${account}:table/${name}`
const columns = ['ID', 'PostDateTime', 'Message']
const secret = `arn:aws:secretsmanager:eu-west-1:${account}:secret:db-1`
const abac = { 'access-project': 'peg', 'access-team': 'eng', 'cost-center': '987654' }
const prefixed = (prefix: string, tags: Record<string, string>) =>
  Object.fromEntries(Object.entries(tags).map(([key, value]) => [`${prefix}/${key}`, value]))
const principalTags = prefixed('aws:PrincipalTag', abac)
const sameAsPrincipal = (prefix: string) =>
  prefixed(prefix, Object.fromEntries(Object.keys(abac).map(key => [key, `\${aws:PrincipalTag/${key}}`])))

const examples: Example[] = [
  {
    source: 'Amazon DynamoDB: Allows access to specific attributes',
    kind: 'identity',
    statements: allow(['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem'], {
      Resource: 'arn:aws:dynamodb:*:*:table/Thread',
      Condition: {
        'ForAllValues:StringEquals': { 'dynamodb:Attributes': columns },
        StringEqualsIfExists: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
      },
    }),
    claims: [
      may('some of the columns', 'dynamodb:GetItem', { on: table('Thread'), context: { 'dynamodb:Attributes': ['ID', 'Message'] } }),
      mayNot('another column among them', 'dynamodb:GetItem', {
        on: table('Thread'),
        context: { 'dynamodb:Attributes': ['ID', 'Secret'] },
      }),
      mayNot('all that an index projects', 'dynamodb:Query', {
        on: table('Thread'),
        context: { 'dynamodb:Attributes': ['ID'], 'dynamodb:Select': 'ALL_PROJECTED_ATTRIBUTES' },
      }),
    ],
  },
  {
    source: 'Amazon DynamoDB: Allows item-level access to DynamoDB based on an Amazon Cognito ID',
    kind: 'identity',
    statements: allow(['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'], {
      Resource: 'arn:aws:dynamodb:*:*:table/Items',
      Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['${cognito-identity.amazonaws.com:sub}'] } },
    }),
    claims: [
      may('the own items', 'dynamodb:GetItem', {
        on: table('Items'),
        who: role,
        context: { 'cognito-identity.amazonaws.com:sub': 'eu-west-1:9', 'dynamodb:LeadingKeys': ['eu-west-1:9'] },
      }),
      mayNot("another's", 'dynamodb:GetItem', {
        on: table('Items'),
        who: role,
        context: { 'cognito-identity.amazonaws.com:sub': 'eu-west-1:9', 'dynamodb:LeadingKeys': ['eu-west-1:9', 'eu-west-1:8'] },
      }),
      mayNot('who has no Cognito id', 'dynamodb:GetItem', { on: table('Items'), context: { 'dynamodb:LeadingKeys': [''.padEnd(3, 'x')] } }),
    ],
  },
  {
    source: 'Amazon RDS: Allows tag owners full access to RDS resources that they have tagged',
    kind: 'identity',
    statements: [
      allow(['rds:Describe*', 'rds:List*']),
      allow(['rds:DeleteDBInstance', 'rds:RebootDBInstance'], {
        Condition: { StringEqualsIgnoreCase: { 'rds:db-tag/Owner': '${aws:username}' } },
      }),
    ],
    claims: [
      may('the owner, whatever the case', 'rds:RebootDBInstance', { context: { 'rds:db-tag/Owner': 'ANN' } }),
      mayNot('another', 'rds:RebootDBInstance', { context: { 'rds:db-tag/Owner': 'bob' } }),
      may('reading everything', 'rds:DescribeDBInstances'),
    ],
  },
  {
    source: 'AWS Data Pipeline: Denies access to DataPipeline pipelines that a user did not create',
    kind: 'identity',
    administrator: true,
    // The Service Authorization Reference has the key as a list.
    errors: ['MISSING_QUALIFIER'],
    statements: deny(['datapipeline:ActivatePipeline', 'datapipeline:DeletePipeline'], {
      Condition: { StringNotEquals: { 'datapipeline:PipelineCreator': '${aws:userid}' } },
    }),
    claims: [
      may('the creator', 'datapipeline:DeletePipeline', { context: { 'datapipeline:PipelineCreator': user.userId } }),
      isDenied('another', 'datapipeline:DeletePipeline', { context: { 'datapipeline:PipelineCreator': 'AIDABOB' } }),
    ],
  },
  {
    source: 'AWS CodeCommit: Allows Read access to a CodeCommit repository, programmatically and in the console',
    kind: 'identity',
    statements: [
      allow('codecommit:GitPull', { Resource: 'arn:aws:codecommit:*:*:MyDemoRepo' }),
      allow(['codecommit:Get*', 'codecommit:BatchGetRepositories', 'codecommit:List*']),
    ],
    claims: [
      may('the repository', 'codecommit:GitPull', { on: `arn:aws:codecommit:eu-west-1:${account}:MyDemoRepo` }),
      mayNot('another', 'codecommit:GitPull', { on: `arn:aws:codecommit:eu-west-1:${account}:MyDemoRepo2` }),
      mayNot('writing', 'codecommit:GitPush', { on: `arn:aws:codecommit:eu-west-1:${account}:MyDemoRepo` }),
    ],
  },
  {
    source: 'Tutorial: Define permissions to access AWS resources based on tags: the ABAC policy',
    kind: 'identity',
    statements: [
      allow('secretsmanager:*', {
        Condition: {
          StringEquals: sameAsPrincipal('aws:ResourceTag'),
          'ForAllValues:StringEquals': { 'aws:TagKeys': [...Object.keys(abac), 'Name', 'OwnedBy'] },
          StringEqualsIfExists: sameAsPrincipal('aws:RequestTag'),
        },
      }),
      allow(['secretsmanager:GetRandomPassword', 'secretsmanager:ListSecrets']),
      allow(['secretsmanager:Describe*', 'secretsmanager:Get*', 'secretsmanager:List*'], {
        Condition: { StringEquals: { 'aws:ResourceTag/access-team': '${aws:PrincipalTag/access-team}' } },
      }),
      deny('secretsmanager:UntagResource', { Condition: { 'ForAnyValue:StringLike': { 'aws:TagKeys': 'access-*' } } }),
      deny('secretsmanager:*Policy'),
    ],
    claims: [
      may('all three tags match', 'secretsmanager:PutSecretValue', {
        on: secret,
        context: { ...principalTags, ...prefixed('aws:ResourceTag', abac) },
      }),
      mayNot('another project', 'secretsmanager:PutSecretValue', {
        on: secret,
        context: { ...principalTags, ...prefixed('aws:ResourceTag', { ...abac, 'access-project': 'uni' }) },
      }),
      may('reading within the team, whatever the project', 'secretsmanager:GetSecretValue', {
        on: secret,
        context: { ...principalTags, ...prefixed('aws:ResourceTag', { ...abac, 'access-project': 'uni' }) },
      }),
      mayNot("creating with a tag that is not the principal's", 'secretsmanager:CreateSecret', {
        on: secret,
        context: {
          ...principalTags,
          ...prefixed('aws:ResourceTag', abac),
          'aws:RequestTag/access-team': 'qas',
          'aws:TagKeys': ['access-team'],
        },
      }),
      mayNot('creating with a key that is not on the list', 'secretsmanager:CreateSecret', {
        on: secret,
        context: { ...principalTags, ...prefixed('aws:ResourceTag', abac), 'aws:TagKeys': ['other'] },
      }),
      isDenied('taking an access tag away, among others', 'secretsmanager:UntagResource', {
        on: secret,
        context: { ...principalTags, ...prefixed('aws:ResourceTag', abac), 'aws:TagKeys': ['Name', 'access-team'] },
      }),
      isDenied('resource policies', 'secretsmanager:PutResourcePolicy', {
        on: secret,
        context: { ...principalTags, ...prefixed('aws:ResourceTag', abac) },
      }),
      mayNot('a principal without tags', 'secretsmanager:GetSecretValue', { on: secret, context: prefixed('aws:ResourceTag', abac) }),
    ],
  },
]

testExamples(examples)
