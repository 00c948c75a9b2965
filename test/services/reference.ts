import { sameConditionKey, serviceFacts } from '../../src/catalogue/facts/authorization-facts.ts'
import { globalConditionKey } from '../../src/policy/index.ts'
import type { AccessStatement } from '../../src/services/operation.ts'

/** Actions that the reference did not list yet when the facts were made: their operations are in the service's model. */
const newActions = new Set([
  'iam:AcquireRole',
  'iam:UpdateDelegationRequest',
  'iam:UpdateOpenIDConnectProvider',
  'sts:GetScopedCredentials',
  'cloudtrail:ListInsightsMetricData',
])

/** Keys that the reference does not give to the actions that they are asked with, and who says that they count. */
const otherKeys: readonly { readonly action: RegExp; readonly key: RegExp; readonly source: string }[] = [
  {
    action: /^sts:(TagSession|SetSourceIdentity|SetContext|AssumeRole)/,
    key: /^(sts|saml):|:(sub|aud|oaud|amr|azp|email)$/i,
    source:
      'IAM User Guide, "Available keys for AWS OIDC federation" and "for AWS STS": what one request to STS brings, each of its actions sees',
  },
  {
    action: /^sts:TagGetWebIdentityToken$/,
    key: /^sts:/,
    source: 'IAM User Guide, "Available keys for AWS STS": the keys of GetWebIdentityToken, whose tags it sets',
  },
  {
    action: /^cloudtrail-data:PutAuditEvents$/,
    key: /^cloudtrail:ExternalId$/,
    source: 'CloudTrail User Guide, "AWS CloudTrail resource-based policy examples": channels with external IDs',
  },
  {
    action: /^eks:UpdateClusterConfig$/,
    key: /^eks:encryptionConfigProviderKeyArns$/,
    source: 'Service Authorization Reference, Amazon EKS: the key of cluster settings',
  },
  {
    action: /^s3:GetBucketObjectLockConfiguration$/,
    key: /^s3:x-amz-content-sha256$/,
    source: 'Amazon S3 API Reference, "Amazon S3 Signature Version 4 authentication specific policy keys": of every signed request',
  },
  {
    action: /^iam:(Create|Update)SAMLProvider$/,
    key: /^iam:EnableIdentityPropagation$/,
    source: 'IAM API Reference, "CreateSAMLProvider"',
  },
]

/**
 * Holds what an operation asks against the Service Authorization Reference: the action is the service's, and the condition keys are the action's, its resource
 * types' or global. A misspelled key would silently never match.
 * @returns what is not so
 */
export function strayFromReference(action: string, { keys = {} }: Pick<AccessStatement, 'keys'>): string[] {
  const [prefix = '', name = ''] = action.split(':')
  const service = serviceFacts(prefix.toLowerCase())
  // Services of our own are not in AWS's reference.
  if (prefix.startsWith('gatehouse-') || newActions.has(action)) return []
  const facts = service?.actions.get(name.toLowerCase())
  if (!service || !facts) return [`${action} is no action`]
  const types = service.resourceTypes.filter(({ key }) => facts.resourceTypes.some(type => type.replace(/\*$/, '') === key))
  const known = [...facts.conditionKeys, ...types.flatMap(({ conditionKeys }) => conditionKeys)]
  return Object.keys(keys)
    .filter(key => !globalConditionKey(key) && !known.some(one => sameConditionKey(one, key)))
    .filter(key => !otherKeys.some(other => other.action.test(action) && other.key.test(key)))
    .map(key => `${key} is no key of ${action}`)
}
