import type { PolicyKind } from './document.ts'

/**
 * The length of a policy as AWS counts it against a quota: characters without white space for policies that IAM and STS hold; SCPs and RCPs as sent,
 * because white space counts there unless a console removed it. IAM User Guide, "IAM and AWS STS quotas"; Organizations User Guide, "Quotas".
 * @returns characters
 */
export function policySize(text: string, kind: PolicyKind): number {
  return Array.from(kind === 'scp' || kind === 'rcp' ? text : text.replace(/\s/g, '')).length
}

/** Where a quota on policy size applies. */
export type PolicySizeLimit =
  | 'managed'
  | 'userInline'
  | 'groupInline'
  | 'roleInline'
  | 'trust'
  | 'trustMaximum'
  | 'session'
  | 'scp'
  | 'rcp'
  | 'vpce'
  | 'bucket'

/**
 * Quotas in characters. Inline quotas are for the sum of a principal's inline policies. IAM User Guide, "IAM and AWS STS quotas"; Organizations User
 * Guide, "Quotas"; VPC User Guide, "Endpoint policies"; S3 User Guide, "Bucket policies".
 */
export const policySizeLimits: Readonly<Record<PolicySizeLimit, number>> = {
  managed: 6_144,
  userInline: 2_048,
  groupInline: 5_120,
  roleInline: 10_240,
  trust: 2_048,
  trustMaximum: 8_192,
  session: 2_048,
  scp: 5_120,
  rcp: 5_120,
  vpce: 20_480,
  bucket: 20_480,
}
