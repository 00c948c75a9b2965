import { account, allow, deny, otherAccount, role, user } from '../support.ts'
import { type Example, isDenied, may, mayNot, testExamples } from './example.ts'

// IAM User Guide, "Example IAM identity-based policies: Amazon S3"; Amazon S3 User Guide, "Identity-based policy examples for Amazon S3" and "Amazon S3 condition
// key examples"; IAM User Guide, "IAM JSON policy elements: NotAction" and "NotResource".

const bucket = 'arn:aws:s3:::corporate'
const on = (key: string) => ({ on: `${bucket}/${key}` })
const both = [bucket, `${bucket}/*`]
const home = (variable: string) => [
  allow(['s3:ListAllMyBuckets', 's3:GetBucketLocation']),
  allow('s3:ListBucket', { Resource: bucket, Condition: { StringLike: { 's3:prefix': ['', 'home/', `home/\${${variable}}/*`] } } }),
  allow('s3:*', { Resource: [`${bucket}/home/\${${variable}}`, `${bucket}/home/\${${variable}}/*`] }),
]
const cognito = `${bucket}/cognito/app/\${cognito-identity.amazonaws.com:sub}`
const sub = { 'cognito-identity.amazonaws.com:sub': 'eu-west-1:12345678' }

const examples: Example[] = [
  {
    source: 'Amazon S3: Allows IAM users access to their S3 home directory, programmatically and in the console',
    kind: 'identity',
    statements: home('aws:username'),
    claims: [
      may('the own directory', 's3:PutObject', on('home/ann/file')),
      mayNot("another's", 's3:GetObject', on('home/bob/file')),
      mayNot('a name that only begins like the own', 's3:GetObject', on('home/anna/file')),
      may('listing the root of the bucket: an empty prefix', 's3:ListBucket', { on: bucket, context: { 's3:prefix': '' } }),
      may('listing the own directory', 's3:ListBucket', { on: bucket, context: { 's3:prefix': 'home/ann/pictures' } }),
      mayNot("listing another's", 's3:ListBucket', { on: bucket, context: { 's3:prefix': 'home/bob/' } }),
      mayNot('listing without prefix', 's3:ListBucket', { on: bucket }),
    ],
  },
  {
    source: 'Amazon S3: Allows federated users access to their S3 home directory, programmatically and in the console',
    kind: 'identity',
    statements: home('aws:userid'),
    claims: [
      may('a directory named by role id and session name', 's3:PutObject', { ...on(`home/${role.roleId}:s1/file`), who: role }),
      mayNot('another session of the role', 's3:PutObject', { ...on(`home/${role.roleId}:s2/file`), who: role }),
      mayNot('the session name alone', 's3:PutObject', { ...on('home/s1/file'), who: role }),
    ],
  },
  {
    source: 'Amazon S3: Allows Amazon Cognito users to access objects in their bucket',
    kind: 'identity',
    statements: [
      allow('s3:ListBucket', {
        Resource: bucket,
        Condition: { StringLike: { 's3:prefix': ['cognito/app/${cognito-identity.amazonaws.com:sub}'] } },
      }),
      allow(['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], { Resource: [cognito, `${cognito}/*`] }),
    ],
    claims: [
      may('the own objects', 's3:GetObject', { ...on('cognito/app/eu-west-1:12345678/x'), who: role, context: sub }),
      mayNot("another's", 's3:GetObject', { ...on('cognito/app/eu-west-1:9/x'), who: role, context: sub }),
      mayNot('without a Cognito identity nothing matches', 's3:GetObject', { ...on('cognito/app//x'), who: role }),
    ],
  },
  {
    source: 'Amazon S3: Limits management to a specific S3 bucket',
    kind: 'identity',
    statements: [allow('s3:*', { Resource: both }), { Effect: 'Deny', NotAction: 's3:*', NotResource: both }],
    claims: [
      may('the bucket', 's3:PutBucketPolicy', { on: bucket }),
      isDenied('other services', 'ec2:RunInstances', { on: `arn:aws:ec2:eu-west-1:${account}:instance/i-1`, administrator: true }),
      mayNot('another bucket is not allowed', 's3:GetObject', { on: 'arn:aws:s3:::other/x' }),
      mayNot('nor is the list of all buckets', 's3:ListAllMyBuckets'),
    ],
  },
  {
    source: 'Amazon S3: Allows read and write access to objects in an S3 bucket, programmatically and in the console',
    kind: 'identity',
    statements: [
      allow(['s3:GetAccountPublicAccessBlock', 's3:GetBucketAcl', 's3:GetBucketLocation', 's3:ListAllMyBuckets']),
      allow('s3:ListBucket', { Resource: bucket }),
      allow('s3:*Object', { Resource: `${bucket}/*` }),
    ],
    claims: [
      may('an action that ends with Object', 's3:DeleteObject', on('x')),
      mayNot('an action that goes on after it', 's3:GetObjectAcl', on('x')),
      mayNot('another bucket', 's3:GetObject', { on: 'arn:aws:s3:::corporate2/x' }),
    ],
  },
  {
    source: 'Identity-based policy examples for Amazon S3: Allowing each IAM user access to a folder in a bucket',
    kind: 'identity',
    statements: allow(['s3:PutObject', 's3:GetObject', 's3:DeleteObject'], { Resource: `${bucket}/\${aws:username}/*` }),
    claims: [
      may('the own folder', 's3:GetObject', on('ann/x')),
      mayNot("another's", 's3:GetObject', on('bob/x')),
      mayNot('case counts', 's3:GetObject', on('Ann/x')),
    ],
  },
  {
    source: 'Identity-based policy examples for Amazon S3: policy variables need version 2012-10-17',
    kind: 'identity',
    version: '2008-10-17',
    // Which is what the page warns of.
    errors: ['VARIABLE_UNSUPPORTED_IN_VERSION'],
    statements: allow('s3:GetObject', { Resource: `${bucket}/\${aws:username}/*` }),
    claims: [
      mayNot('the older version has no variables', 's3:GetObject', on('ann/x')),
      may('there they are plain text', 's3:GetObject', on('${aws:username}/x')),
    ],
  },
  {
    source: 'Identity-based policy examples for Amazon S3: a dollar sign in a key',
    kind: 'identity',
    statements: allow('s3:GetObject', { Resource: [`${bucket}/my\${$}file`, `${bucket}/\${*}star`, `${bucket}/is it\${?}`] }),
    claims: [
      may('the dollar sign', 's3:GetObject', on('my$file')),
      may('an asterisk that is one', 's3:GetObject', on('*star')),
      mayNot('and no wildcard', 's3:GetObject', on('morestar')),
      may('a question mark that is one', 's3:GetObject', on('is it?')),
      mayNot('and no wildcard either', 's3:GetObject', on('is it!')),
    ],
  },
  {
    source: 'Identity-based policy examples for Amazon S3: the console needs listing by prefix and delimiter',
    kind: 'identity',
    statements: [
      allow(['s3:ListAllMyBuckets', 's3:GetBucketLocation'], { Resource: 'arn:aws:s3:::*' }),
      allow('s3:ListBucket', { Resource: bucket, Condition: { StringEquals: { 's3:prefix': [''], 's3:delimiter': ['/'] } } }),
      allow('s3:ListBucket', { Resource: bucket, Condition: { StringLike: { 's3:prefix': ['${aws:username}/*'] } } }),
    ],
    claims: [
      may('the root with a delimiter', 's3:ListBucket', { on: bucket, context: { 's3:prefix': '', 's3:delimiter': '/' } }),
      mayNot('the root without', 's3:ListBucket', { on: bucket, context: { 's3:prefix': '' } }),
      may('the own folder', 's3:ListBucket', { on: bucket, context: { 's3:prefix': 'ann/2026' } }),
    ],
  },
  {
    source: 'Identity-based policy examples for Amazon S3: Allowing a partner to drop files into a specific portion of a bucket',
    kind: 'identity',
    statements: [
      allow('s3:PutObject', { Resource: `${bucket}/uploads/widgetco/*` }),
      { Effect: 'Deny', Action: 's3:*', NotResource: `${bucket}/uploads/widgetco/*` },
    ],
    claims: [
      may('dropping a file', 's3:PutObject', on('uploads/widgetco/x')),
      isDenied('anything elsewhere, whatever else allows it', 's3:GetObject', { ...on('x'), administrator: true }),
      mayNot('reading what was dropped', 's3:GetObject', on('uploads/widgetco/x')),
    ],
  },
  {
    source: 'Amazon S3 condition key examples: Granting s3:PutObject permission with a condition on the canned ACL',
    kind: 'identity',
    statements: allow('s3:PutObject', { Resource: `${bucket}/*`, Condition: { StringEquals: { 's3:x-amz-acl': 'public-read' } } }),
    claims: [
      may('the header with the value', 's3:PutObject', { ...on('x'), context: { 's3:x-amz-acl': 'public-read' } }),
      mayNot('without the header', 's3:PutObject', on('x')),
    ],
  },
  {
    source: 'Amazon S3 condition key examples: Granting a user permission to create a bucket only in a specific Region',
    kind: 'identity',
    statements: [
      allow('s3:CreateBucket', { Resource: 'arn:aws:s3:::*', Condition: { StringLike: { 's3:LocationConstraint': 'sa-east-1' } } }),
      deny('s3:CreateBucket', { Resource: 'arn:aws:s3:::*', Condition: { StringNotLike: { 's3:LocationConstraint': 'sa-east-1' } } }),
    ],
    claims: [
      may('in the Region', 's3:CreateBucket', { on: bucket, context: { 's3:LocationConstraint': 'sa-east-1' } }),
      isDenied('in another, whatever else allows it', 's3:CreateBucket', {
        on: bucket,
        administrator: true,
        context: { 's3:LocationConstraint': 'eu-west-1' },
      }),
      isDenied('without a constraint', 's3:CreateBucket', { on: bucket, administrator: true }),
    ],
  },
  {
    source: 'Amazon S3 condition key examples: Getting a list of objects in a bucket with a specific prefix',
    kind: 'identity',
    statements: [
      allow('s3:ListBucket', { Resource: bucket, Condition: { StringEquals: { 's3:prefix': 'projects' } } }),
      deny('s3:ListBucket', { Resource: bucket, Condition: { StringNotEquals: { 's3:prefix': 'projects' } } }),
    ],
    claims: [
      may('the prefix', 's3:ListBucket', { on: bucket, context: { 's3:prefix': 'projects' } }),
      isDenied('another', 's3:ListBucket', { on: bucket, administrator: true, context: { 's3:prefix': 'private' } }),
      isDenied('none', 's3:ListBucket', { on: bucket, administrator: true }),
    ],
  },
  {
    source: 'Amazon S3 condition key examples: Setting the maximum number of keys',
    kind: 'identity',
    statements: allow('s3:ListBucket', { Resource: bucket, Condition: { NumericLessThanEquals: { 's3:max-keys': '10' } } }),
    claims: [
      may('ten', 's3:ListBucket', { on: bucket, context: { 's3:max-keys': '10' } }),
      may('nine, which is more than 10 only as a text', 's3:ListBucket', { on: bucket, context: { 's3:max-keys': 9 } }),
      mayNot('eleven', 's3:ListBucket', { on: bucket, context: { 's3:max-keys': '11' } }),
      mayNot('the default', 's3:ListBucket', { on: bucket }),
    ],
  },
  {
    source: 'IAM JSON policy elements: NotAction: every action on S3 resources but one',
    kind: 'identity',
    statements: { Effect: 'Allow', NotAction: 's3:DeleteBucket', Resource: 'arn:aws:s3:::*' },
    claims: [
      may('other actions', 's3:PutBucketPolicy', { on: bucket }),
      mayNot('that one', 's3:DeleteBucket', { on: bucket }),
      mayNot('what needs the resource *', 's3:ListAllMyBuckets'),
      mayNot('other services', 'ec2:RunInstances', { on: `arn:aws:ec2:eu-west-1:${account}:instance/i-1` }),
    ],
  },
  {
    source: 'IAM JSON policy elements: NotAction: every service but IAM',
    kind: 'identity',
    statements: { Effect: 'Allow', NotAction: 'iam:*', Resource: '*' },
    claims: [may('another service', 's3:ListAllMyBuckets'), mayNot('IAM', 'iam:ListUsers'), mayNot('IAM in another case', 'IAM:listusers')],
  },
  {
    source: 'IAM JSON policy elements: NotResource',
    kind: 'identity',
    administrator: true,
    statements: { Effect: 'Deny', Action: 's3:*', NotResource: [`${bucket}/Payroll`, `${bucket}/Payroll/*`] },
    claims: [
      may('the folder', 's3:GetObject', on('Payroll/2026')),
      isDenied('the rest of the bucket', 's3:GetObject', on('Hiring/2026')),
      isDenied('other buckets', 's3:ListBucket', { on: 'arn:aws:s3:::other' }),
      may('other services', 'ec2:DescribeInstances'),
    ],
  },
  {
    source: 'Cross-account policy evaluation logic: an identity policy does not open a bucket of another account',
    kind: 'identity',
    statements: allow('s3:*', { Resource: both }),
    claims: [
      may('in the own account', 's3:GetObject', { ...on('x'), owner: account }),
      mayNot("in another it needs the bucket policy's word", 's3:GetObject', {
        ...on('x'),
        owner: otherAccount,
        who: user,
        by: 'resource',
      }),
    ],
  },
]

testExamples(examples)
