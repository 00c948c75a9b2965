import type { Check } from './check.ts'

/** Checks that warn of access that is too broad. IAM User Guide, "IAM policy validation check reference". */
export const securityWarnings = {
  UNTRUSTWORTHY_CONDITION_KEY: {
    title: 'Untrustworthy condition key',
    details: 'The {{key}} condition key is not recommended for access control as it can be spoofed/manipulated by the caller.',
  },
  ALLOW_WITH_NOT_PRINCIPAL: {
    title: 'Allow with NotPrincipal',
    details: 'Using Allow with NotPrincipal can be overly permissive. We recommend that you use Principal instead.',
  },
  FORALLVALUES_WITH_SINGLE_VALUED_KEY: {
    title: 'ForAllValues with single valued key',
    details:
      'Using ForAllValues qualifier with the single-valued condition key {{key}} can be overly permissive. We recommend that you remove ForAllValues:.',
  },
  PASS_ROLE_WITH_NOT_RESOURCE: {
    title: 'Pass role with NotResource',
    details:
      'Using the iam:PassRole action with NotResource can be overly permissive because it can allow iam:PassRole permissions on multiple resources. We recommend that you specify resource ARNs instead.',
  },
  PASS_ROLE_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE: {
    title: 'Pass role with star in action and NotResource',
    details:
      'Using an action with a wildcard (*) and NotResource can be overly permissive because it can allow iam:PassRole permissions on multiple resources. We recommend that you specify resource ARNs instead.',
  },
  PASS_ROLE_WITH_NOT_ACTION_AND_NOT_RESOURCE: {
    title: 'Pass role with NotAction and NotResource',
    details:
      'Using NotAction with NotResource can be overly permissive because it can allow iam:PassRole permissions on multiple resources.. We recommend that you specify resource ARNs instead.',
  },
  PASS_ROLE_WITH_STAR_IN_RESOURCE: {
    title: 'Pass role with star in resource',
    details:
      'Using the iam:PassRole action with wildcards (*) in the resource can be overly permissive because it allows iam:PassRole permissions on multiple resources. We recommend that you specify resource ARNs or add the iam:PassedToService condition key to your statement.',
  },
  PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE: {
    title: 'Pass role with star in action and resource',
    details:
      'Using wildcards (*) in the action and the resource can be overly permissive because it allows iam:PassRole permissions on all resources. We recommend that you specify resource ARNs or add the iam:PassedToService condition key to your statement.',
  },
  PASS_ROLE_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION: {
    title: 'Pass role with star in resource and NotAction',
    details:
      'Using a resource with wildcards (*) and NotAction can be overly permissive because it allows iam:PassRole permissions on all resources. We recommend that you specify resource ARNs or add the iam:PassedToService condition key to your statement.',
  },
  MISSING_PAIRED_CONDITION_KEYS: {
    title: 'Missing paired condition keys',
    details:
      'Using the condition key {{key}} can be overly permissive without also using the following condition keys: {{recommendedKeys}}. Condition keys like this one are more secure when paired with a related key. We recommend that you add the related condition keys to the same condition block.',
  },
  DENY_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE: {
    title: 'Deny with unsupported tag condition key for service',
    details:
      'Using the effect Deny with the tag condition key {{key}} and actions for services with the following prefixes can be overly permissive: {{services}}. Actions for the listed services are not denied by this statement. We recommend that you move these actions to a different statement without this condition key.',
  },
  DENY_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE: {
    title: 'Deny NotAction with unsupported tag condition key for service',
    details:
      "Using the effect Deny with NotAction and the tag condition key {{key}} can be overly permissive because some service actions are not denied by this statement. This is because the condition key doesn't apply to some service actions. We recommend that you use Action instead of NotAction.",
  },
  RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL: {
    title: 'Restrict access to service principal',
    details:
      'Granting access to a service principal without specifying a source is overly permissive. Use aws:SourceArn, aws:SourceAccount, aws:SourceOrgID, or aws:SourceOrgPaths condition key to grant fine-grained access.',
  },
  MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL: {
    title: 'Missing condition key for oidc principal',
    details:
      'Using an Open ID Connect principal without a condition can be overly permissive. Add condition keys with a prefix that matches your federated OIDC principals to ensure that only the intended identity provider assumes the role.',
  },
  MISSING_GITHUB_REPO_CONDITION_KEY: {
    title: 'Missing github repo condition key',
    details:
      'Granting a federated GitHub principal permissions without a condition key can allow more sources to assume the role than you intended. Add the token.actions.githubusercontent.com:sub condition key and specify the branch and repository name in the value.',
  },
  STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS: {
    title: 'String like operator with ARN condition keys',
    details: 'Use the operator type {{allowed}} instead of operator {{operator}} for the condition key {{key}}.',
  },
  DYNAMODB_ATTRIBUTES_WITHOUT_SELECT: {
    title: 'DynamoDB attributes without select',
    details:
      'Restricting dynamodb:Attributes without also setting dynamodb:Select to SPECIFIC_ATTRIBUTES allows all attributes to be returned on read requests that omit a projection expression. We recommend that you also set dynamodb:Select to SPECIFIC_ATTRIBUTES.',
  },
  S3_PREFIX_IN_NEGATIVE_CONTEXT: {
    title: 'S3 prefix in negative context',
    details:
      'Using the s3:prefix condition key in a Deny statement or with a negated string operator does not block listing the objects under the matching prefixes. A request that specifies a shorter prefix does not match the condition and can still list those objects. To restrict listing to specific prefixes, use s3:prefix with StringLike in an Allow statement, or use a Deny statement with StringNotLike.',
  },
  FORANYVALUE_WITH_AUDIENCE_CLAIM_TYPE: {
    title: 'ForAnyValue with audience claim type',
    details:
      'Using ForAnyValue qualifier with the single-valued condition key {{key}} can be overly permissive. We recommend that you remove ForAnyValue:.',
  },
} as const satisfies Record<string, Check>
