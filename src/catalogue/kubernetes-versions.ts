/** A Kubernetes version on EKS, with the days, in UTC, on which its support begins and ends. */
export interface KubernetesVersion {
  /** Such as `1.34`. */
  readonly version: string
  readonly released: string
  readonly endOfStandardSupport: string
  readonly endOfExtendedSupport: string
}

const version = (version: string, released: string, endOfStandardSupport: string, endOfExtendedSupport: string): KubernetesVersion => ({
  version,
  released,
  endOfStandardSupport,
  endOfExtendedSupport,
})

/**
 * Versions that clusters can be created with, oldest first. EKS User Guide, "Amazon EKS Kubernetes release calendar", in its editions that end with 1.33 (for
 * 1.28) and with 1.34. That of 1.35 could not be read: its support ends as AWS's sample "EKS Version Support Calendar" of April 2026 has it, and it was released
 * 14 months before, as the guide says of every version.
 */
export const kubernetesVersions: readonly KubernetesVersion[] = [
  version('1.28', '2023-09-26', '2024-11-26', '2025-11-26'),
  version('1.29', '2024-01-23', '2025-03-23', '2026-03-23'),
  version('1.30', '2024-05-23', '2025-07-23', '2026-07-23'),
  version('1.31', '2024-09-26', '2025-11-26', '2026-11-26'),
  version('1.32', '2025-01-23', '2026-03-23', '2027-03-23'),
  version('1.33', '2025-05-29', '2026-07-29', '2027-07-29'),
  version('1.34', '2025-10-02', '2026-12-02', '2027-12-02'),
  version('1.35', '2026-01-27', '2027-03-27', '2028-03-27'),
]

/** The version of clusters created without one. */
export const defaultKubernetesVersion = '1.34'

/** Whether EKS once had the version; its first was 1.10. EKS User Guide, "Document history". */
export const isOldVersion = (version: string): boolean =>
  /^1\.\d\d$/.test(version) && minorOf(version) >= 10 && minorOf(version) < minorOf(kubernetesVersions[0]?.version ?? '')

/** The minor number of a version: 34 of `1.34`. */
export const minorOf = (version: string): number => Number(version.split('.')[1])

/** Support of a version at a time, in EKS's words. EKS API Reference, "ClusterVersionInformation". */
export function supportOf({ endOfStandardSupport, endOfExtendedSupport }: KubernetesVersion, now: number) {
  if (now < Date.parse(endOfStandardSupport)) return 'STANDARD_SUPPORT'
  return now < Date.parse(endOfExtendedSupport) ? 'EXTENDED_SUPPORT' : 'UNSUPPORTED'
}

/** Whether a cluster is of an earlier version than another; one whose version is not known may be. */
export const mayBeBefore = (version: string | undefined, later: string): boolean =>
  version === undefined || minorOf(version) < minorOf(later)
