import type { CheckId } from '../../src/analysis/validation/finding.ts'
import type { PolicyUse } from '../../src/analysis/validation/validate.ts'

/** A policy that a check finds fault with, and its mended twin. Strings are taken as they are, objects are written as JSON. */
export interface Case {
  readonly use: PolicyUse
  readonly bad: unknown
  readonly good: unknown
}

const identity: PolicyUse = { policyType: 'IDENTITY_POLICY' }
const resource: PolicyUse = { policyType: 'RESOURCE_POLICY' }
const bucket: PolicyUse = { policyType: 'RESOURCE_POLICY', resourceType: 'AWS::S3::Bucket' }
const trustUse: PolicyUse = { policyType: 'RESOURCE_POLICY', resourceType: 'AWS::IAM::AssumeRolePolicyDocument' }
const scp: PolicyUse = { policyType: 'SERVICE_CONTROL_POLICY' }
const rcp: PolicyUse = { policyType: 'RESOURCE_CONTROL_POLICY' }

type Parts = Record<string, unknown>
const Version = '2012-10-17'
const base = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::books/*' }
const policy = (...statements: Parts[]) => ({ Version, Statement: statements })
const id = (parts: Parts) => policy({ ...base, ...parts })
const without = (name: string, parts: Parts = {}) =>
  policy(Object.fromEntries(Object.entries({ ...base, ...parts }).filter(([key]) => key !== name)))
const res = (parts: Parts) => id({ Principal: { AWS: '111122223333' }, ...parts })
const trust = (parts: Parts) => policy({ Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'sts:AssumeRole', ...parts })
const rcpDeny = (parts: Parts) => policy({ Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: '*', ...parts })
const when = (operator: string, key: string, value: unknown, parts: Parts = {}) =>
  id({ ...parts, Condition: { [operator]: { [key]: value } } })
const long = 'a'.repeat(7000)

const identityCase = (bad: unknown, good: unknown): Case => ({ use: identity, bad, good })
const broad = (action: string, element: 'exact' | 'wildcard' | 'negated', notResource: boolean): Case => {
  const role = 'arn:aws:iam::111122223333:role/builder'
  const actions = element === 'negated' ? { NotAction: 's3:*' } : { Action: element === 'exact' ? action : `${action.slice(0, -3)}*` }
  const build = (resources: Parts) => policy({ Effect: 'Allow', ...actions, ...resources })
  return identityCase(build(notResource ? { NotResource: role } : { Resource: '*' }), build({ Resource: role }))
}
const github = 'arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com'
const githubTrust = (conditions: Parts) =>
  trust({ Principal: { Federated: github }, Action: 'sts:AssumeRoleWithWebIdentity', Condition: { StringLike: conditions } })
const sub = 'token.actions.githubusercontent.com:sub'
const service = (parts: Parts) => res({ Principal: { Service: 'cloudtrail.amazonaws.com' }, ...parts })
const bySource = { StringEquals: { 'aws:SourceAccount': '111122223333' } }

/** One for every check of the reference. IAM User Guide, "IAM policy validation check reference". */
export const cases: Readonly<Record<CheckId, Case>> = {
  ARN_ACCOUNT_NOT_ALLOWED: identityCase(
    id({ Resource: 'arn:aws:s3::111122223333:books', Action: 's3:ListBucket' }),
    id({ Resource: 'arn:aws:s3:::books', Action: 's3:ListBucket' }),
  ),
  ARN_REGION_NOT_ALLOWED: identityCase(
    id({ Action: 'iam:GetRole', Resource: 'arn:aws:iam:us-east-1:111122223333:role/a' }),
    id({ Action: 'iam:GetRole', Resource: 'arn:aws:iam::111122223333:role/a' }),
  ),
  DATA_TYPE_MISMATCH: identityCase(id({ Effect: 7 }), id({})),
  DUPLICATE_KEYS_WITH_DIFFERENT_CASE: identityCase(
    id({ Condition: { StringEquals: { 'aws:username': 'a', 'aws:userName': 'b' } } }),
    id({ Condition: { StringEquals: { 'aws:username': ['a', 'b'] } } }),
  ),
  INVALID_ACTION: identityCase(id({ Action: 's3:GetObjcet' }), id({})),
  INVALID_ARN_ACCOUNT: identityCase(
    id({ Action: 'iam:GetRole', Resource: 'arn:aws:iam::1234:role/a' }),
    id({ Action: 'iam:GetRole', Resource: 'arn:aws:iam::111122223333:role/a' }),
  ),
  INVALID_ARN_PREFIX: identityCase(id({ Resource: 'aws:s3:::books/*' }), id({})),
  INVALID_ARN_REGION: identityCase(
    id({ Action: 'sqs:SendMessage', Resource: 'arn:aws:sqs:us-east-9:111122223333:q' }),
    id({ Action: 'sqs:SendMessage', Resource: 'arn:aws:sqs:us-east-1:111122223333:q' }),
  ),
  INVALID_ARN_RESOURCE: identityCase(
    id({ Action: 'iam:GetRole', Resource: 'arn:aws:iam::111122223333:rolle/a' }),
    id({ Action: 'iam:GetRole', Resource: 'arn:aws:iam::111122223333:role/a' }),
  ),
  INVALID_ARN_SERVICE_CASE: identityCase(id({ Resource: 'arn:aws:S3:::books/*' }), id({})),
  INVALID_CONDITION_DATA_TYPE: identityCase(
    when('NumericLessThan', 's3:max-keys', ['10', 20]),
    when('NumericEquals', 's3:max-keys', ['10', '20']),
  ),
  INVALID_CONDITION_KEY_FORMAT: identityCase(when('StringEquals', 'username', 'a'), when('StringEquals', 'aws:username', 'a')),
  INVALID_CONDITION_MULTIPLE_BOOLEAN: identityCase(
    when('Bool', 'aws:SecureTransport', ['true', 'false']),
    when('Bool', 'aws:SecureTransport', 'true'),
  ),
  INVALID_CONDITION_OPERATOR: identityCase(when('StringMatches', 'aws:username', 'a'), when('StringEquals', 'aws:username', 'a')),
  INVALID_EFFECT: identityCase(id({ Effect: 'allow' }), id({})),
  INVALID_GLOBAL_CONDITION_KEY: identityCase(when('StringEquals', 'aws:UserTeam', 'a'), when('StringEquals', 'aws:username', 'a')),
  INVALID_PARTITION: identityCase(id({ Resource: 'arn:amazon:s3:::books/*' }), id({})),
  INVALID_POLICY_ELEMENT: identityCase(id({ Remark: 'x' }), id({})),
  INVALID_PRINCIPAL_FORMAT: { use: resource, bad: res({ Principal: '111122223333' }), good: res({}) },
  INVALID_PRINCIPAL_KEY: { use: resource, bad: res({ Principal: { Amazon: '111122223333' } }), good: res({}) },
  INVALID_REGION: identityCase(
    when('StringEquals', 'aws:RequestedRegion', 'us-east-9'),
    when('StringEquals', 'aws:RequestedRegion', 'us-east-1'),
  ),
  INVALID_SERVICE: identityCase(
    when('StringEquals', 'sss3:prefix', 'a'),
    when('StringEquals', 's3:prefix', 'a', { Action: 's3:ListBucket', Resource: 'arn:aws:s3:::books' }),
  ),
  INVALID_SERVICE_CONDITION_KEY: identityCase(when('StringEquals', 's3:praefix', 'a'), when('StringEquals', 's3:prefix', 'a')),
  INVALID_SERVICE_IN_ACTION: identityCase(id({ Action: 'sss3:GetObject' }), id({})),
  INVALID_VARIABLE_FOR_OPERATOR: identityCase(
    when('NumericEquals', 's3:max-keys', '${aws:username}'),
    when('NumericEquals', 's3:max-keys', '5'),
  ),
  INVALID_VERSION: identityCase({ Version: '2020-01-01', Statement: [base] }, id({})),
  JSON_SYNTAX_ERROR: identityCase('{"Version": "2012-10-17",', id({})),
  JSON_SYNTAX_ERROR_ELSEWHERE: identityCase(
    JSON.stringify(id({})).replace('"Effect":"Allow"', '"Effect":"Allow","Effect":"Allow"'),
    id({}),
  ),
  MISSING_ACTION: identityCase(without('Action'), id({})),
  MISSING_ARN_FIELD: identityCase(id({ Resource: 'arn:aws:s3:books' }), id({})),
  MISSING_ARN_REGION: identityCase(
    id({ Action: 'sqs:SendMessage', Resource: 'arn:aws:sqs::111122223333:q' }),
    id({ Action: 'sqs:SendMessage', Resource: 'arn:aws:sqs:*:111122223333:q' }),
  ),
  MISSING_EFFECT: identityCase(without('Effect'), id({})),
  MISSING_PRINCIPAL: { use: resource, bad: id({}), good: res({}) },
  MISSING_QUALIFIER: identityCase(when('StringEquals', 'aws:TagKeys', 'a'), when('ForAllValues:StringEquals', 'aws:TagKeys', 'a')),
  MISSING_RESOURCE: identityCase(without('Resource'), id({})),
  MISSING_STATEMENT: identityCase({ Version }, id({})),
  NULL_WITH_IF_EXISTS: identityCase(when('NullIfExists', 'aws:username', 'true'), when('Null', 'aws:username', 'true')),
  SCP_SYNTAX_ERROR_ACTION_WILDCARD: { use: scp, bad: id({ Action: 's3:*Object' }), good: id({ Action: 's3:Get*' }) },
  SCP_SYNTAX_ERROR_PRINCIPAL: { use: scp, bad: res({}), good: id({}) },
  UNIQUE_SIDS_REQUIRED: identityCase(
    policy({ ...base, Sid: 'A' }, { ...base, Sid: 'A', Effect: 'Deny' }),
    policy({ ...base, Sid: 'A' }, { ...base, Sid: 'B', Effect: 'Deny' }),
  ),
  UNSUPPORTED_ELEMENT_COMBINATION: identityCase(id({ NotAction: 's3:PutObject' }), id({})),
  UNSUPPORTED_GLOBAL_CONDITION_KEY: {
    use: scp,
    bad: when('ArnEquals', 'aws:ARN', 'arn:aws:iam::111122223333:user/a'),
    good: when('ArnEquals', 'aws:PrincipalArn', 'arn:aws:iam::111122223333:user/a'),
  },
  UNSUPPORTED_PRINCIPAL: identityCase(res({}), id({})),
  UNSUPPORTED_SID: identityCase(id({ Sid: 'read books' }), id({ Sid: 'ReadBooks' })),
  UNSUPPORTED_WILDCARD_IN_PRINCIPAL: { use: resource, bad: res({ Principal: { AWS: 'arn:aws:iam::111122223333:user/*' } }), good: res({}) },
  MISSING_BRACE_IN_VARIABLE: identityCase(
    id({ Resource: 'arn:aws:s3:::books/${aws:username' }),
    id({ Resource: 'arn:aws:s3:::books/${aws:username}' }),
  ),
  MISSING_QUOTE_IN_VARIABLE: identityCase(
    id({ Resource: "arn:aws:s3:::books/${aws:username, 'nobody}" }),
    id({ Resource: "arn:aws:s3:::books/${aws:username, 'nobody'}" }),
  ),
  UNSUPPORTED_SPACE_IN_VARIABLE: identityCase(
    id({ Resource: 'arn:aws:s3:::books/${aws: username}' }),
    id({ Resource: 'arn:aws:s3:::books/${aws:username}' }),
  ),
  EMPTY_VARIABLE: identityCase(id({ Resource: 'arn:aws:s3:::books/${}' }), id({ Resource: 'arn:aws:s3:::books/${aws:username}' })),
  VARIABLE_UNSUPPORTED_IN_ELEMENT: identityCase(id({ Action: 's3:${aws:username}' }), id({})),
  VARIABLE_UNSUPPORTED_IN_VERSION: identityCase(
    { Version: '2008-10-17', Statement: [{ ...base, Resource: 'arn:aws:s3:::books/${aws:username}' }] },
    id({ Resource: 'arn:aws:s3:::books/${aws:username}' }),
  ),
  PRIVATE_IP_ADDRESS: identityCase(when('IpAddress', 'aws:SourceIp', '10.0.0.0/8'), when('IpAddress', 'aws:SourceIp', '203.0.113.0/24')),
  PRIVATE_NOT_IP_ADDRESS: identityCase(
    when('NotIpAddress', 'aws:SourceIp', '10.0.0.0/8'),
    when('NotIpAddress', 'aws:SourceIp', '203.0.113.0/24'),
  ),
  POLICY_SIZE_EXCEEDS_SCP_QUOTA: { use: scp, bad: id({ Sid: long }), good: id({}) },
  INVALID_SERVICE_PRINCIPAL_FORMAT: identityCase(
    when('StringEquals', 'aws:CalledViaFirst', 'cloudformation'),
    when('StringEquals', 'aws:CalledViaFirst', 'cloudformation.amazonaws.com'),
  ),
  MISSING_TAG_KEY_IN_CONDITION: identityCase(
    when('StringEquals', 'aws:PrincipalTag/', 'a'),
    when('StringEquals', 'aws:PrincipalTag/team', 'a'),
  ),
  INVALID_VPC_FORMAT: identityCase(when('StringEquals', 'aws:SourceVpc', 'vpc-1'), when('StringEquals', 'aws:SourceVpc', 'vpc-12345678')),
  INVALID_VPCE_FORMAT: identityCase(
    when('StringEquals', 'aws:SourceVpce', 'vpce-1'),
    when('StringEquals', 'aws:SourceVpce', 'vpce-12345678'),
  ),
  FEDERATED_PRINCIPAL_NOT_SUPPORTED: { use: resource, bad: res({ Principal: { Federated: github } }), good: res({}) },
  UNSUPPORTED_ACTION_FOR_CONDITION_KEY: identityCase(
    when('StringEquals', 's3:prefix', 'a'),
    when('StringEquals', 's3:prefix', 'a', { Action: 's3:ListBucket', Resource: 'arn:aws:s3:::books' }),
  ),
  UNSUPPORTED_ACTION_IN_POLICY: { use: bucket, bad: res({ Action: 'kms:Decrypt' }), good: res({}) },
  UNSUPPORTED_RESOURCE_ARN_IN_POLICY: { use: bucket, bad: res({ Resource: 'arn:aws:kms:us-east-1:111122223333:key/a' }), good: res({}) },
  UNSUPPORTED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL: {
    use: resource,
    bad: service({ Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1234567890' } } }),
    good: service({ Condition: bySource }),
  },
  ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL: {
    use: trustUse,
    bad: policy({ Effect: 'Deny', NotPrincipal: { AWS: '111122223333' }, Action: 'sts:AssumeRole' }),
    good: trust({}),
  },
  ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL: { use: trustUse, bad: trust({ Principal: '*' }), good: trust({}) },
  ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE: { use: trustUse, bad: trust({ Resource: '*' }), good: trust({}) },
  TYPE_MISMATCH_IP_RANGE: identityCase(when('IpAddress', 'aws:SourceIp', 'office'), when('IpAddress', 'aws:SourceIp', '203.0.113.0/24')),
  MISSING_ACTION_FOR_CONDITION_KEY: {
    use: trustUse,
    bad: trust({ Condition: { StringEquals: { 'aws:RequestTag/team': 'a' } } }),
    good: trust({ Action: ['sts:AssumeRole', 'sts:TagSession'], Condition: { StringEquals: { 'aws:RequestTag/team': 'a' } } }),
  },
  INVALID_FEDERATED_PRINCIPAL_SYNTAX_IN_ROLE_TRUST_POLICY: {
    use: trustUse,
    bad: trust({ Principal: { Federated: 'okta' }, Action: 'sts:AssumeRoleWithWebIdentity' }),
    good: trust({ Principal: { Federated: 'accounts.google.com' }, Action: 'sts:AssumeRoleWithWebIdentity' }),
  },
  MISMATCHED_ACTION_FOR_PRINCIPAL: {
    use: trustUse,
    bad: trust({ Principal: { Federated: github }, Action: 'sts:AssumeRoleWithSAML' }),
    good: trust({}),
  },
  MISSING_ACTION_FOR_ROLES_ANYWHERE_TRUST_POLICY: {
    use: trustUse,
    bad: trust({ Principal: { Service: 'rolesanywhere.amazonaws.com' } }),
    good: trust({
      Principal: { Service: 'rolesanywhere.amazonaws.com' },
      Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
    }),
  },
  POLICY_SIZE_EXCEEDS_RCP_QUOTA: { use: rcp, bad: rcpDeny({ Sid: long }), good: rcpDeny({}) },
  RCP_SYNTAX_ERROR_PRINCIPAL: { use: rcp, bad: rcpDeny({ Principal: { AWS: '111122223333' } }), good: rcpDeny({}) },
  RCP_SYNTAX_ERROR_ALLOW: { use: rcp, bad: rcpDeny({ Effect: 'Allow', Resource: 'arn:aws:s3:::books' }), good: rcpDeny({}) },
  RCP_SYNTAX_ERROR_NOTACTION: {
    use: rcp,
    bad: policy({ Effect: 'Deny', Principal: '*', NotAction: 's3:*', Resource: '*' }),
    good: rcpDeny({}),
  },
  RCP_SYNTAX_ERROR_ACTION: { use: rcp, bad: rcpDeny({ Action: 'ec2:*' }), good: rcpDeny({}) },
  MISSING_ARN_ACCOUNT: identityCase(
    id({ Action: 'sqs:SendMessage', Resource: 'arn:aws:sqs:us-east-1::q' }),
    id({ Action: 'sqs:SendMessage', Resource: 'arn:aws:sqs:us-east-1:111122223333:q' }),
  ),
  INVALID_KMS_KEY_VALUE: identityCase(
    when('StringEquals', 's3:x-amz-server-side-encryption-aws-kms-key-id', 'alias/a', { Action: 's3:PutObject' }),
    when('StringEquals', 's3:x-amz-server-side-encryption-aws-kms-key-id', 'arn:aws:kms:us-east-1:111122223333:key/1234abcd', {
      Action: 's3:PutObject',
    }),
  ),
  VARIABLE_USAGE_TOO_PERMISSIVE: identityCase(
    when('StringEquals', 'aws:PrincipalAccount', '${aws:ResourceAccount}'),
    when('StringEquals', 'aws:PrincipalAccount', '111122223333'),
  ),
  WILDCARD_USAGE_TOO_PERMISSIVE: identityCase(
    when('StringLike', 'aws:PrincipalOrgID', 'o-*'),
    when('StringLike', 'aws:PrincipalOrgID', 'o-1234567890'),
  ),

  CREATE_SLR_WITH_NOT_RESOURCE: broad('iam:CreateServiceLinkedRole', 'exact', true),
  CREATE_SLR_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE: broad('iam:CreateServiceLinkedRole', 'wildcard', true),
  CREATE_SLR_WITH_NOT_ACTION_AND_NOT_RESOURCE: broad('iam:CreateServiceLinkedRole', 'negated', true),
  CREATE_SLR_WITH_STAR_IN_RESOURCE: broad('iam:CreateServiceLinkedRole', 'exact', false),
  CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE: broad('iam:CreateServiceLinkedRole', 'wildcard', false),
  CREATE_SLR_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION: broad('iam:CreateServiceLinkedRole', 'negated', false),
  DEPRECATED_GLOBAL_CONDITION_KEY: identityCase(
    when('ArnEquals', 'aws:ARN', 'arn:aws:iam::111122223333:user/a'),
    when('ArnEquals', 'aws:PrincipalArn', 'arn:aws:iam::111122223333:user/a'),
  ),
  INVALID_DATE_VALUE: identityCase(
    when('DateLessThan', 'aws:CurrentTime', '1700000000'),
    when('DateLessThan', 'aws:CurrentTime', '2026-01-01'),
  ),
  INVALID_ROLE_REFERENCE: { use: trustUse, bad: trust({ Principal: { AWS: 'AROAEXAMPLEEXAMPLE234' } }), good: trust({}) },
  INVALID_USER_REFERENCE: { use: trustUse, bad: trust({ Principal: { AWS: 'AIDAEXAMPLEEXAMPLE234' } }), good: trust({}) },
  MISSING_VERSION: identityCase({ Statement: [base] }, id({})),
  UNIQUE_SIDS_RECOMMENDED: {
    use: resource,
    bad: policy({ ...base, Principal: { AWS: '111122223333' }, Sid: 'A' }, { ...base, Principal: { AWS: '444455556666' }, Sid: 'A' }),
    good: res({ Sid: 'A' }),
  },
  WILDCARD_WITHOUT_LIKE_OPERATOR: identityCase(when('StringEquals', 'aws:username', 'a*'), when('StringLike', 'aws:username', 'a*')),
  POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA: identityCase(id({ Sid: long }), id({})),
  POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA: { use: resource, bad: res({ Sid: long.repeat(3) }), good: res({}) },
  TYPE_MISMATCH: identityCase(when('NumericEquals', 'aws:username', '5'), when('StringEquals', 'aws:username', '5')),
  TYPE_MISMATCH_BOOLEAN: identityCase(when('Bool', 'aws:SecureTransport', 'yes'), when('Bool', 'aws:SecureTransport', 'true')),
  TYPE_MISMATCH_DATE: identityCase(
    when('DateLessThan', 'aws:CurrentTime', 'tomorrow'),
    when('DateLessThan', 'aws:CurrentTime', '2026-01-01T00:00:00Z'),
  ),
  TYPE_MISMATCH_NUMBER: identityCase(when('NumericEquals', 's3:max-keys', 'many'), when('NumericEquals', 's3:max-keys', '5')),
  TYPE_MISMATCH_STRING: identityCase(when('BinaryEquals', 'aws:PrincipalTag/a', '§'), when('BinaryEquals', 'aws:PrincipalTag/a', 'QUJD')),
  SPECIFIC_GITHUB_REPO_AND_BRANCH_RECOMMENDED: {
    use: trustUse,
    bad: githubTrust({ [sub]: 'repo:books/*' }),
    good: githubTrust({ [sub]: 'repo:books/shelf:ref:refs/heads/main' }),
  },
  POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA: { use: trustUse, bad: trust({ Sid: long }), good: trust({}) },
  RCP_MISSING_RELATED_PRINCIPAL_CONDITION_KEY: {
    use: rcp,
    bad: rcpDeny({ Condition: { StringNotEqualsIfExists: { 'aws:PrincipalOrgID': 'o-1234567890' } } }),
    good: rcpDeny({
      Condition: {
        StringNotEqualsIfExists: { 'aws:PrincipalOrgID': 'o-1234567890' },
        BoolIfExists: { 'aws:PrincipalIsAWSService': 'false' },
      },
    }),
  },
  RCP_MISSING_RELATED_SERVICE_PRINCIPAL_CONDITION_KEY: {
    use: rcp,
    bad: rcpDeny({ Condition: { StringNotEqualsIfExists: { 'aws:SourceOrgID': 'o-1234567890' }, Null: { 'aws:SourceAccount': 'false' } } }),
    good: rcpDeny({
      Condition: {
        StringNotEqualsIfExists: { 'aws:SourceOrgID': 'o-1234567890' },
        Null: { 'aws:SourceAccount': 'false' },
        Bool: { 'aws:PrincipalIsAWSService': 'true' },
      },
    }),
  },
  RCP_MISSING_SERVICE_CONDITION_KEY_NULL_CHECK: {
    use: rcp,
    bad: rcpDeny({ Condition: { StringNotEqualsIfExists: { 'aws:SourceOrgID': 'o-1234567890' } } }),
    good: rcpDeny({
      Condition: { StringNotEqualsIfExists: { 'aws:SourceOrgID': 'o-1234567890' }, Null: { 'aws:SourceAccount': 'false' } },
    }),
  },
  USE_CONDITION_KEY_ONLY_WITH_SUPPORTED_SERVICES: identityCase(
    when('StringEquals', 'aws:VpceOrgID', 'o-1234567890', { Action: '*', Resource: '*' }),
    when('StringEquals', 'aws:VpceOrgID', 'o-1234567890'),
  ),

  UNTRUSTWORTHY_CONDITION_KEY: identityCase(when('StringEquals', 'aws:UserAgent', 'a'), when('StringEquals', 'aws:username', 'a')),
  ALLOW_WITH_NOT_PRINCIPAL: { use: resource, bad: policy({ ...base, NotPrincipal: { AWS: '111122223333' } }), good: res({}) },
  FORALLVALUES_WITH_SINGLE_VALUED_KEY: identityCase(
    when('ForAllValues:StringEquals', 'aws:username', 'a'),
    when('ForAllValues:StringEquals', 'aws:TagKeys', 'a'),
  ),
  PASS_ROLE_WITH_NOT_RESOURCE: broad('iam:PassRole', 'exact', true),
  PASS_ROLE_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE: broad('iam:PassRole', 'wildcard', true),
  PASS_ROLE_WITH_NOT_ACTION_AND_NOT_RESOURCE: broad('iam:PassRole', 'negated', true),
  PASS_ROLE_WITH_STAR_IN_RESOURCE: broad('iam:PassRole', 'exact', false),
  PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE: broad('iam:PassRole', 'wildcard', false),
  PASS_ROLE_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION: broad('iam:PassRole', 'negated', false),
  MISSING_PAIRED_CONDITION_KEYS: identityCase(
    when('IpAddress', 'aws:VpcSourceIp', '10.0.0.0/8'),
    id({ Condition: { IpAddress: { 'aws:VpcSourceIp': '10.0.0.0/8' }, StringEquals: { 'aws:SourceVpc': 'vpc-12345678' } } }),
  ),
  DENY_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE: identityCase(
    when('StringEquals', 'aws:ResourceTag/a', 'b', { Effect: 'Deny', Action: 'health:DescribeEvents', Resource: '*' }),
    when('StringEquals', 'aws:ResourceTag/a', 'b', { Effect: 'Deny', Action: 'ec2:StopInstances', Resource: '*' }),
  ),
  DENY_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE: identityCase(
    policy({ Effect: 'Deny', NotAction: 's3:*', Resource: '*', Condition: { StringEquals: { 'aws:ResourceTag/a': 'b' } } }),
    policy({ Effect: 'Deny', Action: 'ec2:*', Resource: '*', Condition: { StringEquals: { 'aws:ResourceTag/a': 'b' } } }),
  ),
  RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL: { use: resource, bad: service({}), good: service({ Condition: bySource }) },
  MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL: {
    use: trustUse,
    bad: trust({ Principal: { Federated: 'accounts.google.com' }, Action: 'sts:AssumeRoleWithWebIdentity' }),
    good: trust({
      Principal: { Federated: 'accounts.google.com' },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringEquals: { 'accounts.google.com:aud': 'a' } },
    }),
  },
  MISSING_GITHUB_REPO_CONDITION_KEY: {
    use: trustUse,
    bad: githubTrust({ 'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com' }),
    good: githubTrust({ [sub]: 'repo:books/shelf:ref:refs/heads/main' }),
  },
  STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS: identityCase(
    when('StringLike', 'aws:PrincipalArn', 'arn:aws:iam::111122223333:role/a*'),
    when('ArnLike', 'aws:PrincipalArn', 'arn:aws:iam::111122223333:role/a*'),
  ),
  DYNAMODB_ATTRIBUTES_WITHOUT_SELECT: identityCase(
    when('ForAllValues:StringEquals', 'dynamodb:Attributes', 'a', { Action: 'dynamodb:GetItem', Resource: '*' }),
    id({
      Action: 'dynamodb:GetItem',
      Resource: '*',
      Condition: {
        'ForAllValues:StringEquals': { 'dynamodb:Attributes': 'a' },
        StringEquals: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
      },
    }),
  ),
  S3_PREFIX_IN_NEGATIVE_CONTEXT: identityCase(
    when('StringLike', 's3:prefix', 'private/*', { Effect: 'Deny', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::books' }),
    when('StringNotLike', 's3:prefix', 'public/*', { Effect: 'Deny', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::books' }),
  ),
  FORANYVALUE_WITH_AUDIENCE_CLAIM_TYPE: {
    use: trustUse,
    bad: trust({
      Principal: { Federated: 'accounts.google.com' },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { 'ForAnyValue:StringEquals': { 'accounts.google.com:aud': 'a' } },
    }),
    good: trust({
      Principal: { Federated: 'accounts.google.com' },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringEquals: { 'accounts.google.com:aud': 'a' } },
    }),
  },

  EMPTY_ARRAY_ACTION: identityCase(id({ Action: [] }), id({})),
  EMPTY_ARRAY_CONDITION: identityCase(when('StringEquals', 'aws:username', []), when('StringEquals', 'aws:username', ['a'])),
  EMPTY_ARRAY_CONDITION_FORALLVALUES: identityCase(
    when('ForAllValues:StringEquals', 'aws:TagKeys', []),
    when('ForAllValues:StringEquals', 'aws:TagKeys', ['a']),
  ),
  EMPTY_ARRAY_CONDITION_FORANYVALUE: identityCase(
    when('ForAnyValue:StringEquals', 'aws:TagKeys', []),
    when('ForAnyValue:StringEquals', 'aws:TagKeys', ['a']),
  ),
  EMPTY_ARRAY_CONDITION_IFEXISTS: identityCase(
    when('StringEqualsIfExists', 'aws:username', []),
    when('StringEqualsIfExists', 'aws:username', ['a']),
  ),
  EMPTY_ARRAY_PRINCIPAL: { use: resource, bad: res({ Principal: { AWS: [] } }), good: res({}) },
  EMPTY_ARRAY_RESOURCE: identityCase(id({ Resource: [] }), id({})),
  EMPTY_OBJECT_CONDITION: identityCase(id({ Condition: {} }), id({})),
  EMPTY_OBJECT_PRINCIPAL: { use: resource, bad: res({ Principal: {} }), good: res({}) },
  EMPTY_SID_VALUE: identityCase(id({ Sid: '' }), id({ Sid: 'A' })),
  EQUIVALENT_TO_NULL_FALSE: identityCase(when('StringLike', 'aws:username', '*'), when('Null', 'aws:username', 'false')),
  EQUIVALENT_TO_NULL_TRUE: identityCase(when('StringNotLike', 'aws:username', '*'), when('Null', 'aws:username', 'true')),
  IMPROVE_IP_RANGE: identityCase(when('IpAddress', 'aws:SourceIp', '203.0.113.7/24'), when('IpAddress', 'aws:SourceIp', '203.0.113.0/24')),
  NULL_WITH_QUALIFIER: identityCase(when('ForAllValues:Null', 'aws:TagKeys', 'true'), when('Null', 'aws:TagKeys', 'true')),
  PRIVATE_IP_ADDRESS_SUBSET: identityCase(
    when('IpAddress', 'aws:SourceIp', ['10.0.0.0/8', '203.0.113.0/24']),
    when('IpAddress', 'aws:SourceIp', ['203.0.113.0/24']),
  ),
  PRIVATE_NOT_IP_ADDRESS_SUBSET: identityCase(
    when('NotIpAddress', 'aws:SourceIp', ['192.168.0.0/16', '203.0.113.0/24']),
    when('NotIpAddress', 'aws:SourceIp', ['203.0.113.0/24']),
  ),
  REDUNDANT_ACTION: identityCase(id({ Action: ['s3:Get*', 's3:GetObject'] }), id({ Action: ['s3:Get*', 's3:*Object'] })),
  REDUNDANT_CONDITION_VALUE_NUM: identityCase(
    when('NumericLessThan', 's3:max-keys', ['10', '20']),
    when('NumericLessThan', 's3:max-keys', '20'),
  ),
  REDUNDANT_RESOURCE: identityCase(
    id({ Resource: ['arn:aws:s3:::books/*', 'arn:aws:s3:::books/a'] }),
    id({ Resource: ['arn:aws:s3:::books/*', 'arn:aws:s3:::maps/a'] }),
  ),
  REDUNDANT_STATEMENT: identityCase(policy({ ...base, Sid: 'A' }, { ...base, Sid: 'B' }), policy({ ...base }, { ...base, Effect: 'Deny' })),
  WILDCARD_IN_SERVICE_NAME: identityCase(id({ Action: 's*:GetObject' }), id({})),
  ALLOW_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE: identityCase(
    when('StringEquals', 'aws:ResourceTag/a', 'b', { Action: 'health:DescribeEvents', Resource: '*' }),
    when('StringEquals', 'aws:ResourceTag/a', 'b', { Action: 'ec2:StopInstances', Resource: '*' }),
  ),
  ALLOW_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE: identityCase(
    policy({ Effect: 'Allow', NotAction: 's3:*', Resource: '*', Condition: { StringEquals: { 'aws:ResourceTag/a': 'b' } } }),
    policy({ Effect: 'Allow', Action: 'ec2:StopInstances', Resource: '*', Condition: { StringEquals: { 'aws:ResourceTag/a': 'b' } } }),
  ),
  RECOMMENDED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL: {
    use: resource,
    bad: service({ Condition: { StringEquals: { 'aws:Referer': '111122223333' } } }),
    good: service({ Condition: bySource }),
  },
  IRRELEVANT_CONDITION_KEY_IN_POLICY: {
    use: bucket,
    bad: res({ Condition: { StringEquals: { 's3:ResourceAccount': '111122223333' } } }),
    good: res({ Condition: { StringEquals: { 'aws:PrincipalAccount': '111122223333' } } }),
  },
  REDUNDANT_KEY_DUE_TO_WILDCARD_IN_CONDITION: identityCase(
    when('StringLikeIfExists', 'aws:username', '*'),
    when('StringLike', 'aws:username', '*'),
  ),
  REDUNDANT_PRINCIPAL_IN_ROLE_TRUST_POLICY: {
    use: trustUse,
    bad: trust({ Principal: { AWS: ['arn:aws:iam::111122223333:role/a', 'arn:aws:sts::111122223333:assumed-role/a/s'] } }),
    good: trust({ Principal: { AWS: ['arn:aws:iam::111122223333:role/a', 'arn:aws:sts::111122223333:assumed-role/b/s'] } }),
  },
  REDUNDANT_STATEMENT_DUE_TO_WILDCARD_IN_CONDITION: identityCase(
    when('ForAnyValue:StringNotLike', 'aws:TagKeys', '*'),
    when('ForAnyValue:StringNotLike', 'aws:TagKeys', 'a*'),
  ),
  CONFIRM_AUDIENCE_CLAIM_TYPE: {
    use: trustUse,
    bad: trust({
      Principal: { Federated: 'accounts.google.com' },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { 'ForAllValues:StringEquals': { 'accounts.google.com:aud': 'a' } },
    }),
    good: trust({
      Principal: { Federated: 'accounts.google.com' },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringEquals: { 'accounts.google.com:aud': 'a' } },
    }),
  },
}
