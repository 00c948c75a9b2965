import type { Check } from './check.ts'

/** Checks that find what is likely not meant. IAM User Guide, "IAM policy validation check reference". */
export const warnings = {
  CREATE_SLR_WITH_NOT_RESOURCE: {
    title: 'Create SLR with NotResource',
    details:
      'Using the iam:CreateServiceLinkedRole action with NotResource can allow creation of unintended service-linked roles for multiple resources. We recommend that you specify resource ARNs instead.',
  },
  CREATE_SLR_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE: {
    title: 'Create SLR with star in action and NotResource',
    details:
      'Using an action with a wildcard(*) and NotResource can allow creation of unintended service-linked roles because it can allow iam:CreateServiceLinkedRole permissions on multiple resources. We recommend that you specify resource ARNs instead.',
  },
  CREATE_SLR_WITH_NOT_ACTION_AND_NOT_RESOURCE: {
    title: 'Create SLR with NotAction and NotResource',
    details:
      'Using NotAction with NotResource can allow creation of unintended service-linked roles because it allows iam:CreateServiceLinkedRole permissions on multiple resources. We recommend that you specify resource ARNs instead.',
  },
  CREATE_SLR_WITH_STAR_IN_RESOURCE: {
    title: 'Create SLR with star in resource',
    details:
      'Using the iam:CreateServiceLinkedRole action with wildcards (*) in the resource can allow creation of unintended service-linked roles. We recommend that you specify resource ARNs instead.',
  },
  CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE: {
    title: 'Create SLR with star in action and resource',
    details:
      'Using wildcards (*) in the action and the resource can allow creation of unintended service-linked roles because it allows iam:CreateServiceLinkedRole permissions on all resources. We recommend that you specify resource ARNs instead.',
  },
  CREATE_SLR_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION: {
    title: 'Create SLR with star in resource and NotAction',
    details:
      'Using a resource with wildcards (*) and NotAction can allow creation of unintended service-linked roles because it allows iam:CreateServiceLinkedRole permissions on all resources. We recommend that you specify resource ARNs instead.',
  },
  DEPRECATED_GLOBAL_CONDITION_KEY: {
    title: 'Deprecated global condition key',
    details: 'We recommend that you update aws:ARN to use the newer condition key aws:PrincipalArn.',
  },
  INVALID_DATE_VALUE: {
    title: 'Invalid date value',
    details: 'The date {{date}} might not resolve as expected. We recommend that you use the YYYY-MM-DD format.',
  },
  INVALID_ROLE_REFERENCE: {
    title: 'Invalid role reference',
    details: 'The Principal element includes the IAM role ID {{roleId}}. We recommend that you use a role ARN instead.',
  },
  INVALID_USER_REFERENCE: {
    title: 'Invalid user reference',
    details: 'The Principal element includes the IAM user ID {{userId}}. We recommend that you use a user ARN instead.',
  },
  MISSING_VERSION: {
    title: 'Missing version',
    details: 'We recommend that you specify the Version element to help you with debugging permission issues.',
  },
  UNIQUE_SIDS_RECOMMENDED: {
    title: 'Unique Sids recommended',
    details: 'We recommend that you use statement IDs that are unique to your policy. Update the Sid value.',
  },
  WILDCARD_WITHOUT_LIKE_OPERATOR: {
    title: 'Wildcard without like operator',
    details:
      'Your condition value includes a * or ? character. If you meant to use a wildcard (*, ?), update the condition operator to include Like.',
  },
  POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA: {
    title: 'Policy size exceeds identity policy quota',
    details:
      'The {{policySize}} characters in the identity policy, excluding whitespace, exceed the {{policySizeQuota}} character maximum for inline and managed policies. We recommend that you use multiple granular policies.',
  },
  POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA: {
    title: 'Policy size exceeds resource policy quota',
    details:
      'The {{policySize}} characters in the resource policy exceed the {{policySizeQuota}} character maximum for resource policies. We recommend that you use multiple granular policies.',
  },
  TYPE_MISMATCH: {
    title: 'Type mismatch',
    details: 'Use the operator type {{allowed}} instead of operator {{operator}} for the condition key {{key}}.',
  },
  TYPE_MISMATCH_BOOLEAN: {
    title: 'Type mismatch Boolean',
    details: 'Add a valid Boolean value (true or false) for the condition operator {{operator}}.',
  },
  TYPE_MISMATCH_DATE: {
    title: 'Type mismatch date',
    details:
      'The date condition operator is used with an invalid value. Specify a valid date using YYYY-MM-DD or other ISO 8601 date/time format.',
  },
  TYPE_MISMATCH_NUMBER: { title: 'Type mismatch number', details: 'Add a valid numeric value for the condition operator {{operator}}.' },
  TYPE_MISMATCH_STRING: {
    title: 'Type mismatch string',
    details: 'Add a valid base64-encoded string value for the condition operator {{operator}}.',
  },
  SPECIFIC_GITHUB_REPO_AND_BRANCH_RECOMMENDED: {
    title: 'Specific github repo and branch recommended',
    details:
      'Using a wildcard (*) in token.actions.githubusercontent.com:sub can allow requests from more sources than you intended. Specify the value of token.actions.githubusercontent.com:sub with the repository and branch name. If the subject claim does not include the branch, specify it in a token.actions.githubusercontent.com:ref condition key.',
  },
  POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA: {
    title: 'Policy size exceeds role trust policy quota',
    details:
      'The characters in the role trust policy, excluding whitespace, exceed the character maximum. We recommend that you request a role trust policy length quota increase using Service Quotas and AWS Support Center. If the quotas have already been increased, then you can ignore this warning.',
  },
  RCP_MISSING_RELATED_PRINCIPAL_CONDITION_KEY: {
    title: 'RCP missing related principal condition key',
    details:
      'RCPs impact IAM roles, users, and AWS service principals. To prevent unintended impact to services acting on your behalf using a service principal, an additional statement should be added to the Condition block "BoolIfExists": { "aws:PrincipalIsAWSService": "false"} whenever a principal key {{key}} is used.',
  },
  RCP_MISSING_RELATED_SERVICE_PRINCIPAL_CONDITION_KEY: {
    title: 'RCP missing related service principal condition key',
    details:
      'RCPs impact IAM roles, users, and AWS service principals. To prevent unintended impact to your principals, an additional statement should be added to the Condition block "BoolIfExists": { "aws:PrincipalIsAWSService": "true"} whenever the key {{key}} is used.',
  },
  RCP_MISSING_SERVICE_CONDITION_KEY_NULL_CHECK: {
    title: 'RCP missing service condition key null check',
    details:
      'The specified service may have a service integration that does not require the use of the {{key}} condition key. To prevent unintended impact to services acting on your behalf using a service principal, an additional statement should be added to the Condition block "Null": { "aws:SourceAccount": "false"} or "Null": { "aws:SourceArn": "false"} whenever the key {{key}} is used.',
  },
  USE_CONDITION_KEY_ONLY_WITH_SUPPORTED_SERVICES: {
    title: 'Use condition key only with supported services',
    details: 'The condition key {{key}} works only with specific AWS services and must be scoped to supported services in your policies.',
  },
} as const satisfies Record<string, Check>
