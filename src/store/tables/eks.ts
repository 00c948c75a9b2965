export interface ClustersTable {
  /** 32 hexadecimal digits in upper case: also the last part of the issuer's URL, as on EKS. */
  id: string
  account: string
  region: string
  name: string
  arn: string
  status: 'CREATING' | 'ACTIVE' | 'DELETING' | 'FAILED' | 'UPDATING'
  kind: 'embedded' | 'controlPlane' | 'attached'
  version: string
  roleArn: string
  authenticationMode: 'API' | 'API_AND_CONFIG_MAP' | 'CONFIG_MAP'
  /** The creator's canonical ARN while bootstrapClusterCreatorAdminPermissions holds it administrator outside access entries. */
  creatorArn: string | null
  creatorId: string | null
  issuerUrl: string
  endpoint: string | null
  /** PEM. */
  certificateAuthority: string | null
  /** Envelope of the bearer token with which the cluster calls our webhooks. */
  webhookToken: string
  /** JSON: what the caller gave and DescribeCluster repeats (networks, logging, encryption). */
  details: string
  createdAt: number
}

export interface AccessEntriesTable {
  clusterId: string
  principalArn: string
  /** The principal's unique id when the entry was made: one that is deleted and made anew does not inherit it. */
  principalId: string
  entryId: string
  type: string
  username: string
  /** JSON list. */
  groups: string
  createdAt: number
  modifiedAt: number
}

export interface AccessPolicyAssociationsTable {
  clusterId: string
  principalArn: string
  policyArn: string
  scope: 'cluster' | 'namespace'
  /** JSON list; wildcards allowed. */
  namespaces: string
  associatedAt: number
  modifiedAt: number
}

export interface IssuerKeysTable {
  clusterId: string
  keyId: string
  /** Envelope of the PKCS #8 PEM. */
  privateKey: string
  /** SPKI PEM. */
  publicKey: string
  createdAt: number
  /** Set when a newer key signs; the public key is published until `publishedUntil`. */
  retiredAt: number | null
  publishedUntil: number | null
}

/** A change of a cluster's configuration or version. EKS API Reference, "Update". */
export interface EksUpdatesTable {
  /** A UUID. */
  id: string
  clusterId: string
  /** EKS's UpdateType, such as `AccessConfigUpdate`. */
  type: string
  /** One in progress ends with the cluster's being ACTIVE or FAILED again. */
  status: 'InProgress' | 'Successful' | 'Failed'
  /** JSON list of UpdateParam. */
  params: string
  createdAt: number
  /** The node group, add-on or capability that is changed; null when it is the cluster itself. */
  targetArn: string | null
}

/** What EKS keeps as a record: what a cluster has beside its access, registered clusters and subscriptions. */
export interface EksResourcesTable {
  arn: string
  /** As in the ARN, such as `nodegroup`. */
  kind: string
  /** The cluster's id; `ACCOUNT/REGION` of what belongs to no cluster. */
  scope: string
  name: string
  /** JSON: by kind. */
  details: string
  clientRequestToken: string | null
  createdAt: number
  modifiedAt: number
}

/** What a check of a cluster found when it was last made. EKS API Reference, "Insight". */
export interface EksInsightsTable {
  clusterId: string
  /** Which check. */
  insight: string
  /** A UUID. */
  id: string
  /** JSON: status, reason and resources. */
  outcome: string
  refreshedAt: number
  /** When the status became what it is. */
  transitionedAt: number
}

/** The last refresh of insights that somebody asked for. */
export interface EksInsightRefreshesTable {
  clusterId: string
  startedAt: number
  endedAt: number
}

export interface EtcdKeysTable {
  clusterId: string
  /** Envelope of the 32 bytes. */
  key: string
}

/** What is known of a cluster that runs elsewhere beside its endpoint and authority. */
export interface AttachedClustersTable {
  clusterId: string
  /** Envelope of the JSON with which Gatehouse calls the API server: a bearer token, or a client's certificate and key. */
  credentials: string
  /** JSON list of SPKI PEM: the keys with which the cluster itself signs tokens of service accounts. */
  publicKeys: string
  /** The name on the API server's certificate, when it is not that of the endpoint. */
  tlsServerName: string | null
}
