/**
 * Whether CloudTrail calls an operation read-only. Names tell for nearly all; the exceptions are those that
 * CloudTrail's own example records show otherwise (AssumeRole and its kin are readOnly: true there).
 * CloudTrail User Guide, "CloudTrail record contents for management events", readOnly.
 */
const readingVerbs = /^(Get|List|Describe|Lookup|Simulate|Check|Validate|Search|Decode|Head|Select|Assume|Query|Export)/
const writingDespiteName = new Set<string>([])
const readingDespiteName = new Set([
  'GenerateCredentialReport',
  'GenerateServiceLastAccessedDetails',
  'GenerateOrganizationsAccessReport',
  // Gatehouse's own analysis, which changes nothing.
  'ExplainEvent',
  'WhoCan',
  'FindPaths',
  'AuditAccount',
  'PreviewPolicyChange',
  'GetLeastPrivilegePolicy',
])

/** @param operation  an operation's name, such as `CreateUser` */
export const isReadOnly = (operation: string): boolean =>
  (readingVerbs.test(operation) || readingDespiteName.has(operation)) && !writingDespiteName.has(operation)
