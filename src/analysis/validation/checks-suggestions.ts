import type { Check } from './check.ts'

/** Checks that find what can be written better. IAM User Guide, "IAM policy validation check reference". */
export const suggestions = {
  EMPTY_ARRAY_ACTION: {
    title: 'Empty array action',
    details: 'This statement includes no actions and does not affect the policy. Specify actions.',
  },
  EMPTY_ARRAY_CONDITION: {
    title: 'Empty array condition',
    details: 'There are no values for the condition key {{key}} and it does not affect the policy. Specify conditions.',
  },
  EMPTY_ARRAY_CONDITION_FORALLVALUES: {
    title: 'Empty array condition ForAllValues',
    details:
      'The ForAllValues prefix with an empty condition key matches only if the key {{key}} is missing from the request context. To determine if the request context is empty, we recommend that you use the Null condition operator with the value of true instead.',
  },
  EMPTY_ARRAY_CONDITION_FORANYVALUE: {
    title: 'Empty array condition ForAnyValue',
    details:
      'The ForAnyValue prefix with an empty condition key {{key}} never matches the request context and it does not affect the policy. Specify conditions.',
  },
  EMPTY_ARRAY_CONDITION_IFEXISTS: {
    title: 'Empty array condition IfExists',
    details:
      'The IfExists suffix with an empty condition key matches only if the key {{key}} is missing from the request context. To determine if the request context is empty, we recommend that you use the Null condition operator with the value of true instead.',
  },
  EMPTY_ARRAY_PRINCIPAL: {
    title: 'Empty array principal',
    details: 'This statement includes no principals and does not affect the policy. Specify principals.',
  },
  EMPTY_ARRAY_RESOURCE: {
    title: 'Empty array resource',
    details: 'This statement includes no resources and does not affect the policy. Specify resources.',
  },
  EMPTY_OBJECT_CONDITION: {
    title: 'Empty object condition',
    details: 'This condition block is empty and it does not affect the policy. Specify conditions.',
  },
  EMPTY_OBJECT_PRINCIPAL: {
    title: 'Empty object principal',
    details: 'This statement includes no principals and does not affect the policy. Specify principals.',
  },
  EMPTY_SID_VALUE: { title: 'Empty Sid value', details: 'Add a value to the empty string in the Sid element.' },
  EQUIVALENT_TO_NULL_FALSE: {
    title: 'Equivalent to null false',
    details:
      'We recommend replacing the key {{key}} in the condition block of {{operator}} with {{{recommendedKey}}: false} to ensure better enforcement of the condition.',
  },
  EQUIVALENT_TO_NULL_TRUE: {
    title: 'Equivalent to null true',
    details:
      'We recommend replacing the key {{key}} in the condition block of {{operator}} with {{{recommendedKey}}: true} to ensure better enforcement of the condition.',
  },
  IMPROVE_IP_RANGE: {
    title: 'Improve IP range',
    details: 'The non-zero bits in the IP address after the masked bits are ignored. Replace address with {{address}}.',
  },
  NULL_WITH_QUALIFIER: {
    title: 'Null with qualifier',
    details:
      'Avoid using the Null condition operator with the ForAllValues or ForAnyValue qualifiers because they always return a true or false respectively.',
  },
  PRIVATE_IP_ADDRESS_SUBSET: {
    title: 'Private IP address subset',
    details:
      'The values for condition key aws:SourceIp include a mix of private and public IP addresses. The private addresses will not have the desired effect. aws:SourceIp works only for public IP address ranges. To define permissions for private IP ranges, use aws:VpcSourceIp.',
  },
  PRIVATE_NOT_IP_ADDRESS_SUBSET: {
    title: 'Private NotIpAddress subset',
    details:
      'The values for condition key aws:SourceIp include a mix of private and public IP addresses. The private addresses have no effect. aws:SourceIp works only for public IP address ranges. To define permissions for private IP ranges, use aws:VpcSourceIp.',
  },
  REDUNDANT_ACTION: {
    title: 'Redundant action',
    details:
      'The {{count}} action(s) are redundant because they provide similar permissions. Update the policy to remove the redundant action such as: {{action}}.',
  },
  REDUNDANT_CONDITION_VALUE_NUM: {
    title: 'Redundant condition value num',
    details: 'Multiple values in {{operator}} are redundant. Replace with the {{extreme}} single value for {{key}}.',
  },
  REDUNDANT_RESOURCE: {
    title: 'Redundant resource',
    details: 'The {{count}} resource ARN(s) are redundant because they reference the same resource. Review the use of wildcards (*)',
  },
  REDUNDANT_STATEMENT: {
    title: 'Redundant statement',
    details:
      'The statements are redundant because they provide identical permissions. Update the policy to remove the redundant statement.',
  },
  WILDCARD_IN_SERVICE_NAME: {
    title: 'Wildcard in service name',
    details:
      'Avoid using wildcards (*, ?) in the service name because it might grant unintended access to other AWS services with similar names.',
  },
  ALLOW_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE: {
    title: 'Allow with unsupported tag condition key for service',
    details:
      'Using the effect Allow with the tag condition key {{key}} and actions for services with the following prefixes does not affect the policy: {{services}}. Actions for the listed service are not allowed by this statement. We recommend that you move these actions to a different statement without this condition key.',
  },
  ALLOW_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE: {
    title: 'Allow NotAction with unsupported tag condition key for service',
    details:
      "Using the effect Allow with NotAction and the tag condition key {{key}} allows only service actions that support the condition key. The condition key doesn't apply to some service actions. We recommend that you use Action instead of NotAction.",
  },
  RECOMMENDED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL: {
    title: 'Recommended condition key for service principal',
    details:
      'To restrict access to the service principal {{principal}} operating on your behalf, we recommend aws:SourceArn, aws:SourceAccount, aws:SourceOrgID, or aws:SourceOrgPaths instead of {{key}}.',
  },
  IRRELEVANT_CONDITION_KEY_IN_POLICY: {
    title: 'Irrelevant condition key in policy',
    details:
      'The condition key {{key}} is not relevant for the {{resourceType}} policy.  Use this key in an identity-based policy to govern access to this resource.',
  },
  REDUNDANT_KEY_DUE_TO_WILDCARD_IN_CONDITION: {
    title: 'Redundant key due to wildcard in condition',
    details:
      'The key {{key}} in the condition block of {{operator}} is redundant because it is always matched. Remove this key to simplify the condition.',
  },
  REDUNDANT_PRINCIPAL_IN_ROLE_TRUST_POLICY: {
    title: 'Redundant principal in role trust policy',
    details: 'The assumed-role principal {{principal}} is redundant with its parent role {{role}}. Remove the assumed-role principal.',
  },
  REDUNDANT_STATEMENT_DUE_TO_WILDCARD_IN_CONDITION: {
    title: 'Redundant statement due to wildcard in condition',
    details: 'The key {{key}} in the condition block of {{operator}} does not match any values. Remove this key to simplify the condition.',
  },
  CONFIRM_AUDIENCE_CLAIM_TYPE: {
    title: 'Confirm audience claim type',
    details:
      'The "{{key}}" ({{audienceType}}) claim key identifies the recipients that the JSON web token is intended for. Because this claim is single-valued, do not use a qualifier.',
  },
} as const satisfies Record<string, Check>
