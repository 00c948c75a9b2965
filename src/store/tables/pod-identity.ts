export interface PodIdentityAssociationsTable {
  /** `a-` and 17 letters and digits. */
  id: string
  clusterId: string
  arn: string
  namespace: string
  serviceAccount: string
  roleArn: string
  targetRoleArn: string | null
  /** 0 or 1. */
  disableSessionTags: number
  /** Inline session policy, as given. */
  policy: string | null
  clientRequestToken: string | null
  /** The add-on that made it. */
  ownerArn: string | null
  createdAt: number
  modifiedAt: number
}
