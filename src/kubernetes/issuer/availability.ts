import { minorOf } from '../../catalogue/kubernetes-versions.ts'
import type { ClustersTable } from '../../store/tables/eks.ts'

/** When EKS began to give issuers to clusters that are updated to 1.13 or later. */
const issuersSince = Date.UTC(2019, 8, 3)

/**
 * Why a cluster has no OpenID Connect issuer, and so no IAM roles for service accounts; undefined when it has one. Those of 1.14 or later have, and those
 * updated to 1.13 or later on or after 3 September 2019; local clusters on Outposts have none. EKS User Guide, "IAM roles for service accounts".
 */
export function issuerUnavailable({ name, version, details }: Pick<ClustersTable, 'name' | 'version' | 'details'>): string | undefined {
  const { outpostConfig, versionUpdatedAt = 0 } = JSON.parse(details) as { outpostConfig?: object; versionUpdatedAt?: number }
  if (outpostConfig) return `${name} is a local cluster on AWS Outposts, which has no IAM roles for service accounts.`
  const minor = minorOf(version)
  if (minor >= 14 || (minor >= 13 && versionUpdatedAt >= issuersSince)) return undefined
  return `${name} is of Kubernetes ${version}: IAM roles for service accounts need 1.14, or an update to 1.13 or later.`
}
