/** A Kubernetes version on EKS. */
export interface KubernetesVersion {
  /** Such as `1.34`. */
  readonly version: string
}

/** Versions that clusters can be created with. EKS User Guide, "Understand the Kubernetes version lifecycle on EKS", read November 2026. */
export const kubernetesVersions: readonly KubernetesVersion[] = ['1.28', '1.29', '1.30', '1.31', '1.32', '1.33', '1.34', '1.35'].map(
  version => ({ version }),
)

/** The version of clusters created without one. */
export const defaultKubernetesVersion = '1.34'
