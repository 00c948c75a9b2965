/** Headings of the guide's page as of November 2026; https://docs.aws.amazon.com/eks/latest/best-practices/identity-and-access-management.html. */
export const eksGuide = 'EKS Best Practices Guide, "Identity and Access Management"'

/**
 * Recommendations of the CIS Amazon EKS Benchmark by number, with their titles in version 1.2.0. Later versions keep these numbers' meaning, not always their
 * wording.
 */
const cisTitles = {
  '2.1.1': 'Enable audit Logs',
  '4.1.1': 'Ensure that the cluster-admin role is only used where required',
  '4.1.2': 'Minimize access to secrets',
  '4.1.3': 'Minimize wildcard use in Roles and ClusterRoles',
  '4.1.4': 'Minimize access to create pods',
  '4.1.5': 'Ensure that default service accounts are not actively used',
  '4.1.6': 'Ensure that Service Account Tokens are only mounted where necessary',
  '4.1.8': 'Limit use of the Bind, Impersonate and Escalate permissions in the Kubernetes cluster',
  '5.3.1': 'Ensure Kubernetes Secrets are encrypted using Customer Master Keys (CMKs) managed in AWS KMS',
  '5.4.1': 'Restrict Access to the Control Plane Endpoint',
  '5.4.2': 'Ensure clusters are created with Private Endpoint Enabled and Public Access Disabled',
} as const

export const cis = (number: keyof typeof cisTitles): string => `CIS Amazon EKS Benchmark v1.2.0, ${number} "${cisTitles[number]}"`
