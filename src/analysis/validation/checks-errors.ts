import type { Check } from './check.ts'

/** Checks that find errors. IAM User Guide, "IAM policy validation check reference". */
export const errors = {
  ARN_ACCOUNT_NOT_ALLOWED: {
    title: 'ARN account not allowed',
    details: 'The service {{service}} does not support specifying an account ID in the resource ARN.',
  },
  ARN_REGION_NOT_ALLOWED: {
    title: 'ARN Region not allowed',
    details: 'The service {{service}} does not support specifying a Region in the resource ARN.',
  },
  DATA_TYPE_MISMATCH: { title: 'Data type mismatch', details: 'The text does not match the expected JSON data type {{dataType}}.' },
  DUPLICATE_KEYS_WITH_DIFFERENT_CASE: {
    title: 'Duplicate keys with different case',
    details:
      'The condition key {{key}} appears more than once with different capitalization in the same condition block. Remove the duplicate condition keys.',
  },
  INVALID_ACTION: { title: 'Invalid action', details: 'The action {{action}} does not exist.{{suggestion}}' },
  INVALID_ARN_ACCOUNT: {
    title: 'Invalid ARN account',
    details: 'The resource ARN account ID {{account}} is not valid. Provide a 12-digit account ID.',
  },
  INVALID_ARN_PREFIX: { title: 'Invalid ARN prefix', details: 'Add the required prefix (arn) to the resource ARN.' },
  INVALID_ARN_REGION: {
    title: 'Invalid ARN Region',
    details: 'The Region {{region}} is not valid for this resource. Update the resource ARN to include a supported Region.',
  },
  INVALID_ARN_RESOURCE: {
    title: 'Invalid ARN resource',
    details: 'Resource ARN does not match the expected ARN format. Update the resource portion of the ARN.',
  },
  INVALID_ARN_SERVICE_CASE: {
    title: 'Invalid ARN service case',
    details: 'Update the service name {{service}} in the resource ARN to use all lowercase letters.',
  },
  INVALID_CONDITION_DATA_TYPE: {
    title: 'Invalid condition data type',
    details: 'The condition value data types do not match. Use condition values of the same JSON data type.',
  },
  INVALID_CONDITION_KEY_FORMAT: {
    title: 'Invalid condition key format',
    details: 'The condition key format is not valid. Use the format service:keyname.',
  },
  INVALID_CONDITION_MULTIPLE_BOOLEAN: {
    title: 'Invalid condition multiple Boolean',
    details: 'The condition key does not support multiple Boolean values. Use a single Boolean value.',
  },
  INVALID_CONDITION_OPERATOR: {
    title: 'Invalid condition operator',
    details: 'The condition operator {{operator}} is not valid. Use a valid condition operator.',
  },
  INVALID_EFFECT: { title: 'Invalid effect', details: 'The effect {{effect}} is not valid. Use Allow or Deny.' },
  INVALID_GLOBAL_CONDITION_KEY: {
    title: 'Invalid global condition key',
    details: 'The condition key {{key}} does not exist. Use a valid condition key.',
  },
  INVALID_PARTITION: {
    title: 'Invalid partition',
    details:
      'The resource ARN for the service {{service}} does not support the partition {{partition}}. Use the supported values: {{partitions}}',
  },
  INVALID_POLICY_ELEMENT: { title: 'Invalid policy element', details: 'The policy element {{element}} is not valid.' },
  INVALID_PRINCIPAL_FORMAT: {
    title: 'Invalid principal format',
    details: 'The Principal element contents are not valid. Specify a key-value pair in the Principal element.',
  },
  INVALID_PRINCIPAL_KEY: { title: 'Invalid principal key', details: 'The principal key {{key}} is not valid.' },
  INVALID_REGION: {
    title: 'Invalid Region',
    details: 'The Region {{region}} is not valid. Update the condition value to a supported Region.',
  },
  INVALID_SERVICE: { title: 'Invalid service', details: 'The service {{service}} does not exist. Use a valid service name.' },
  INVALID_SERVICE_CONDITION_KEY: {
    title: 'Invalid service condition key',
    details: 'The condition key {{key}} does not exist in the service {{service}}. Use a valid condition key.',
  },
  INVALID_SERVICE_IN_ACTION: {
    title: 'Invalid service in action',
    details: 'The service {{service}} specified in the action does not exist.{{suggestion}}',
  },
  INVALID_VARIABLE_FOR_OPERATOR: {
    title: 'Invalid variable for operator',
    details: 'Policy variables can only be used with String and ARN operators.',
  },
  INVALID_VERSION: {
    title: 'Invalid version',
    details: 'The version {{version}} is not valid. Use one of the following versions: {{versions}}',
  },
  JSON_SYNTAX_ERROR: {
    title: 'Json syntax error',
    details: 'Fix the JSON syntax error at index {{index}} line {{line}} column {{column}}.',
  },
  JSON_SYNTAX_ERROR_ELSEWHERE: { title: 'Json syntax error', details: 'Fix the JSON syntax error.', code: 'JSON_SYNTAX_ERROR' },
  MISSING_ACTION: { title: 'Missing action', details: 'Add an Action or NotAction element to the policy statement.' },
  MISSING_ARN_FIELD: {
    title: 'Missing ARN field',
    details:
      'Resource ARNs must include at least {{fields}} fields in the following structure: arn:partition:service:region:account:resource',
  },
  MISSING_ARN_REGION: { title: 'Missing ARN Region', details: 'Add a Region to the {{service}} resource ARN.' },
  MISSING_EFFECT: { title: 'Missing effect', details: 'Add an Effect element to the policy statement with a value of Allow or Deny.' },
  MISSING_PRINCIPAL: { title: 'Missing principal', details: 'Add a Principal element to the policy statement.' },
  MISSING_QUALIFIER: {
    title: 'Missing qualifier',
    details:
      'The request context key {{key}} has multiple values. Use the ForAllValues or ForAnyValue condition key qualifiers in your policy.',
  },
  MISSING_RESOURCE: { title: 'Missing resource', details: 'Add a Resource or NotResource element to the policy statement.' },
  MISSING_STATEMENT: { title: 'Missing statement', details: 'Add a statement to the policy' },
  NULL_WITH_IF_EXISTS: {
    title: 'Null with if exists',
    details: 'The Null condition operator cannot be used with the IfExists suffix. Update the operator or the suffix.',
  },
  SCP_SYNTAX_ERROR_ACTION_WILDCARD: {
    title: 'SCP syntax error action wildcard',
    details: 'SCP actions can include wildcards (*) only at the end of a string. Update {{action}}.',
  },
  SCP_SYNTAX_ERROR_PRINCIPAL: {
    title: 'SCP syntax error principal',
    details: 'SCPs do not support specifying principals. Remove the Principal or NotPrincipal element.',
  },
  UNIQUE_SIDS_REQUIRED: {
    title: 'Unique Sids required',
    details: 'Duplicate statement IDs are not supported for this policy type. Update the Sid value.',
  },
  UNSUPPORTED_ELEMENT_COMBINATION: {
    title: 'Unsupported element combination',
    details: 'The policy elements {{element1}} and {{element2}} can not be used in the same statement. Remove one of these elements.',
  },
  UNSUPPORTED_GLOBAL_CONDITION_KEY: {
    title: 'Unsupported global condition key',
    details: 'The condition key aws:ARN is not supported. Use aws:PrincipalArn or aws:SourceArn instead.',
  },
  UNSUPPORTED_PRINCIPAL: {
    title: 'Unsupported principal',
    details: 'The policy type {{policyType}} does not support the Principal element. Remove the Principal element.',
  },
  UNSUPPORTED_SID: {
    title: 'Unsupported Sid',
    details: 'Update the characters in the Sid element to use one of the following character types: [a-z, A-Z, 0-9]',
  },
  UNSUPPORTED_WILDCARD_IN_PRINCIPAL: {
    title: 'Unsupported wildcard in principal',
    details: 'Wildcards (*, ?) are not supported with the principal key {{key}}. Replace the wildcard with a valid principal value.',
  },
  MISSING_BRACE_IN_VARIABLE: {
    title: 'Missing brace in variable',
    details: 'The policy variable is missing a closing curly brace. Add } after the variable text.',
  },
  MISSING_QUOTE_IN_VARIABLE: {
    title: 'Missing quote in variable',
    details: 'The policy variable default value must begin and end with a single quote. Add the missing quote.',
  },
  UNSUPPORTED_SPACE_IN_VARIABLE: {
    title: 'Unsupported space in variable',
    details: 'A space is not supported within the policy variable text. Remove the space.',
  },
  EMPTY_VARIABLE: {
    title: 'Empty variable',
    details: 'Empty policy variable. Remove the ${ } variable structure or provide a variable within the structure.',
  },
  VARIABLE_UNSUPPORTED_IN_ELEMENT: {
    title: 'Variable unsupported in element',
    details:
      'Policy variables are supported in the Resource and Condition elements. Remove the policy variable {{variable}} from this element.',
  },
  VARIABLE_UNSUPPORTED_IN_VERSION: {
    title: 'Variable unsupported in version',
    details: 'To include variables in your policy, use the policy version 2012-10-17 or later.',
  },
  PRIVATE_IP_ADDRESS: {
    title: 'Private IP address',
    details:
      'aws:SourceIp works only for public IP address ranges. The values for condition key aws:SourceIp include only private IP addresses and will not have the desired effect. Update the value to include only public IP addresses.',
  },
  PRIVATE_NOT_IP_ADDRESS: {
    title: 'Private NotIpAddress',
    details:
      'The values for condition key aws:SourceIp include only private IP addresses and has no effect. aws:SourceIp works only for public IP address ranges. Update the value to include only public IP addresses.',
  },
  POLICY_SIZE_EXCEEDS_SCP_QUOTA: {
    title: 'Policy size exceeds SCP quota',
    details:
      'The {{policySize}} characters in the service control policy (SCP) exceed the {{policySizeQuota}} character maximum for SCPs. We recommend that you use multiple granular policies.',
  },
  INVALID_SERVICE_PRINCIPAL_FORMAT: {
    title: 'Invalid service principal format',
    details: 'The service principal does not match the expected format. Use the format {{expectedFormat}}.',
  },
  MISSING_TAG_KEY_IN_CONDITION: {
    title: 'Missing tag key in condition',
    details:
      'The condition key {{key}} must include a tag key to control access based on tags. Use the format {{key}}tag-key and specify a key name for tag-key.',
  },
  INVALID_VPC_FORMAT: {
    title: 'Invalid vpc format',
    details:
      "The VPC identifier in the condition key value is not valid. Use the prefix 'vpc-' followed by 8 or 17 alphanumeric characters.",
  },
  INVALID_VPCE_FORMAT: {
    title: 'Invalid vpce format',
    details:
      "The VPCE identifier in the condition key value is not valid.  Use the prefix 'vpce-' followed by 8 or 17 alphanumeric characters.",
  },
  FEDERATED_PRINCIPAL_NOT_SUPPORTED: {
    title: 'Federated principal not supported',
    details: 'The policy type does not support a federated identity provider in the principal element. Use a supported principal.',
  },
  UNSUPPORTED_ACTION_FOR_CONDITION_KEY: {
    title: 'Unsupported action for condition key',
    details:
      'The following actions: {{actions}} are not supported by the condition key {{key}}. The condition will not be evaluated for these actions. We recommend that you move these actions to a different statement without this condition key.',
  },
  UNSUPPORTED_ACTION_IN_POLICY: {
    title: 'Unsupported action in policy',
    details: 'The action {{action}} is not supported for the resource-based policy attached to the resource type {{resourceType}}.',
  },
  UNSUPPORTED_RESOURCE_ARN_IN_POLICY: {
    title: 'Unsupported resource ARN in policy',
    details: 'The resource ARN is not supported for the resource-based policy attached to the resource type {{resourceType}}.',
  },
  UNSUPPORTED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL: {
    title: 'Unsupported condition key for service principal',
    details: 'The following condition keys are not supported when used with the service principal: {{conditionKeys}}.',
  },
  ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL: {
    title: 'Role trust policy syntax error notprincipal',
    details: 'Role trust policies do not support NotPrincipal. Update the policy to use a Principal element instead.',
  },
  ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL: {
    title: 'Role trust policy unsupported wildcard in principal',
    details:
      '"Principal:" "*" is not supported in the principal element of a role trust policy. Replace the wildcard with a valid principal value.',
  },
  ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE: {
    title: 'Role trust policy syntax error resource',
    details:
      'Role trust policies apply to the role that they are attached to. You cannot specify a resource. Remove the Resource or NotResource element.',
  },
  TYPE_MISMATCH_IP_RANGE: {
    title: 'Type mismatch IP range',
    details: 'The condition operator {{operator}} is used with an invalid IP range value. Specify the IP range in standard CIDR format.',
  },
  MISSING_ACTION_FOR_CONDITION_KEY: {
    title: 'Missing action for condition key',
    details:
      'The {{action}} action must be in the action block to allow setting values for the condition key {{key}}. Add {{action}} to the action block.',
  },
  INVALID_FEDERATED_PRINCIPAL_SYNTAX_IN_ROLE_TRUST_POLICY: {
    title: 'Invalid federated principal syntax in role trust policy',
    details:
      'The principal value specifies a federated principal that does not match the expected format. Update the federated principal to a domain name or a SAML metadata ARN.',
  },
  MISMATCHED_ACTION_FOR_PRINCIPAL: {
    title: 'Mismatched action for principal',
    details:
      'The {{action}} action is invalid with the following principal(s): {{principals}}. Use a SAML provider principal with the sts:AssumeRoleWithSAML action or use an OIDC provider principal with the sts:AssumeRoleWithWebIdentity action. Ensure the provider is Federated if you use either of the two options.',
  },
  MISSING_ACTION_FOR_ROLES_ANYWHERE_TRUST_POLICY: {
    title: 'Missing action for roles anywhere trust policy',
    details:
      'The rolesanywhere.amazonaws.com service principal requires the sts:AssumeRole, sts:SetSourceIdentity, and sts:TagSession permissions to assume a role. Add the missing permissions to the policy.',
  },
  POLICY_SIZE_EXCEEDS_RCP_QUOTA: {
    title: 'Policy size exceeds RCP quota',
    details:
      'The {{policySize}} characters in the resource control policy (RCP) exceed the {{policySizeQuota}} character maximum for RCPs. We recommend that you use multiple granular policies.',
  },
  RCP_SYNTAX_ERROR_PRINCIPAL: {
    title: 'RCP syntax error principal',
    details:
      'The Principal element contents are not valid. RCPs only support specifying all principals ("*") in the Principal element. The NotPrincipal element is not supported for RCPs.',
  },
  RCP_SYNTAX_ERROR_ALLOW: {
    title: 'RCP syntax error allow',
    details:
      'RCPs only support specifying all principals ("*") in the Principal element, all resources ("*") in the Resource element, and no Condition element with an effect of Allow.',
  },
  RCP_SYNTAX_ERROR_NOTACTION: {
    title: 'RCP syntax error NotAction',
    details: 'RCPs do not support the NotAction element. Update to use the Action element.',
  },
  RCP_SYNTAX_ERROR_ACTION: {
    title: 'RCP syntax error action',
    details: 'RCPs only support specifying select service prefixes in the Action element. Learn more here.',
  },
  MISSING_ARN_ACCOUNT: {
    title: 'Missing ARN account',
    details: 'The resource {{resource}} in the arn is missing an account id. Please provide a 12 digit account id.',
  },
  INVALID_KMS_KEY_VALUE: { title: 'Invalid kms key value', details: 'The {{key}} condition key value must be a valid KMS key ARN.' },
  VARIABLE_USAGE_TOO_PERMISSIVE: { title: 'Variable usage too permissive', details: '{{problem}}' },
  WILDCARD_USAGE_TOO_PERMISSIVE: { title: 'Wildcard usage too permissive', details: '{{problem}}' },
} as const satisfies Record<string, Check>
